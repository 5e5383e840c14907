"""Facts about the servers of this run that other live tests stand on."""

from __future__ import annotations

import smtplib
import ssl

import pytest

from store.model.account import Account, Tls
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer
from tests.servers.world import MailWorld


def send(world: MailWorld, account: Account, to: str, letter: bytes) -> None:
    context = ssl.create_default_context(cafile=account.ca)
    with smtplib.SMTP_SSL(account.smtp.host, account.smtp.port, context=context) as client:
        client.login(account.user, world.dovecot.password(account.user))
        client.sendmail(account.address, [to], letter)


def test_a_letter_put_on_disk_is_served_octet_for_octet(dovecot: DovecotServer) -> None:
    letter = b"Subject: =?iso-8859-1?q?=E9t=E9?=\r\n\r\nl\xe9gende \xe2\x82\xac\r\n.\r\nfin"
    dovecot.add_user("octets")
    dovecot.fill("octets", "INBOX", [letter], received_at=1_700_000_000)
    with dovecot.session("octets") as client:
        client.select("INBOX")
        [(about, served), *_] = client.fetch("1", "(INTERNALDATE BODY.PEEK[])")[1]
    assert served == letter
    assert b"14-Nov-2023 22:13:20" in about


def test_the_fast_rung_is_offered(dovecot: DovecotServer) -> None:
    dovecot.add_user("rungs")
    with dovecot.session("rungs") as client:
        offered = set(client.capability()[1][0].decode().split())
    assert {"CONDSTORE", "QRESYNC", "UIDPLUS", "MOVE", "LIST-STATUS", "SPECIAL-USE"} <= offered


def test_a_poor_server_offers_only_what_it_is_told_to(authority: Authority) -> None:
    with DovecotServer(authority, capabilities="IMAP4rev1 UIDPLUS") as poor:
        poor.add_user("alice")
        with poor.session("alice") as client:
            assert client.capability()[1][0].split() == [b"IMAP4rev1", b"UIDPLUS"]


@pytest.mark.parametrize("kind", ["expired", "wrong_host", "self_signed", "stranger"])
def test_the_wrong_certificates_are_wrong(authority: Authority, kind: str) -> None:
    with DovecotServer(authority, certificate=authority.server(kind)) as server:
        server.add_user("alice")
        with pytest.raises(ssl.SSLCertVerificationError), server.session("alice"):
            pass


def test_what_postfix_accepts_arrives_in_the_mailbox(mail_world: MailWorld) -> None:
    labo, reader = mail_world.account("labo"), mail_world.newcomer()
    send(mail_world, labo, reader.address, b"Subject: bilan\r\n\r\n.point\r\n")
    [letter] = mail_world.postfix.wait_delivered(reader.address, 1)
    assert letter.endswith(b"\r\n\r\n.point\r\n")


def test_nobody_outside_can_be_written_to(mail_world: MailWorld) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="reaches nobody outside"):
        send(mail_world, mail_world.account("labo"), "qui@hors-du-monde.invalid", b"\r\n")


def test_postfix_tells_nothing_in_clear(mail_world: MailWorld) -> None:
    smtp = mail_world.account("labo", tls=Tls.STARTTLS).smtp
    with smtplib.SMTP(smtp.host, smtp.port) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.mail("labo@sante.test")[0] == 530

"""The demo's submission server, asked by the standard library's client."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from store.model.receipt import Outcome, ReceiptKind
from sync.documents.receipts import read_receipts
from tests.unit.demo.conftest import ALICE, LABO, Servers

LETTER = b"Subject: essai\r\n\r\n.un point en tete\r\nfin\r\n"


@contextmanager
def talking(servers: Servers) -> Iterator[smtplib.SMTP_SSL]:
    with smtplib.SMTP_SSL(
        "127.0.0.1", servers.smtp.port, context=servers.trust, timeout=10
    ) as smtp:
        smtp.ehlo("cabinet.example")
        yield smtp


@contextmanager
def labo(servers: Servers) -> Iterator[smtplib.SMTP_SSL]:
    with talking(servers) as smtp:
        smtp.login("labo", "rivebelle")
        yield smtp


async def asked(question: Callable[..., Any], *facts: Any) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(question, *facts), 20)


async def test_a_letter_arrives_in_the_mailbox_under_the_fields_of_its_journey(
    servers: Servers,
) -> None:
    def send() -> None:
        with labo(servers) as smtp:
            smtp.sendmail(LABO, [ALICE], LETTER)

    await asked(send)
    (arrived,) = await servers.imap.held("alice", "INBOX")
    assert arrived.octets.endswith(b"\r\n" + LETTER)
    assert arrived.octets.startswith(b"Return-Path: <" + LABO.encode() + b">\r\nReceived: ")


async def test_it_offers_what_it_can_do(servers: Servers) -> None:
    def offered() -> set[str]:
        with talking(servers) as smtp:
            return {*smtp.esmtp_features}

    wanted = {"size", "8bitmime", "auth", "pipelining", "chunking", "dsn"}
    assert wanted <= await asked(offered)


async def test_nobody_sends_without_logging_in(servers: Servers) -> None:
    def attempt() -> tuple[int, bytes]:
        with talking(servers) as smtp:
            return smtp.mail(LABO)

    assert (await asked(attempt))[0] == 530


async def test_a_wrong_password_is_refused(servers: Servers) -> None:
    def attempt() -> None:
        with talking(servers) as smtp:
            smtp.login("labo", "tilleul")

    with pytest.raises(smtplib.SMTPAuthenticationError):
        await asked(attempt)


async def test_nobody_writes_in_another_s_name(servers: Servers) -> None:
    def attempt() -> tuple[int, bytes]:
        with labo(servers) as smtp:
            return smtp.mail(ALICE)

    assert (await asked(attempt))[0] == 553


async def test_an_unknown_recipient_is_refused_alone(servers: Servers) -> None:
    def send() -> dict[str, tuple[int, bytes]]:
        with labo(servers) as smtp:
            refused: dict[str, tuple[int, bytes]] = smtp.sendmail(
                LABO, [ALICE, "personne@cabinet-tilleul.example"], LETTER
            )
            return refused

    refused = await asked(send)
    assert [(to, code) for to, (code, _) in refused.items()] == [
        ("personne@cabinet-tilleul.example", 550)
    ]
    assert len(await servers.imap.held("alice", "INBOX")) == 1


async def test_a_letter_to_two_addresses_of_one_person_arrives_once(servers: Servers) -> None:
    def send() -> None:
        with labo(servers) as smtp:
            smtp.sendmail(LABO, [ALICE, ALICE.upper()], LETTER)

    await asked(send)
    assert len(await servers.imap.held("alice", "INBOX")) == 1


async def test_who_asks_is_told_that_it_arrived_under_the_names_they_gave(servers: Servers) -> None:
    letter = b"Message-ID: <un@labo-rivebelle.example>\r\n" + LETTER

    def send() -> None:
        with labo(servers) as smtp:
            smtp.mail(LABO, ["RET=HDRS", "ENVID=Ab+2B1"])
            smtp.docmd(f"RCPT TO:<{ALICE}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;alice+2B1@x.example")
            smtp.data(letter)

    await asked(send)
    (held,) = await servers.imap.held("labo", "INBOX")
    assert held.octets.startswith(b"Return-Path: <>\r\n")
    (told,) = read_receipts(held.octets)
    assert (told.kind, told.outcome) == (ReceiptKind.DSN, Outcome.DELIVERED)
    assert (told.envelope_id, told.message_id) == ("Ab+1", "un@labo-rivebelle.example")
    assert (told.recipient, told.final_recipient) == ("alice+1@x.example", ALICE)
    assert b"un point en tete" not in held.octets


async def test_who_does_not_ask_or_wants_no_answer_is_told_nothing(servers: Servers) -> None:
    def send() -> None:
        with labo(servers) as smtp:
            for sender, notify in ((LABO, "NEVER"), (LABO, "FAILURE"), ("", "SUCCESS")):
                smtp.mail(sender)
                smtp.docmd(f"RCPT TO:<{ALICE}> NOTIFY={notify}")
                smtp.data(LETTER)
            smtp.sendmail(LABO, [ALICE], LETTER)

    await asked(send)
    arrived = await servers.imap.held("alice", "INBOX")
    assert [each.octets.partition(b"\r\n")[0] for each in arrived] == [
        *[b"Return-Path: <" + LABO.encode() + b">"] * 2,
        b"Return-Path: <>",
        b"Return-Path: <" + LABO.encode() + b">",
    ]
    assert await servers.imap.held("labo", "INBOX") == []


async def test_commands_sent_in_one_breath_are_answered_in_order(servers: Servers) -> None:
    breath = (
        f"MAIL FROM:<{LABO}>\r\nRCPT TO:<{ALICE}>\r\n".encode()
        + b"BDAT 7\r\nSubject"
        + b"BDAT 13 LAST\r\n: x\r\n\r\n.\r\nfin"
        + b"NOOP\r\n"
    )

    def send() -> list[int]:
        with labo(servers) as smtp:
            smtp.sock.sendall(breath)
            return [smtp.getreply()[0] for _ in range(5)]

    assert await asked(send) == [250] * 5
    (arrived,) = await servers.imap.held("alice", "INBOX")
    assert arrived.octets.endswith(b"\r\nSubject: x\r\n\r\n.\r\nfin")


async def test_chunks_for_nobody_are_swallowed_and_refused(servers: Servers) -> None:
    def send() -> list[int]:
        with labo(servers) as smtp:
            smtp.sock.sendall(
                f"MAIL FROM:<{LABO}>\r\n".encode() + b"BDAT 6 LAST\r\nDATA\r\nNOOP\r\n"
            )
            return [smtp.getreply()[0] for _ in range(3)]

    assert await asked(send) == [250, 503, 250]
    assert await servers.imap.held("alice", "INBOX") == []


async def test_a_letter_begun_in_chunks_cannot_continue_by_data(servers: Servers) -> None:
    def send() -> list[int]:
        with labo(servers) as smtp:
            smtp.sock.sendall(
                f"MAIL FROM:<{LABO}>\r\nRCPT TO:<{ALICE}>\r\n".encode()
                + b"BDAT 3\r\nabcDATA\r\nRSET\r\nNOOP\r\n"
            )
            return [smtp.getreply()[0] for _ in range(6)]

    assert await asked(send) == [250, 250, 250, 503, 250, 250]


async def test_a_chunk_of_unknown_size_ends_the_conversation(servers: Servers) -> None:
    def send() -> tuple[int, bytes]:
        with labo(servers) as smtp:
            smtp.sock.sendall(f"MAIL FROM:<{LABO}>\r\nRCPT TO:<{ALICE}>\r\nBDAT x\r\n".encode())
            replies = [smtp.getreply()[0] for _ in range(3)]
            left: bytes = smtp.sock.recv(1)
            return replies[-1], left

    assert await asked(send) == (501, b"")


async def test_a_client_that_vanishes_disturbs_nobody(servers: Servers) -> None:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", servers.smtp.port, ssl=servers.trust
    )
    await asyncio.wait_for(reader.readline(), 10)
    writer.write(b"EHLO x\r\nMAIL FR")
    writer.transport.abort()
    assert await asked(lambda: _noop(servers)) == 250


def _noop(servers: Servers) -> int:
    with talking(servers) as smtp:
        return smtp.noop()[0]

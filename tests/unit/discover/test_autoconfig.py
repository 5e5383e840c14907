"""The file a domain describes its mail by: read as far as it is harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.account import Tls
from sync.discover import autoconfig
from sync.discover.autoconfig import MOST_OCTETS, read

ADDRESS = "a@sante.test"
IMAP = """<incomingServer type="imap"><hostname>imap.sante.test</hostname><port>993</port>
<socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>"""
SMTP = """<outgoingServer type="smtp"><hostname>smtp.sante.test</hostname><port>587</port>
<socketType>STARTTLS</socketType></outgoingServer>"""


def file(*servers: str, before: str = "") -> bytes:
    inside = "".join(servers)
    return (
        f'<?xml version="1.0"?>{before}<clientConfig version="1.1">'
        f'<emailProvider id="sante.test">{inside}</emailProvider></clientConfig>'
    ).encode()


def test_what_is_encrypted_is_proposed() -> None:
    found = read(file(IMAP, SMTP), ADDRESS, "ici")
    assert found is not None
    assert found.incoming is not None
    assert found.sending is not None
    assert (str(found.incoming.endpoint), found.incoming.tls) == (
        "imap.sante.test:993",
        Tls.IMPLICIT,
    )
    assert (str(found.sending.endpoint), found.sending.tls) == (
        "smtp.sante.test:587",
        Tls.STARTTLS,
    )
    assert (found.user, found.source) == (ADDRESS, "ici")


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<html></html>",
        b"<clientConfig>",
        file(IMAP, before=BOMB),
        file(IMAP, before='<!DOCTYPE x SYSTEM "http://x.test/x.dtd">'),
        file(IMAP, before=BOMB).decode().replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"),
        file(IMAP.replace("SSL", "plain")),
        file(IMAP.replace("imap.sante.test", "imap.sante.test;rm")),
        file(IMAP.replace("993", "99999")),
        file(IMAP.replace("993", "-1")),
        file(IMAP.replace("993", "00000199999999")),
        file(IMAP.replace('"imap"', '"exchange"')),
        file(IMAP.replace("incomingServer", "incomingServer x='&lol;'", 1)),
        file(IMAP) + b" " * MOST_OCTETS,
    ],
)
def test_what_is_not_such_a_file_or_not_safe_proposes_nothing(octets: bytes) -> None:
    assert read(octets, ADDRESS, "ici") is None


def test_no_more_is_looked_at_than_a_domain_needs() -> None:
    clear = IMAP.replace("SSL", "plain")
    assert read(file(*[clear] * autoconfig.MOST_SERVERS, IMAP), ADDRESS, "ici") is None


@given(st.binary(max_size=400))
def test_any_octets_are_a_file_or_none(octets: bytes) -> None:
    read(octets, ADDRESS, "ici")
    read(file() + octets, ADDRESS, "ici")
    read(b"<clientConfig><emailProvider>" + octets, ADDRESS, "ici")

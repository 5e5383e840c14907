"""The demo's IMAP server, asked by the standard library's client."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymap.concurrent import Event

from sync.demo.certificates import make_certificates
from sync.demo.correspondence import letters
from sync.demo.imap_server import _Session
from tests.unit.demo.conftest import NOW, Servers, trusting


@contextmanager
def alice(servers: Servers) -> Iterator[imaplib.IMAP4_SSL]:
    imap = imaplib.IMAP4_SSL("127.0.0.1", servers.imap.port, ssl_context=servers.trust, timeout=10)
    try:
        imap.login("alice", "tilleul")
        yield imap
    finally:
        imap.shutdown()


async def asked(question: Callable[..., Any], *facts: Any) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(question, *facts), 20)


async def test_every_letter_is_served_octet_for_octet(servers: Servers) -> None:
    inbox = [x for x in letters(NOW) if (x.owner, x.mailbox) == ("alice", "INBOX")]
    for letter in inbox:
        await servers.imap.deliver(
            "alice", letter.octets, received_at=letter.received_at, flags=letter.flags
        )

    def everything() -> list[bytes]:
        with alice(servers) as imap:
            imap.select("INBOX", readonly=True)
            _, rows = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [row[1] for row in rows if isinstance(row, tuple)]

    assert await asked(everything) == [letter.octets for letter in inbox]
    held = await servers.imap.held("alice", "INBOX")
    assert [letter.octets for letter in held] == [letter.octets for letter in inbox]
    assert [letter.flags for letter in held] == [frozenset(letter.flags) for letter in inbox]


async def test_mailboxes_say_what_they_are_for(servers: Servers) -> None:
    def listed() -> list[bytes]:
        with alice(servers) as imap:
            return imap.list()[1]

    rows = await asked(listed)
    assert b'(\\HasNoChildren \\Sent) "/" Sent' in rows
    assert b'(\\HasNoChildren) "/" R&AOk-sultats' in rows


async def test_a_wrong_password_is_refused(servers: Servers) -> None:
    def attempt() -> None:
        imap = imaplib.IMAP4_SSL("127.0.0.1", servers.imap.port, ssl_context=servers.trust)
        try:
            imap.login("alice", "rivebelle")
        finally:
            imap.shutdown()

    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        await asked(attempt)


async def test_a_client_that_waits_is_told_of_a_new_letter(servers: Servers) -> None:
    waiting, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait() -> bytes:
        with alice(servers) as imap:
            imap.select("INBOX")
            imap.send(b"A1 IDLE\r\n")
            assert imap.readline().startswith(b"+")
            loop.call_soon_threadsafe(waiting.set)
            return imap.readline()

    told = asyncio.create_task(asked(wait))
    await asyncio.wait_for(waiting.wait(), 10)
    await servers.imap.deliver("alice", b"Subject: nouvelle\r\n\r\n", received_at=NOW)
    assert await told == b"* 1 EXISTS\r\n"


async def test_what_changed_just_before_waiting_is_told_at_once(servers: Servers) -> None:
    session = _Session("alice", servers.imap._config, *servers.imap._config.set_cache["alice"])
    _, selected = await session.select_mailbox("INBOX")
    await servers.imap.deliver("alice", b"Subject: entre deux\r\n\r\n", received_at=NOW)
    never = Event.for_asyncio()
    current = await asyncio.wait_for(session.check_mailbox(selected, wait_on=never), 30)
    assert current.messages.exists == 1


async def test_a_cut_line_breaks_who_waits_and_comes_back_with_the_mailboxes_as_they_were(
    servers: Servers,
) -> None:
    await servers.imap.deliver("alice", b"Subject: gardee\r\n\r\n", received_at=NOW)
    waiting, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait() -> bytes:
        with alice(servers) as imap:
            imap.select("INBOX")
            imap.send(b"A1 IDLE\r\n")
            imap.readline()
            loop.call_soon_threadsafe(waiting.set)
            return imap.readline()

    broken = asyncio.create_task(asked(wait))
    await asyncio.wait_for(waiting.wait(), 10)
    await servers.imap.hang_up()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        assert await broken == b"", "the line was not cut"
        raise OSError
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", servers.imap.port)

    await servers.imap.listen()

    def count() -> list[bytes]:
        with alice(servers) as imap:
            return imap.select("INBOX")[1]

    assert await asked(count) == [b"1"]


async def test_a_client_that_trusts_another_authority_is_kept_out(
    servers: Servers, tmp_path: Path
) -> None:
    stranger = trusting(make_certificates(tmp_path, NOW).ca)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", servers.imap.port, ssl=stranger)

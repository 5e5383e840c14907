"""Waiting for news of a real Dovecot."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from store.errors import Transient
from store.model.account import Endpoint
from store.model.email import FLAGGED
from sync.imap.connect import connect
from tests.live.imap.conftest import Open, letters, password
from tests.live.imap.relay import Relay
from tests.refusals import refused
from tests.servers.dovecot import DovecotServer


async def test_idle_ends_when_a_letter_arrives(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name))
    waiting = asyncio.create_task(session.idle(60))
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done()
    await asyncio.to_thread(_deliver, dovecot, name)
    async with asyncio.timeout(10):
        assert await waiting


async def test_what_came_before_idle_is_news_at_once_and_only_once(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(server.account(name))
    await session.select(b"INBOX")
    await session.select(b"Sent")
    await asyncio.to_thread(_deliver, server, name)
    assert await session.idle(60)
    assert not await session.idle(0.1)


async def test_idle_ends_when_told_to(server: DovecotServer, name: str, log_in: Open) -> None:
    session, told = await log_in(server.account(name)), asyncio.Event()
    waiting = asyncio.create_task(session.idle(60, until=told))
    await asyncio.wait([waiting], timeout=0.3)
    told.set()
    async with asyncio.timeout(10):
        assert not await waiting
    await session._dialogue.ask(b"NOOP")


@pytest.mark.parametrize("remembered", [False, True])
async def test_news_of_any_mailbox_ends_the_wait(
    dovecot: DovecotServer, name: str, log_in: Open, remembered: bool
) -> None:
    dovecot.fill(name, "Dossier", letters(1))
    account = dovecot.account(name)
    if remembered:
        account = replace(account, capabilities=(await log_in(account)).remembered)
    session = await connect(account, password(account), listing=True, watch=True)
    try:
        await session.list_mailboxes()
        assert await session.watches_all()
        assert not await session.idle(0.1)
        for change in (_deliver, _flag, _create):
            waiting = asyncio.create_task(session.idle(60))
            await asyncio.wait([waiting], timeout=0.3)
            assert not waiting.done()
            await asyncio.to_thread(change, dovecot, name, "Dossier")
            async with asyncio.timeout(40):
                assert await waiting
            await session.list_mailboxes()
    finally:
        await session.logout()


async def test_what_we_do_ourselves_is_not_news_for_ever(dovecot: DovecotServer, name: str) -> None:
    dovecot.fill(name, "Dossier", letters(1, 2))
    account = dovecot.account(name)
    session = await connect(account, password(account), listing=True, watch=True)
    try:
        await session.list_mailboxes()
        await session.select(b"Dossier")
        await session.store([1], add=frozenset({FLAGGED}), remove=frozenset())
        await session.move([2], b"Archive")
        looks = 0
        while await session.idle(1.0):
            looks += 1
            assert looks < 4
            await session.list_mailboxes()
    finally:
        await session.logout()


async def test_idle_ends_at_once_when_the_line_is_cut(
    dovecot: DovecotServer, name: str, log_in: Open, relay: Relay
) -> None:
    port = await relay.to(dovecot.imaps_port)
    session = await log_in(dovecot.account(name, imap=Endpoint(host="127.0.0.1", port=port)))
    waiting = asyncio.create_task(session.idle(60))
    await asyncio.wait([waiting], timeout=0.3)
    relay.cut()
    async with asyncio.timeout(2):
        with refused(Transient, "net.lost"):
            await waiting


async def test_a_wait_given_up_ends_the_connection(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name))
    waiting = asyncio.create_task(session.idle(60))
    await asyncio.wait([waiting], timeout=0.3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with refused(Transient, "net.lost"):
        await session._dialogue.ask(b"NOOP")


def _deliver(server: DovecotServer, name: str, mailbox: str = "INBOX") -> None:
    with server.session(name) as other:
        other.append(mailbox, "", "", letters(1)[0])


def _flag(server: DovecotServer, name: str, mailbox: str) -> None:
    with server.session(name) as other:
        other.select(mailbox)
        other.uid("store", "1", "+FLAGS", "\\Flagged")


def _create(server: DovecotServer, name: str, mailbox: str) -> None:
    with server.session(name) as other:
        other.create(f"{mailbox}/Nouveau")

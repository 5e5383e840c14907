"""Waiting for news of a real Dovecot."""

from __future__ import annotations

import asyncio

import pytest

from store.errors import Transient
from store.model.account import Endpoint
from tests.live.imap.conftest import Open, letters
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
    await session.noop()


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
        await session.noop()


def _deliver(server: DovecotServer, name: str) -> None:
    with server.session(name) as other:
        other.append("INBOX", "", "", letters(1)[0])

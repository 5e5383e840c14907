"""Waiting for the server to say that something happened in INBOX (RFC 2177)."""

from __future__ import annotations

import asyncio
from typing import Any

from sync.imap.dialogue import Dialogue
from sync.imap.opening import select
from sync.imap.place import Place

INBOX = b"INBOX"
POLL_SECONDS = 60.0


async def idle(
    dialogue: Dialogue,
    seconds: float,
    *,
    until: asyncio.Event | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> bool:
    """Wait for news of INBOX, for `seconds` or until that event. True when there is news.

    What happened there while we were busy elsewhere is news too, and is told at once. Leaves INBOX
    selected. A server without IDLE is asked every `poll_seconds`.
    """
    before = dialogue.inbox_seen
    await select(dialogue, INBOX)
    place, now = dialogue.place, dialogue.inbox_seen
    assert place is not None
    assert now is not None
    if before is not None and _differs(before, now):
        return True
    place.news.clear()
    if dialogue.has("IDLE"):
        await _listen(dialogue, place, seconds, until)
    else:
        await _poll(dialogue, place, seconds, until, poll_seconds)
    return place.news.is_set()


def _differs(before: tuple[int | None, ...], now: tuple[int | None, ...]) -> bool:
    """Where one of them was not said, nothing is known to differ."""
    return any(a != b for a, b in zip(before, now, strict=True) if a and b)


async def _listen(
    dialogue: Dialogue, place: Place, seconds: float, until: asyncio.Event | None
) -> None:
    stream = dialogue.stream
    command = await stream.invited_exchange(b"IDLE")
    if await stream.invitation(command) is not None:
        try:
            await _first(place.news, until, seconds, command.answer)
        except BaseException:
            stream.fail(stream.lost())
            raise
        await stream.say(b"DONE")
    dialogue.accepted(await stream.answered(command))


async def _poll(
    dialogue: Dialogue,
    place: Place,
    seconds: float,
    until: asyncio.Event | None,
    poll_seconds: float,
) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0 and not place.news.is_set():
        await _first(place.news, until, min(left, poll_seconds), dialogue.stream.gone)
        if until is not None and until.is_set():
            return
        await dialogue.ask(b"NOOP")


async def _first(
    news: asyncio.Event,
    until: asyncio.Event | None,
    seconds: float,
    ended: asyncio.Future[Any],
) -> None:
    """Until the first of them, or for `seconds`."""
    events = [event for event in (news, until) if event is not None]
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait([ended, *waits], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

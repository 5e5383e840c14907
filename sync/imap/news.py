"""Waiting for the server to say that something happened: IDLE (RFC 2177), NOTIFY (RFC 5465).

IDLE watches INBOX. NOTIFY, said once with the login (sync/imap/dialogue.py), adds the others on the
same connection; both together, since a server may delay what NOTIFY says of the selected mailbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
    """Wait for news, for `seconds` or until that event. True when there is news.

    What happened while we were busy elsewhere is news too, and is told at once. Leaves INBOX
    selected. A server without IDLE is asked every `poll_seconds`.
    """
    elsewhere = dialogue.stream.elsewhere
    before = dialogue.inbox_seen
    await select(dialogue, INBOX)
    place, now = dialogue.place, dialogue.inbox_seen
    assert place is not None
    assert now is not None
    if elsewhere.is_set() or (before is not None and _differs(before, now)):
        return True
    place.news.clear()
    if dialogue.has("IDLE"):
        await _listen(dialogue, place, seconds, until)
    else:
        await _poll(dialogue, place, seconds, until, poll_seconds)
    return _news(dialogue, place)


def _news(dialogue: Dialogue, place: Place) -> bool:
    return place.news.is_set() or dialogue.stream.elsewhere.is_set()


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
            await _first([place.news, stream.elsewhere, until], seconds, command.answer)
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
    stream = dialogue.stream
    while (left := end - loop.time()) > 0 and not _news(dialogue, place):
        await _first([place.news, stream.elsewhere, until], min(left, poll_seconds), stream.gone)
        if until is not None and until.is_set():
            return
        await dialogue.ask(b"NOOP")


async def _first(
    given: Sequence[asyncio.Event | None],
    seconds: float,
    ended: asyncio.Future[Any],
) -> None:
    """Until the first of them, or for `seconds`."""
    events = [event for event in given if event is not None]
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait([ended, *waits], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

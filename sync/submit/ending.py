"""Told to stop while a letter is on its way: one past its final dot is finished first.

Stopping is cancelling a task. Before the dot that costs nothing, so it is obeyed at once. After it
the server may have the letter, and leaving before its answer would make a doubt of what a few
seconds settle: the cancellation is then kept until the answer is on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine

FINISH_SECONDS = 60.0
"""How long an answer is waited for once we are told to stop."""


async def to_its_end(work: Coroutine[object, object, None], seconds: float) -> bool:
    """Await `work` though we are cancelled, from then on for at most `seconds`.

    The cancellation is not lost: `told_to_stop` is true of this task from then on. Being told
    again changes nothing; who cannot wait kills the process.

    Returns:
        False when it took longer: it is cancelled.
    """
    task, loop = asyncio.create_task(work), asyncio.get_running_loop()
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        until = loop.time() + seconds
        while not task.done() and (left := until - loop.time()) > 0:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task], timeout=left)
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
    if task.cancelled():
        return False
    task.result()
    return True


def told_to_stop() -> bool:
    """True when this task was cancelled while it finished something."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def stop_if_told() -> None:
    """Raise the cancellation that `to_its_end` has kept."""
    if told_to_stop():
        raise asyncio.CancelledError

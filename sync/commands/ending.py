"""How a command that works with servers ends when it is told to.

The first SIGTERM, SIGINT or SIGHUP asks for an end in good order: a letter past its final dot gets
its answer written down (sync/submit/ending.py). A second SIGTERM or SIGINT kills at once, which
costs at most a doubt. A second SIGHUP does not: a terminal that closes often says it twice.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


def when_told(end: Callable[[], object]) -> None:
    """Call `end` when this process is first told to stop; from the main thread's event loop."""
    loop = asyncio.get_running_loop()

    def told() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        end()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, told)


def run_until_told(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end.

    Raises:
        KeyboardInterrupt: told to stop; `work` was cancelled and has put away.
    """

    async def in_this_task() -> T:
        task = asyncio.current_task()
        assert task is not None
        when_told(task.cancel)
        return await work

    try:
        return asyncio.run(in_this_task())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error

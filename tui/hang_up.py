"""Hearing that the terminal went away when no signal says so.

The end of a line is a SIGHUP only for the process whose own terminal it is. For any other (a screen
started by a script, a terminal whose program was killed), Textual 8.2.8 reads the end of its input
for ever, on a whole core, with the key of the store in its memory (2026-11,
`test_a_terminal_that_vanished_is_heard_though_no_signal_came`).
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable


def watch_for_the_end(descriptor: int, gone: Callable[[], object]) -> Callable[[], None]:
    """Call `gone`, from another thread, once nobody is at the other end. Costs nothing meanwhile.

    Returns what ends the watch.
    """
    ended, end = os.pipe()

    def watch() -> None:
        poll = select.poll()
        poll.register(descriptor, 0)  # hang-ups and errors are told unasked
        poll.register(ended, 0)
        told = {each for each, _ in poll.poll()}
        os.close(ended)
        if ended not in told:
            gone()

    threading.Thread(target=watch, name="pli-line", daemon=True).start()
    return lambda: os.close(end)


def is_gone(descriptor: int) -> bool:
    """Whether nobody is at the other end, now."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return bool(poll.poll(0))

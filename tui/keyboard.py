"""What is typed, read as it comes; at rest nobody looks.

Textual 8.2.8 looks at its input ten times a second, key or no key, to see whether an escape that
came alone was a key or the beginning of one (2026-11, `test_at_rest_nobody_wakes`). Here one looks
again only after such an escape.
"""

from __future__ import annotations

import codecs
import os
import select
import threading
from collections.abc import Callable

from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.events import Paste
from textual.message import Message

from tui.pasting import Pastes

MOST_READ = 4096


class Ending(threading.Event):
    """An event that also wakes a thread that waits for keys."""

    def __init__(self) -> None:
        super().__init__()
        self.descriptor, self._end = os.pipe()

    def set(self) -> None:
        """Say that it is over."""
        super().set()
        os.write(self._end, b"\0")

    def clear(self) -> None:
        """It begins again."""
        super().clear()
        os.read(self.descriptor, MOST_READ)


def read_keys(descriptor: int, ending: Ending, tell: Callable[[Message], None]) -> None:
    """Tell each key, click and paste, until the end, or until nobody is at the other end."""
    parser, decode = XTermParser(), codecs.getincrementaldecoder("utf-8")("replace").decode
    pastes, poll = Pastes(), select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.register(ending.descriptor, select.POLLIN)
    while not ending.is_set():
        come = {each for each, _ in poll.poll(_milliseconds(parser))}
        if descriptor in come:
            octets = os.read(descriptor, MOST_READ)
            if not octets:
                poll.unregister(descriptor)  # tui/hang_up.py hears of it too
            text = decode(octets)
            # Of a letter that came by halves there is none yet; fed '', the parser would end.
            for piece in pastes.take(text):
                _tell(piece, parser, tell)
        for message in parser.tick():
            tell(message)


def _tell(piece: str | Paste, parser: XTermParser, tell: Callable[[Message], None]) -> None:
    if isinstance(piece, Paste):
        tell(piece)
        return
    for message in parser.feed(piece):
        if not isinstance(message, Paste):  # of what stands between the marks, it is fed nothing
            tell(message)


def _milliseconds(parser: XTermParser) -> float | None:
    """How long an escape may stand alone; None when none does."""
    if parser._timeout_time is None:
        return None
    return max(0.0, parser._timeout_time - get_time()) * 1000 + 1

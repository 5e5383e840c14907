"""The terminal itself, while the screen has stepped aside: one question to it, and a picture.

A terminal is asked what it can do, in a code that all have understood since the VT100. One that
does not answer is sent nothing more; only one that says that it draws is sent a picture.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

ASK = b"\x1b[c"
"""Primary device attributes (ECMA-48 DA); the answer is `ESC [ ? ... c`."""
ASK_KITTY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + ASK
"""One dot that is not drawn; what does not know the code answers only the second question."""
ANSWER = re.compile(rb"\x1b\[\?([0-9;]*)c")
SIXEL = b"4"
SECONDS = 3.0
"""A satellite takes 600 ms and more, there and back."""
MOST_ANSWER = 4096
LOOK_SECONDS, MOST_LOOKS = 0.5, 240
CLEAR = b"\x1b[2J\x1b[H"
FORGET_KITTY = b"\x1b_Ga=d,q=2\x1b\\"


class Draws(Enum):
    """How a terminal draws."""

    NOT = "not"
    KITTY = "kitty"
    SIXEL = "sixel"


class BareTerminal:
    """Two ends of a terminal in raw mode."""

    def __init__(self, reads: int, writes: int) -> None:
        self.reads, self.writes = reads, writes

    def draws(self) -> Draws:
        """Ask it; nothing but the first question is ever sent to one that does not answer."""
        abilities = ANSWER.search(self._ask(ASK))
        if abilities is None:
            return Draws.NOT
        if b"_Gi=31;OK" in self._ask(ASK_KITTY):
            return Draws.KITTY
        return Draws.SIXEL if SIXEL in abilities[1].split(b";") else Draws.NOT

    def _ask(self, question: bytes) -> bytes:
        self.write(question)
        answer, end = b"", time.monotonic() + SECONDS
        while ANSWER.search(answer) is None and len(answer) < MOST_ANSWER:
            ready, _, _ = select.select([self.reads], [], [], max(0.0, end - time.monotonic()))
            came = os.read(self.reads, MOST_ANSWER) if ready else b""
            if not came:
                break
            answer += came
        return answer

    def write(self, octets: bytes) -> None:
        """All of it, however slow the line."""
        while octets:
            octets = octets[os.write(self.writes, octets) :]

    def wait_for_key(self, goes_on: Callable[[], bool]) -> bytes:
        """What is pressed; b"" when nobody has for MOST_LOOKS, or nothing goes on any more.

        A page is no screen that can be locked: it does not stay when the person has gone.
        """
        for _ in range(MOST_LOOKS):
            ready, _, _ = select.select([self.reads], [], [], LOOK_SECONDS)
            if ready:
                return os.read(self.reads, MOST_ANSWER)
            if not goes_on():
                break
        return b""


@contextmanager
def bare_terminal(reads: int, writes: int) -> Iterator[BareTerminal]:
    """The terminal at these descriptors, in raw mode, as it was afterwards."""
    before = termios.tcgetattr(reads)
    try:
        tty.setcbreak(reads)
        yield BareTerminal(reads, writes)
    finally:
        with contextlib.suppress(termios.error):  # the line is gone
            termios.tcsetattr(reads, termios.TCSAFLUSH, before)

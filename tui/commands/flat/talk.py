"""One line after the other, and one answer to each question: what a screen reader can follow.

No cursor is moved, nothing is drawn, no colour is used: this works over a pipe, on a terminal that
is called dumb, and with a braille display. Whoever speaks here hands over words that passed the
door of store/plain.py.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
from typing import TextIO

import click

from tui.plain import Plain, plain_block, plain_words
from tui.terminal_codes import FORGET_AT_END


class HungUp(Exception):
    """Nobody is there any more: the end of what is read, or a signal."""


class Idle(Exception):
    """Nobody has said anything for long."""


class Talk:
    """Words out, lines in."""

    def __init__(self, source: TextIO, *, idle_seconds: float = 0.0) -> None:
        self._source = source
        self.idle_seconds = idle_seconds if source.isatty() else 0.0
        """0 for never; a pipe has nobody in front of it."""

    @property
    def has_person(self) -> bool:
        """Whether somebody types at a terminal."""
        return self._source.isatty()

    def say(self, words: Plain) -> None:
        """Say something on lines of its own."""
        click.echo(plain_block(words))

    def ask(self, question: Plain) -> str:
        """Ask, and wait for a line.

        Raises:
            HungUp: there is no more.
            Idle: there was none for too long.
        """
        click.echo(plain_words(f"{question} "), nl=False)
        if self.idle_seconds:
            ready, _, _ = select.select([self._source], [], [], self.idle_seconds)
            if not ready:
                click.echo()
                raise Idle
        line = self._source.readline()
        if not self.has_person:
            click.echo()  # nobody's Enter has ended the line of the question
        if not line:
            raise HungUp
        return line.strip("\r\n")

    def forget(self) -> None:
        """Clear what was said, where the terminal knows how to."""
        if self.has_person and os.environ.get("TERM", "dumb") != "dumb":
            with contextlib.suppress(OSError):
                os.write(sys.stdout.fileno(), FORGET_AT_END.encode())

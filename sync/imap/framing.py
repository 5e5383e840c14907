"""Octets as they come from the line, cut into whole IMAP responses. Pure, and bounded.

A response is a list of parts: text, literal, text, literal, text... (RFC 3501 §4.3). How the octets
were cut into packets never shows in the result, and nothing is held but the response that is not
complete yet. A server that announces or sends more than `Limits` allows is not listened to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.errors import Transient

LITERAL = re.compile(rb"~?\{(\d{1,20})\+?\}\Z")
"""How a line announces the literal that follows it; `~` is literal8 (RFC 3516 §4.4)."""
STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
"""Such a line ends in words for a person, which may well end in '{12}'."""
NUMBERS = re.compile(rb"\* (?:SEARCH|ESEARCH|VANISHED)\b", re.IGNORECASE)
MOST_LITERALS = 10_000
MOST_HEAD = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server may make us hold."""

    line_octets: int = 64 * 1024
    numbers_octets: int = 16 * 1024 * 1024
    """For a line that is a list of UIDs: without ESEARCH, a mailbox of a million is one line."""
    response_octets: int = 150 * 1024 * 1024
    """A whole response, its literals included: one letter."""
    untagged: int = 200_000
    """Responses to one command, unless the command expects more."""


class Framer:
    """`feed` it what came, then `take` responses until there is none."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._at = 0
        """Where in the buffer the part being read begins."""
        self._searched = 0
        """Up to where no end of line was found."""
        self._literal: int | None = None
        """Size of the literal being read; None within a line."""
        self._parts: list[bytes] = []
        self._size = 0
        """Octets of the parts already taken from the response being read."""

    @property
    def buffered(self) -> int:
        """Octets received and not yet taken."""
        return len(self._buffer) - self._at

    def half(self) -> list[bytes] | None:
        """The response being read as if it ended here, within its first literal; else None."""
        if self._literal is None or len(self._parts) != 1 or not self.buffered:
            return None
        return [self._parts[0], bytes(self._buffer[self._at :]), b")"]

    def drain(self) -> bytes:
        """What was received and not taken; it is forgotten here."""
        rest = bytes(self._buffer[self._at :])
        self._buffer.clear()
        self._at = self._searched = 0
        return rest

    def feed(self, data: bytes) -> None:
        """Add what came from the line."""
        if self._at:
            del self._buffer[: self._at]
            self._searched = max(self._searched - self._at, 0)
            self._at = 0
        self._buffer += data

    def take(self) -> list[bytes] | None:
        """The next whole response, None while it is not whole.

        Raises:
            Transient: `imap.protocol`, a limit is passed.
        """
        while True:
            if self._literal is not None and not self._take_literal(self._literal):
                return None
            line = self._take_line()
            if line is None:
                return None
            announced = self._announced(line)
            if announced is None:
                self._parts.append(line)
                whole, self._parts, self._size = self._parts, [], 0
                return whole
            self._parts.append(line[: announced.start()])
            self._literal = int(announced[1])
            self._account(len(line) + self._literal)
            if len(self._parts) > MOST_LITERALS * 2:
                raise Transient("imap.protocol")

    def _take_literal(self, size: int) -> bool:
        if self.buffered < size:
            return False
        with memoryview(self._buffer) as view:
            self._parts.append(bytes(view[self._at : self._at + size]))
        self._at += size
        self._literal = None
        return True

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n", max(self._at, self._searched))
        length = (len(self._buffer) if end < 0 else end) - self._at
        if length > self._limits.line_octets:
            head = bytes(self._buffer[self._at : self._at + MOST_HEAD])
            numbers = not self._parts and NUMBERS.match(head)
            if not numbers or length > self._limits.numbers_octets:
                raise Transient("imap.protocol")
        if end < 0:
            self._searched = max(len(self._buffer) - 1, self._at)
            return None
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        return line

    def _announced(self, line: bytes) -> re.Match[bytes] | None:
        """The announcement of a literal, in a response that can carry one."""
        if not line.endswith(b"}"):
            return None
        if not self._parts and (not line.startswith(b"* ") or STATUS.match(line)):
            return None
        return LITERAL.search(line)

    def _account(self, octets: int) -> None:
        self._size += octets
        if self._size > self._limits.response_octets:
            raise Transient("imap.protocol")

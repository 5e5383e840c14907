"""A response's parts as nested Python lists: what RFC 3501 §9 calls atoms, strings and lists.

Iterative, one regular expression, and strict: what is not IMAP is refused whole, because half a
response understood is how a subject with a parenthesis in it became somebody else's letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from store.errors import Transient

Token: TypeAlias = "bytes | list[Token] | None"  # noqa: S105
"""An atom, a number or a string; NIL; a parenthesised list."""

QUOTED = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
SECTION = rb"(?:BODY|BINARY(?:\.SIZE)?)\["
TOKEN = re.compile(
    rb"\s*(?:(\()|(\))|"
    rb'"([^"\\]*(?:\\.[^"\\]*)*)"|'
    rb"(" + SECTION + rb'(?:[^\]"]|' + QUOTED + rb")*\](?:<\d+>)?)|"
    rb"(" + SECTION + rb'(?:[^\]"]|' + QUOTED + rb")*\Z)|"
    rb'([^\s()"]+))',
    re.IGNORECASE | re.DOTALL,
)
OPEN, CLOSE, STRING, WHOLE_SECTION, CUT_SECTION, ATOM = range(1, 7)
"""The groups of `TOKEN`. Only a section contains brackets and parentheses: elsewhere '[' is a
letter like any other, and mailboxes are called [Gmail]."""
SECTION_END = re.compile(rb'((?:[^\]"]|' + QUOTED + rb")*\](?:<\d+>)?)|.*", re.DOTALL)
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
DEEPEST = 100
LARGEST = 2**63 - 1


def tokens(parts: Sequence[bytes]) -> list[Token]:
    """Parse text, literal, text... into nested lists.

    Raises:
        Transient: `imap.protocol`.
    """
    reading = _Reading()
    for index, part in enumerate(parts):
        if index % 2:
            reading.literal(part)
        else:
            reading.text(part)
    return reading.end()


def number(token: Token) -> int:
    """A number of at most 63 bits (RFC 7162 §7), as MODSEQ is; most are of 32.

    Raises:
        Transient: `imap.protocol`.
    """
    if not isinstance(token, bytes) or not token.isdigit() or len(token) > 19:
        raise Transient("imap.protocol")
    value = int(token)
    if value > LARGEST:
        raise Transient("imap.protocol")
    return value


class _Reading:
    """The lists that are open, innermost last, and a section name that a literal has cut."""

    def __init__(self) -> None:
        self._lists: list[list[Token]] = [[]]
        self._section = b""

    def literal(self, octets: bytes) -> None:
        """A literal is a string; within a section's name it is a piece of the name."""
        if self._section:
            self._section += octets
        else:
            self._lists[-1].append(octets)

    def text(self, text: bytes) -> None:
        """Everything between two literals."""
        if not self._section and b'"' not in text and b"[" not in text:
            self._words(text)
            return
        at = self._rest_of_section(text) if self._section else 0
        lists = self._lists
        for found in TOKEN.finditer(text, at):
            if found.start() != at:
                raise Transient("imap.protocol")
            at = found.end()
            kind = found.lastindex
            if kind in (ATOM, WHOLE_SECTION):
                atom = found[kind]
                lists[-1].append(None if atom.upper() == b"NIL" else atom)
            elif kind == STRING:
                lists[-1].append(_unescaped(found[kind]))
            elif kind == CUT_SECTION:
                self._section = found[kind]
            else:
                self._parenthesis(opens=kind == OPEN)
        if text[at:].strip():
            raise Transient("imap.protocol")

    def _words(self, text: bytes) -> None:
        """The same where nothing is quoted: most lines, and four times as fast."""
        current = self._lists[-1]
        for word in text.replace(b"(", b" ( ").replace(b")", b" ) ").split():
            if word == b"(" or word == b")":
                self._parenthesis(opens=word == b"(")
                current = self._lists[-1]
            else:
                current.append(None if len(word) == 3 and word.upper() == b"NIL" else word)

    def end(self) -> list[Token]:
        """The outermost list, when all others are closed."""
        if len(self._lists) != 1 or self._section:
            raise Transient("imap.protocol")
        return self._lists[0]

    def _parenthesis(self, *, opens: bool) -> None:
        lists = self._lists
        if opens and len(lists) <= DEEPEST:
            inner: list[Token] = []
            lists[-1].append(inner)
            lists.append(inner)
        elif not opens and len(lists) > 1:
            lists.pop()
        else:
            raise Transient("imap.protocol")

    def _rest_of_section(self, text: bytes) -> int:
        """Where the section's name ends in this text."""
        found = SECTION_END.match(text)
        assert found is not None
        self._section += found[0]
        if found[1] is not None:
            self._lists[-1].append(self._section)
            self._section = b""
        return found.end()


def _unescaped(inside: bytes) -> bytes:
    return ESCAPED.sub(rb"\1", inside) if b"\\" in inside else inside

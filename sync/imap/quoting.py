"""Words put into a command: quoted, or as a literal, never as they come (RFC 3501 §4.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple, TypeAlias

from store.errors import Permanent

QUOTABLE = re.compile(rb"[ -~]{0,1000}\Z")
"""Longer ones go as literals: a command line has an end."""
SPECIAL = re.compile(rb'(["\\])')
UNSAYABLE = re.compile(rb"[\r\n\0]")


UNINVITED = 64 * 1024
"""A larger literal waits to be invited even where it need not (LITERAL+): over quota, it is then
refused before it is uploaded."""
LITERAL_MINUS = 4096
"""RFC 7888 §5."""


class Literal(NamedTuple):
    """Octets sent as a literal: their size first, then they themselves."""

    octets: bytes

    def goes_along(self, capabilities: Collection[str]) -> bool:
        """Whether it need not wait to be invited (RFC 7888)."""
        size = len(self.octets)
        plus = "LITERAL+" in capabilities and size <= UNINVITED
        return plus or ("LITERAL-" in capabilities and size <= LITERAL_MINUS)


Piece: TypeAlias = bytes | Literal
"""A command is pieces of text, written as they are, and literals."""


def astring(octets: bytes) -> Piece:
    """A mailbox name, a user name, something to search for.

    Raises:
        Permanent: `imap.unsayable`, it contains CR, LF or NUL: with those, one command becomes two.
    """
    if UNSAYABLE.search(octets):
        raise Permanent("imap.unsayable")
    if QUOTABLE.match(octets):
        return b'"' + SPECIAL.sub(rb"\\\1", octets) + b'"'
    return Literal(octets)

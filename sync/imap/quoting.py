"""Words put into a command: quoted, or as a literal, never as they come (RFC 3501 §4.3). Pure."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from store.errors import Permanent

QUOTABLE = re.compile(rb"[ -~]{0,1000}\Z")
"""Longer ones go as literals: a command line has an end."""
SPECIAL = re.compile(rb'(["\\])')
UNSAYABLE = re.compile(rb"[\r\n\0]")


class Literal(NamedTuple):
    """Octets sent as a literal: their size first, then they themselves."""

    octets: bytes


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

"""Keywords and IMAP flags: the one table between RFC 8621 §4.1.1 and RFC 3501 §2.3.2. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from store.model.email import ANSWERED, DRAFT, FLAGGED, FORWARDED, JUNK, SEEN, Keywords

SYSTEM = {SEEN: b"\\Seen", ANSWERED: b"\\Answered", FLAGGED: b"\\Flagged", DRAFT: b"\\Draft"}
USUAL = {FORWARDED: b"$Forwarded", JUNK: b"$Junk", "$notjunk": b"$NotJunk", "$mdnsent": b"$MDNSent"}
"""Flags have no case; these are written as the registry writes them (RFC 5788)."""
FLAG = SYSTEM | USUAL
KEYWORD = {flag.lower(): keyword for keyword, flag in FLAG.items()}
ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]{1,255}\Z')
NO_FLAGS = b"()"
ANY = "*"
"""In what a mailbox keeps: any keyword (RFC 3501 §7.1, PERMANENTFLAGS)."""


def keywords_of(flags: Iterable[bytes | object | None]) -> Keywords:
    """The keywords that these flags say. \\Recent and \\Deleted say none (RFC 8621 §4.1.1)."""
    return _keywords(tuple(flag for flag in flags if isinstance(flag, bytes)))


def flags_of(keywords: Keywords) -> bytes:
    """A parenthesised list of the flags for these keywords; what no flag can say is left out."""
    flags = (FLAG.get(keyword) or keyword.encode("utf-8") for keyword in sorted(keywords))
    return b"(" + b" ".join(f for f in flags if f in SYSTEM.values() or ATOM.match(f)) + b")"


def kept(keywords: Keywords, permanent: frozenset[str] | None) -> Keywords:
    """Those that a mailbox keeps.

    permanent: what SELECT said; None when it said nothing, which means everything.
    """
    if permanent is None:
        return keywords
    if ANY in permanent:
        return frozenset(k for k in keywords if k not in SYSTEM or k in permanent)
    return keywords & permanent


@lru_cache(maxsize=1024)
def _keywords(flags: tuple[bytes, ...]) -> Keywords:
    found = set()
    for flag in flags:
        lower = flag.lower()
        if lower in KEYWORD:
            found.add(KEYWORD[lower])
        elif ATOM.match(lower):
            found.add(lower.decode("ascii"))
    return frozenset(found)

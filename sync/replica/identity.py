"""By what a letter is recognised when its UID is unknown: its Message-ID, read from its octets."""

from __future__ import annotations

import re

from sync.mime.header import MOST_BLOCK, end_of_header, read_header

BRACKETED = re.compile(rb"<([!-;=?-~]{1,900})>")
"""RFC 5322 §3.6.4, without spaces and brackets inside; 998 octets is the longest line."""


def message_id_of(octets: bytes) -> str:
    """The Message-ID without its brackets; '' when absent or of no use for a search."""
    end, _ = end_of_header(octets, 0, min(len(octets), MOST_BLOCK))
    found = BRACKETED.search(read_header(octets[:end]).get(b"message-id"))
    return found[1].decode("ascii") if found else ""

"""When a letter was received, from its own octets: POP3 tells nothing of it. Pure.

The topmost Received field is that of the server that delivered it (RFC 5321 section 4.4). What it
says is believed within reason: never later than now.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from store.model.email import Outline

TRACE = re.compile(rb"^Received:((?:[^\r\n]|\r?\n[ \t])*)", re.I | re.M)
URGENT = re.compile(rb"^(?:Importance:[ \t]*high|X-Priority:[ \t]*[12])\b", re.I | re.M)
MOST_OCTETS = 4096
LISTED = re.compile(
    rb"^(?:From|To|Cc|Reply-To|Subject|Date|Message-ID|References|In-Reply-To|Content-Type|"
    rb"Importance|X-Priority):(?:[^\r\n]|\r?\n[ \t])*\r?\n",
    re.I | re.M,
)


def received_at(octets: bytes, now: int) -> int:
    """Unix seconds; `now` when the letter does not say, or says a later time."""
    found = TRACE.search(octets[: 64 * 1024])
    if found is None:
        return now
    words = found[1][-MOST_OCTETS:].rpartition(b";")[2].decode("ascii", "replace")
    try:
        said = int(parsedate_to_datetime(" ".join(words.split())).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return now
    return said if 0 < said <= now else now


def outline(header: bytes, size: int, now: int) -> Outline:
    """What the list shows of a letter whose header alone has come."""
    return Outline(
        header=b"".join(LISTED.findall(header)) + b"\r\n",
        size=size,
        received_at=received_at(header, now),
        urgent=URGENT.search(header) is not None,
    )

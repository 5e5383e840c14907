"""INTERNALDATE both ways (RFC 3501 §9 date-time): English months whatever the locale. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

MONTHS = (
    *(b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun"),
    *(b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"),
)
DATE = re.compile(
    rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2})(?: ([+-])(\d{2})(\d{2}))?\s*\Z"
)


def read_date(text: bytes) -> int:
    """Unix seconds UTC of ' 7-Feb-2026 09:05:00 +0100'; 0 when unreadable or before 1970.

    A letter is worth more than its date: an unreadable one must not keep it from being received.
    """
    found = DATE.match(text)
    if found is None or found[2].title() not in MONTHS:
        return 0
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    month = MONTHS.index(found[2].title()) + 1
    offset = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    try:
        zone = timezone(-offset if found[7] == b"-" else offset)
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        return max(int(moment.timestamp()), 0)
    except (ValueError, OverflowError):
        return 0


def write_date(at: int) -> bytes:
    """That moment as APPEND wants it, in UTC, quoted."""
    moment = datetime.fromtimestamp(at, UTC)
    month = MONTHS[moment.month - 1].decode()
    return f'"{moment:%d}-{month}-{moment:%Y %H:%M:%S} +0000"'.encode()

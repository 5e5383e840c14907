"""Times and sizes as a person writes them, short enough for a column."""

from __future__ import annotations

from datetime import UTC, datetime

from store.host.i18n import sentence

DATE_CELLS = 7
DAY_SECONDS = 86_400
UNKNOWN = "?"
"""What no calendar holds."""
KILO = 1_000
"""A thousand, as the line counts (store/host/link_words.py): a size stands beside its cost."""


def short_date(at: int, today: int) -> str:
    """When `at` was, seen from `today`: '14:05', '3 nov', '11/2024'. At most DATE_CELLS wide."""
    then, here = _local(at), _local(today)
    if then is None or here is None:
        return UNKNOWN
    if then.date() == here.date():
        return f"{then:%H:%M}"
    if then.year == here.year:
        return f"{then.day} {sentence('tui.months').split()[then.month - 1]}"
    return f"{then:%m/%Y}"


def long_date(at: int) -> str:
    """'3 nov 2026, 14:05' in the machine's time zone."""
    then = _local(at)
    if then is None:
        return UNKNOWN
    month = sentence("tui.months").split()[then.month - 1]
    return f"{then.day} {month} {then:%Y, %H:%M}"


def long_day(at: int) -> str:
    """'3 novembre 2026', as it stands in a letter."""
    then = _local(at)
    if then is None:
        return UNKNOWN
    month = sentence("tui.months_whole").split()[then.month - 1]
    return sentence("tui.day_of_letter", day=then.day, month=month, year=then.year)


def clock(at: int) -> str:
    """'14:05:09', for steps that follow each other within seconds."""
    then = _local(at)
    return UNKNOWN if then is None else f"{then:%H:%M:%S}"


def lately(at: int, today: int) -> str:
    """'14:05:09' where that was today; an hour alone would lie about another day."""
    then, here = _local(at), _local(today)
    same_day = then is not None and here is not None and then.date() == here.date()
    return clock(at) if same_day else long_date(at)


def size(octets: int) -> str:
    """'812 o', '48 ko', '1,2 Mo'."""
    if octets < KILO:
        return sentence("tui.size.octets", n=octets)
    if octets < KILO * KILO:
        return sentence("tui.size.kilo", n=round(octets / KILO))
    mega = f"{octets / KILO / KILO:.1f}"
    return sentence("tui.size.mega", n=mega.replace(".", sentence("tui.decimal")))


def since_words(at: int, today: int) -> str:
    """'14:05' where that is today; else the day too."""
    words = short_date(at, today)
    return words if ":" in words else long_date(at)


def _local(at: int) -> datetime | None:
    """None for what no calendar holds: a Date header may say anything."""
    try:
        return datetime.fromtimestamp(at, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return None

"""Days and times as a person types them: `hier`, `12/03`, `demain 8h`, `dans 2 h`. Pure.

Two readers: a day that has been, for a search; a moment to come, for a letter that leaves later.
Both think in the time zone of the machine, for that is where the person sits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from store.db.fold import bare

FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = {name: n for names in (FRENCH_DAYS, ENGLISH_DAYS) for n, name in enumerate(names)}
PAST = {"aujourdhui": 0, "today": 0, "hier": 1, "yesterday": 1, "avanthier": 2}
COMING = {
    "ce": 0,
    "this": 0,
    "aujourdhui": 0,
    "today": 0,
    "demain": 1,
    "tomorrow": 1,
    "apresdemain": 2,
}
PARTS = {"matin": 8, "morning": 8, "midi": 12, "noon": 12, "soir": 18, "evening": 18}
AGO = re.compile(
    r"(\d{1,4}) ?(j|d|jours?|days?|s|w|semaines?|weeks?|m|mois|months?|a|y|ans?|years?)"
)
AGO_DAYS = {"j": 1, "d": 1, "s": 7, "w": 7, "m": 30, "a": 365, "y": 365}
ISO = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
FRENCH = re.compile(r"(?:(\d{1,2})/)?(\d{1,2})/(\d{4})|(\d{1,2})/(\d{1,2})")
IN_A_WHILE = re.compile(
    r"(?:dans|in) (\d{1,3}) ?(min|minutes?|h|heures?|hours?|j|jours?|days?|semaines?|weeks?)"
)
WHILE_SECONDS = {"m": 60, "h": 3600, "j": 86_400, "d": 86_400, "s": 604_800, "w": 604_800}
CLOCK = re.compile(r"(?:a |at )?(\d{1,2}) ?(?:(?:h|heures?|:) ?(\d{2})?)? ?(am|pm)?")
"""A number alone is none: it needs an `h`, a colon or half a day."""
DEFAULT_HOUR = 8
"""When a day is said and no time: when the practice opens."""


def day_typed(text: str, now: int) -> int | None:
    """When the day, month or year that was typed begins, Unix seconds; None when it is none.

    `26/10/2026`, `2026-10-26`, `26/10` (the last one that has been), `10/2026`, `2026`, `hier`,
    `lundi` (the last one), `15j`, `3 mois`.
    """
    today = _local(now).date()
    words = text.strip().lower()
    name = bare(words).replace(" ", "")
    if name in PAST:
        return _begins(today - timedelta(days=PAST[name]))
    if name in DAYS:
        return _begins(today - timedelta(days=(today.weekday() - DAYS[name]) % 7))
    if ago := AGO.fullmatch(bare(words)):
        days = int(ago[1]) * AGO_DAYS[ago[2][0]]
        return _sound(lambda: today - timedelta(days=days))
    if iso := ISO.fullmatch(words):
        return _sound(lambda: date(int(iso[1]), int(iso[2] or 1), int(iso[3] or 1)))
    if french := FRENCH.fullmatch(words):
        return _sound(lambda: _french(french, today))
    return None


def moment_typed(text: str, now: int) -> int | None:
    """The moment to come that was typed, Unix seconds; None when it is none, or has been.

    `demain 8h`, `lundi 9h30`, `18h` (today, or tomorrow once it is past), `dans 2 h`,
    `12/03 8:00`, `demain matin`; a day alone is at eight.
    """
    words = " ".join(text.replace("'", "").replace("\u2019", "").strip().lower().split())
    words = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", "", words)
    words = re.sub(r"(?<=\d)\.(?=\d)", "/", words)
    words = " ".join(bare(word) if word.isalpha() else word for word in words.split())
    if after := IN_A_WHILE.fullmatch(words):
        return now + int(after[1]) * WHILE_SECONDS[after[2][0]]
    day_words, clock = _clock_of(words)
    here = _local(now)
    if not day_words:
        if clock is None:
            return None
        at = _at(here.date(), clock)
        return at if at > now else _at(here.date() + timedelta(days=1), clock)
    day = _day_to_come(day_words, here.date())
    if day is None:
        return None
    at = _at(day, clock or time(DEFAULT_HOUR))
    return at if at > now else None


def _clock_of(words: str) -> tuple[str, time | None]:
    """The words of the day, and the time that ends them."""
    *day, last = words.split(" ")
    if last in PARTS:
        return " ".join(day), time(PARTS[last])
    for start in (match.start() for match in re.finditer(r"(?:^|(?<= ))\S", words)):
        found = CLOCK.fullmatch(words, start)
        if found and not found[0].removeprefix("a ").removeprefix("at ").isdigit():
            hour, minute = int(found[1]), int(found[2] or 0)
            if found[3] and 0 < hour <= 12:
                hour = hour % 12 + 12 * (found[3] == "pm")
            if hour < 24 and minute < 60:
                return words[:start].strip(), time(hour, minute)
    return words, None


def _day_to_come(words: str, today: date) -> date | None:
    words = words.removeprefix("le ")
    if words in COMING:
        return today + timedelta(days=COMING[words])
    if words in DAYS:
        return today + timedelta(days=(DAYS[words] - today.weekday() - 1) % 7 + 1)
    if iso := ISO.fullmatch(words):
        return _whole(lambda: date(int(iso[1]), int(iso[2] or 0), int(iso[3] or 0)))
    if (french := FRENCH.fullmatch(words)) and french[3] and french[1]:
        return _whole(lambda: date(int(french[3]), int(french[2]), int(french[1])))
    if french and french[4]:
        found = _whole(lambda: date(today.year, int(french[5]), int(french[4])))
        if found is not None and found < today:
            return _whole(lambda: date(today.year + 1, int(french[5]), int(french[4])))
        return found
    return None


def _french(found: re.Match[str], today: date) -> date:
    if found[3]:
        return date(int(found[3]), int(found[2]), int(found[1] or 1))
    day, month = int(found[4]), int(found[5])
    this_year = date(today.year, month, day)
    return this_year if this_year <= today else date(today.year - 1, month, day)


def _sound(day: Callable[[], date]) -> int | None:
    found = _whole(day)
    return None if found is None else _begins(found)


def _whole(day: Callable[[], date]) -> date | None:
    """None for the 31st of February."""
    try:
        return day()
    except (ValueError, OverflowError):
        return None


def _begins(day: date) -> int | None:
    try:
        return _at(day, time())
    except (ValueError, OverflowError, OSError):
        return None


def _at(day: date, clock: time) -> int:
    return int(datetime.combine(day, clock).timestamp())


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()

"""Numbers, days and ranges as laboratories write them: read only where they can mean one thing.

'2.920' is three in one laboratory and three thousand in another (docs/documents.md); a birth on
'03/02/21' is a child's or a great-grandmother's. Such a value stays words: `number` is None, the
day is ''. Pure; every function takes any string.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from store.model.document import Moment

LONGEST = 40
"""Characters: what is longer is a sentence, not a number, a day or a range."""
FIRST_YEAR, LAST_YEAR = 1850, 2150
FIRST_FILES = 90
"""No file of these formats is older than 1990 (H.PR.I.M. Médecins 3.0 is of March 1997)."""
OLDEST = 120
"""Years that nobody has outlived by much."""

COMPARATORS = {
    "<": "<",
    "<=": "<=",
    "=<": "<=",
    "≤": "<=",
    ">": ">",
    ">=": ">=",
    "=>": ">=",
    "≥": ">=",
    "inf": "<",
    "inf.": "<",
    "inf.à": "<",
    "infà": "<",
    "inférieurà": "<",
    "sup": ">",
    "sup.": ">",
    "sup.à": ">",
    "supà": ">",
    "supérieurà": ">",
}
BEGUN = re.compile(
    r"(<=|>=|=<|=>|<|>|≤|≥|(?:inf|sup)(?:érieur)?\.?(?:\s?à)?(?![a-zé]))\s*(.*)", re.I | re.S
)
PLAIN = re.compile(r"[+-]?\d+")
DECIMAL = re.compile(r"[+-]?\d+[.,]\d+")
MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([ .\u00a0\u202f])\d{3})(?:\1\d{3})*(?:,\d+)?")
RANGE = re.compile(r"([+-]?\d[\d., ]*?)\s*(?:-|–|à|/)\s*([+-]?\d[\d., ]*)")
NM = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")

DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})")
TIME = re.compile(r"\s+\d{1,2}[:hH]\d{0,2}(?::\d{2})?")
HL7_TIME = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})?(?:(\d{2})(?:\.\d{1,6})?)?)?)?)?([+-]\d{4})?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A value taken apart."""

    comparator: str = ""
    number: Decimal | None = None


def quantity(value: str) -> Quantity:
    """What a value says for sure; an asterisk that marks it is no part of it."""
    bare = value.strip().strip("*").strip()
    if not bare or len(bare) > LONGEST:
        return Quantity()
    comparator = ""
    if begun := BEGUN.fullmatch(bare):
        comparator = COMPARATORS.get(re.sub(r"\s", "", begun[1].lower()), "")
        bare = begun[2].strip()
    return Quantity(comparator=comparator, number=number(bare))


def number(bare: str) -> Decimal | None:
    """The one number that a word can be, in France; None when there are two, or none."""
    if len(bare) > LONGEST or not bare.isprintable():
        return None
    if PLAIN.fullmatch(bare):
        return Decimal(bare)
    if DECIMAL.fullmatch(bare):
        return None if MAYBE_THOUSANDS.fullmatch(bare) else Decimal(bare.replace(",", "."))
    if grouped := THOUSANDS.fullmatch(bare):
        return Decimal(bare.replace(grouped[1], "").replace(",", "."))
    return None


def numbers_of(words: Sequence[str], beside: Sequence[str] = ()) -> tuple[Decimal, ...] | None:
    """The numbers of one range; None when one is none, or may be two.

    '0,270' and '4,200' are written by one hand: the first is a decimal for sure, so the second is.
    What stands `beside` them, such as the value itself, is the same hand's.
    """
    bare = [each.strip() for each in (*words, *beside)]
    signs = {
        sign
        for each in bare
        for sign in ".,"
        if sign in each and DECIMAL.fullmatch(each) and not MAYBE_THOUSANDS.fullmatch(each)
    }
    found: list[Decimal] = []
    for each in bare[: len(words)]:
        known = number(each)
        if known is None and len(each) <= LONGEST and DECIMAL.fullmatch(each):
            known = Decimal(each.replace(",", ".")) if signs & set(each) else None
        if known is None:
            return None
        found.append(known)
    return tuple(found)


def point_number(value: str) -> Decimal | None:
    """A number where the format leaves no doubt: its decimals follow a point (HL7 NM, HPRIM NM)."""
    value = value.strip()
    if len(value) > LONGEST or not NM.fullmatch(value):
        return None
    return Decimal(value)


def bounds(words: str) -> tuple[str, str] | None:
    """The two ends of '10 - 40' or '3,5 à 5,0', as written; None for any other words."""
    words = words.strip()
    if len(words) > LONGEST or not (found := RANGE.fullmatch(words)):
        return None
    return found[1].strip(), found[2].strip()


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat() if FIRST_YEAR <= year <= LAST_YEAR else ""
    except ValueError:
        return ""


def day_of(words: str) -> str:
    """The day of an examination or a file. Two digits of a year are 1990 to 2089."""
    parts = _parts(words)
    if parts is None:
        return _packed(words.strip())
    year, month, day = parts
    if year < 100:
        year += 1900 if year >= FIRST_FILES else 2000
    return _day(year, month, day)


def birth_day_of(words: str, seen: str) -> str:
    """The day of a birth, of somebody who was seen on the day `seen` ('' when unknown).

    Two digits of a year are a century only when the other one is impossible: a birth that is still
    to come, or somebody older than anybody.
    """
    parts = _parts(words)
    if parts is None:
        return _packed(words.strip())
    year, month, day = parts
    if year >= 100:
        return _day(year, month, day)
    if not seen:
        return ""
    possible = [
        born
        for century in (1800, 1900, 2000, 2100)
        if (born := _day(century + year, month, day))
        if born <= seen and int(seen[:4]) - century - year <= OLDEST
    ]
    return possible[0] if len(possible) == 1 else ""


def is_day(words: str) -> bool:
    """Whether words are a day, with four digits of its year or two."""
    return bool(_parts(words)) or bool(_packed(words.strip()))


def _parts(words: str) -> tuple[int, int, int] | None:
    words = words.strip()
    if len(words) > LONGEST or not words.isascii():
        return None
    words = TIME.sub("", words)
    if found := DAY_FIRST.fullmatch(words):
        return int(found[3]), int(found[2]), int(found[1])
    if found := YEAR_FIRST.fullmatch(words):
        return int(found[1]), int(found[2]), int(found[3])
    return None


def _packed(words: str) -> str:
    """Eight digits: a year that begins, 18.. to 21.., is never a day and a month as well."""
    if not re.fullmatch(r"[0-9]{8}", words):
        return ""
    year_first = _day(int(words[:4]), int(words[4:6]), int(words[6:]))
    return year_first or _day(int(words[4:]), int(words[2:4]), int(words[:2]))


def moment(words: str) -> Moment | None:
    """A day of an HPRIM Médecin file; None when nothing was written."""
    words = words.strip()
    return Moment(said=words, day=day_of(words)) if words else None


def hl7_moment(words: str) -> Moment | None:
    """HL7 TS and HPRIM: YYYY[MM[DD[HH[MM[SS]]]]][+ZZZZ], as precise as it is said."""
    words = words.strip()
    if not words:
        return None
    found = HL7_TIME.fullmatch(words) if len(words) <= LONGEST and words.isascii() else None
    if not found:
        return Moment(said=words)
    day = hl7_day(words)
    return Moment(said=words, day=day, at=_unix(found) if len(day) == 10 else None)


def hl7_day(words: str) -> str:
    """'1979-03-28', '1979-03' or '1979' of an HL7 time; '' when it is none."""
    words = words.strip()
    found = HL7_TIME.fullmatch(words) if len(words) <= LONGEST and words.isascii() else None
    if not found:
        return ""
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if day:
        return _day(year, month, day)
    first = _day(year, month or 1, 1)
    return first[: 7 if month else 4]


def _unix(found: re.Match[str]) -> int | None:
    """Seconds since 1970, when an hour and a zone were said."""
    if not (found[4] and found[7]):
        return None
    offset = timedelta(minutes=int(found[7][1:3]) * 60 + int(found[7][3:]))
    if offset >= timedelta(days=1):
        return None
    year, month, day, hour, minute, second = (int(found[place] or 0) for place in range(1, 7))
    zone = timezone(-offset if found[7][0] == "-" else offset)
    try:
        said = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return int(said.timestamp())

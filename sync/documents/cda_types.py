"""The small things a CDA is made of: texts, identifiers, times, codes, addresses, names. Pure.

Elements are found by their plain name: `sync/documents/cda.py` has taken the namespace of HL7 v3
away, and left every other, so that `lab:statusCode` is never mistaken for `statusCode`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from urllib.parse import unquote

from store.model.document import Identifier, Moment
from sync.documents.xml import Element, local_name

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
SPACE = re.compile(r"[ \t\r\n]+")
TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:[.,]\d{1,9})?)?)?)?)?)?"
    r"(Z|[+-]\d{4})?",
    re.ASCII,
)
MOST_CHARACTERS = 4_000
"""Of one word of a header: nobody is called longer."""


def words(element: Element | None, most: int = MOST_CHARACTERS) -> str:
    """All the text in an element on one line; '' when it is not there."""
    if element is None:
        return ""
    found: list[str] = []
    length = 0
    for piece in element.itertext():
        found.append(piece[: most - length])
        length += len(piece)
        if length >= most:
            break
    return SPACE.sub(" ", "".join(found)).strip(" ")


def attribute(element: Element | None, name: str) -> str:
    """An attribute; '' when it, or the element, is not there."""
    return "" if element is None else SPACE.sub(" ", element.get(name) or "").strip(" ")


def identifier(element: Element | None) -> Identifier | None:
    """HL7 II; None when it says nothing."""
    root, extension = attribute(element, "root"), attribute(element, "extension")
    return Identifier(root=root, extension=extension) if root or extension else None


def identifiers(parent: Element | None) -> tuple[Identifier, ...]:
    """Every `id` of an element."""
    found = () if parent is None else (identifier(each) for each in parent.iterfind("id"))
    return tuple(each for each in found if each is not None)


def moment(said: str) -> Moment | None:
    """HL7 TS as written: '2026', '20261124', '202611241030+0100'. None when nothing is said."""
    said = said.strip()
    if not said:
        return None
    read = TIME.fullmatch(said)
    if read is None:
        return Moment(said=said)
    year, month, day, *clock, zone = read.groups()
    try:
        whole = date(int(year), int(month or 1), int(day or 1))
        at = _instant(whole, clock, zone) if zone and clock[0] else None
    except (ValueError, OverflowError):
        return Moment(said=said)
    return Moment(said=said, day=whole.isoformat()[: (10 if day else 7 if month else 4)], at=at)


def _instant(day: date, clock: list[str | None], zone: str) -> int:
    hour, minute, second = (int(each or 0) for each in clock)
    minutes = 0 if zone == "Z" else int(zone[1:3]) * 60 + int(zone[3:])
    offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    # A leap second is the last of its minute.
    told = datetime(day.year, day.month, day.day, hour, minute, min(second, 59))  # noqa: DTZ001
    return int(told.replace(tzinfo=timezone(offset)).timestamp())


def beginning(element: Element | None) -> Moment | None:
    """Of a TS, or of an IVL_TS: its beginning, else its end, whichever is said."""
    if element is None:
        return None
    for said in (element, *(element.find(name) for name in ("low", "center", "high"))):
        if found := moment(attribute(said, "value")):
            return found
    return None


def displayed(code: Element | None) -> str:
    """The words of a coded element; of its translation where only that has some; else its code."""
    if code is None:
        return ""
    translations = [attribute(each, "displayName") for each in code.iterfind("translation")]
    said = (attribute(code, "displayName"), words(code.find("originalText")), *translations)
    return next((each for each in said if each), attribute(code, "code"))


STREET = ("houseNumber", "houseNumberNumeric", "direction", "streetNameType", "streetNameBase")
TOWN = ("postalCode", "city")


def address(element: Element | None) -> str:
    """An address, one line below the other; '' when it is not said."""
    if element is None:
        return ""
    lines: list[list[str]] = [[]]
    before = ""
    for name, said in _address_parts(element):
        together = {before, name} <= {*STREET, "streetName"} or {before, name} == {*TOWN}
        if not together:
            lines.append([])
        lines[-1].append(said)
        before = name
    return "\n".join(" ".join(line) for line in lines if line)


def _address_parts(element: Element) -> Iterator[tuple[str, str]]:
    if said := SPACE.sub(" ", element.text or "").strip(" "):
        yield "", said[:MOST_CHARACTERS]
    for part in element:
        name = local_name(part)
        if name not in ("useablePeriod", "county") and (said := words(part)):
            yield name, said


def telecoms(elements: Iterable[Element | None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The phone numbers and the addresses of mail of some elements, each once."""
    phones: dict[str, None] = {}
    emails: dict[str, None] = {}
    for element in elements:
        for telecom in () if element is None else element.iterfind("telecom"):
            scheme, colon, rest = attribute(telecom, "value").partition(":")
            # A URI may spell any sign as %20 (RFC 3986).
            said = unquote(rest, errors="replace").strip() if colon else scheme
            if scheme.lower() == "mailto" or (not colon and "@" in said):
                emails[said] = None
            elif said and (not colon or scheme.lower() in ("tel", "fax")):
                phones[said] = None
    return tuple(phones), tuple(emails)


def first(element: Element | None, *paths: str) -> Element | None:
    """What lies at the first of these paths that leads somewhere."""
    if element is None:
        return None
    found = (element.find(path) for path in paths)
    return next((each for each in found if each is not None), None)

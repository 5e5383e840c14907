"""The demo world's people, letters and documents as they are written down in letters/*.toml.

The texts are data so that a practitioner can read and correct them. A date is written as a
distance from a `now` that is given, so the newest letter is always from this morning.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

LETTERS = Path(__file__).parent / "letters"
THEMES = ("laboratory", "colleagues", "hospital", "practice", "surprises")
CET = timezone(timedelta(hours=1))
"""The demo world lives in winter time: no time zone database is needed to draw it."""
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
DATE = re.compile(r"\{(j|le|amj)([+-]\d+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone of the demo world; `key` is also the login name."""

    key: str
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One `[[letter]]` of letters/*.toml."""

    id: str
    sender: str
    hours_ago: float
    charset: str
    encoding: str
    to: str = "alice"
    owner: str = "alice"
    """Whose mailbox it lies in."""
    mailbox: str = "INBOX"
    """'none' for a letter that only exists inside another."""
    flags: str = ""
    from_name: str = ""
    """What the sender calls themself, when it is not their name."""
    subject: str = ""
    raw_subject: str = ""
    """Octets of the Subject field as they are, uncoded."""
    reply_to: str = ""
    priority: str = ""
    text: str = ""
    html: str = ""
    attach: tuple[Mapping[str, str], ...] = ()


def dated(words: str, now: int) -> str:
    """`words` with {j-2}, {le-2} and {amj-2} as a date that many days from `now`.

    j is 20/11/2026, le is 20 novembre 2026, amj is 20261120.
    """

    def write(found: re.Match[str]) -> str:
        day = datetime.fromtimestamp(now, CET) + timedelta(days=int(found[2]))
        match found[1]:
            case "j":
                return f"{day:%d/%m/%Y}"
            case "amj":
                return f"{day:%Y%m%d}"
            case _:
                ordinal = "1er" if day.day == 1 else str(day.day)
                return f"{ordinal} {MONTHS[day.month - 1]} {day.year}"

    return DATE.sub(write, words)


@cache
def people() -> Mapping[str, Person]:
    """Everyone, by key, in the order of people.toml."""
    return {
        key: Person(key=key, name=entry["name"], address=entry["address"])
        for key, entry in _read("people").items()
    }


@cache
def scripts() -> Mapping[str, Script]:
    """Every letter, by id."""
    found = {}
    for theme in THEMES:
        for entry in _read(theme)["letter"]:
            attach = tuple(entry.pop("attach", ()))
            script = Script(sender=entry.pop("from"), attach=attach, **entry)
            found[script.id] = script
    return found


@cache
def texts() -> Mapping[str, str]:
    """The short texts that are attached, by key."""
    return {
        key: entry["value"].lstrip("\n")
        for theme in THEMES
        for key, entry in _read(theme).get("text", {}).items()
    }


def document_facts(key: str, now: int) -> dict[str, Any]:
    """What documents.toml says of the PDF called `key`: the fields of `sync.demo.pdfs.Document`."""
    facts: dict[str, Any] = _dated_deep(_read("documents")["document"][key], now)
    return facts


def _read(theme: str) -> dict[str, Any]:
    return tomllib.loads((LETTERS / f"{theme}.toml").read_text(encoding="utf-8"))


def _dated_deep(value: Any, now: int) -> Any:
    match value:
        case str():
            return dated(value, now)
        case list():
            return [_dated_deep(each, now) for each in value]
        case dict():
            return {key: _dated_deep(each, now) for key, each in value.items()}
    return value

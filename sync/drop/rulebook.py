"""`drop.toml`: the rules of the watched folders as a person writes them. Pure.

Read strictly: a key that nobody knows is a wish that nobody would grant, so it is said, with its
line, and the rules stay as they were. docs/drop-folder.md has every key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.compose import is_address
from store.errors import Usage
from store.model.drop_options import (
    LARGEST,
    SEARCHED,
    Expectation,
    Form,
    FoundIn,
    Further,
    Grouping,
    Limits,
    RuleOptions,
    SameName,
)
from sync.drop.pattern import checked_pattern, holes_of
from sync.drop.rule_text import lines_of, parsed

MOST_OCTETS = 1024 * 1024
DAYS = (
    *(("lundi", "monday"), ("mardi", "tuesday"), ("mercredi", "wednesday"), ("jeudi", "thursday")),
    *(("vendredi", "friday"), ("samedi", "saturday"), ("dimanche", "sunday")),
)
DAY = {each[:n]: day for day, names in enumerate(DAYS) for each in names for n in (3, len(each))}
"""'lun', 'lundi', 'mon', 'monday' -> 0. No three letters mean one day here and another there."""
MEGABYTE = 1024 * 1024
HOURS = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?-([0-9]{1,2})(?::([0-9]{2}))?")
KEYS = {
    "": (
        *("folder", "account", "identity", "to", "find", "dispatch", "pattern", "doctors"),
        *("urgent", "marker", "poll", "expect", "results", "limits", "as", "to_patient", "to_dmp"),
        "same_name",
    ),
    "expect": ("files", "minutes", "days", "hours"),
    "results": ("folder", "hl7"),
    "limits": ("largest_mb", "waiting", "per_hour", "free_mb", "owner", "group", "mode", "writer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRule:
    """One table of the file."""

    name: str
    folder: str
    account: str
    to: tuple[str, ...]
    options: RuleOptions
    line: int


class _Table:
    """One table, and where it stands, so that what is wrong in it can be pointed at."""

    def __init__(
        self, facts: Mapping[str, Any], place: tuple[str, ...], lines: dict[tuple[str, ...], int]
    ) -> None:
        self.facts, self.place, self.lines = facts, place, lines
        for key in facts:
            if key not in KEYS[place[1] if len(place) > 1 else ""]:
                raise Usage("drop.rules_key", line=self.line(key), key=key)

    def line(self, key: str) -> int:
        """Where a key is written, or the head of its table."""
        return self.lines.get((*self.place, key)) or self.lines.get(self.place, 1)

    def bad(self, key: str) -> Usage:
        """A value that cannot be."""
        return Usage("drop.rules_value", line=self.line(key), key=key)

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.facts.get(key, "")
        if not isinstance(value, str) or not value.isprintable() or (needed and not value):
            raise self.bad(key)
        return value

    def flag(self, key: str) -> bool:
        value = self.facts.get(key, False)
        if not isinstance(value, bool):
            raise self.bad(key)
        return value

    def number(self, key: str, otherwise: int, *, least: int = 1) -> int:
        value = self.facts.get(key, otherwise)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.bad(key)
        if key in self.facts and not least <= value <= 1_000_000_000:
            raise self.bad(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.facts.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.bad(key)
        return tuple(dict.fromkeys(value))

    def table(self, key: str) -> _Table | None:
        if key not in self.facts:
            return None
        if not isinstance(self.facts[key], dict):
            raise self.bad(key)
        return _Table(self.facts[key], (*self.place, key), self.lines)


def read_rules(text: str) -> list[WrittenRule]:
    """Every rule of the file, in its order.

    Raises:
        Usage: `drop.rules_syntax`, `drop.rules_key`, `drop.rules_value`, `drop.rules_days`, each
            with its `line`.
    """
    facts = parsed(text)
    lines = lines_of(text)
    rules = []
    for name, table in facts.items():
        if not isinstance(table, dict):
            raise Usage("drop.rules_key", line=lines.get((name,), 1), key=name)
        rules.append(_rule(name, _Table(table, (name,), lines)))
    return rules


def _rule(name: str, table: _Table) -> WrittenRule:
    to = table.texts("to")
    if not all(map(is_address, to)):
        raise table.bad("to")
    options = _options(table, to)
    if FoundIn.FIXED in options.search and not to and "find" in table.facts:
        raise table.bad("find")
    by_name = "find" in table.facts and FoundIn.NAME in options.search
    if by_name and "recipient" not in holes_of(options.pattern):
        raise table.bad("pattern")  # it would be asked, and never answer
    if not to and options.search == (FoundIn.FIXED,):
        raise table.bad("to")
    wanders = options.to_patient or options.to_dmp
    if wanders and options.form is not Form.XDM:
        raise table.bad("to_patient" if options.to_patient else "to_dmp")
    return WrittenRule(
        name=name,
        folder=table.text("folder", needed=True),
        account=table.text("account", needed=True),
        to=to,
        options=options,
        line=table.line(""),
    )


def _options(table: _Table, to: tuple[str, ...]) -> RuleOptions:
    grouping = table.text("dispatch") or Grouping.ALONE
    if grouping not in list(Grouping):
        raise table.bad("dispatch")
    results = table.table("results")
    return RuleOptions(
        grouping=Grouping(grouping),
        search=_search(table, to),
        pattern=_pattern(table),
        doctors=table.text("doctors"),
        identity=table.text("identity"),
        urgent=table.flag("urgent"),
        marker=_marker(table),
        expects=_expectation(table.table("expect")),
        results=results.text("folder", needed=True) if results else "",
        acknowledges=results.flag("hl7") if results else False,
        polls=table.flag("poll"),
        limits=_limits(table.table("limits")),
        form=_form(table),
        to_patient=_further(table, "to_patient"),
        to_dmp=_further(table, "to_dmp"),
        same_name=_same_name(table),
    )


def _form(table: _Table) -> Form:
    said = table.text("as")
    if said not in list(Form):
        raise table.bad("as")
    return Form(said)


def _same_name(table: _Table) -> SameName:
    said = table.text("same_name")
    if said not in list(SameName):
        raise table.bad("same_name")
    return SameName(said)


def _further(table: _Table, key: str) -> Further:
    """true for each document; "asked" where its own files ask for it."""
    said = table.facts.get(key, False)
    if said == Further.ASKED.value:
        return Further.ASKED
    return Further.ALWAYS if table.flag(key) else Further.NEVER


def _search(table: _Table, to: tuple[str, ...]) -> tuple[FoundIn, ...]:
    """Where a recipient is looked for. Unless it is said: the rule's own addresses, else in the
    files."""
    if "find" not in table.facts:
        return (FoundIn.FIXED,) if to else tuple(e for e in SEARCHED if e is not FoundIn.FIXED)
    said = table.texts("find")
    if not said or not set(said) <= {each.value for each in SEARCHED}:
        raise table.bad("find")
    return tuple(map(FoundIn, said))


def _pattern(table: _Table) -> str:
    pattern = table.text("pattern")
    if pattern:
        try:
            checked_pattern(pattern)
        except Usage as error:
            raise table.bad("pattern") from error
    return pattern


def _marker(table: _Table) -> str:
    marker = table.text("marker")
    if "/" in marker or marker in (".", "..", "sent", "failed", ".claimed"):
        raise table.bad("marker")
    return marker


def _expectation(table: _Table | None) -> Expectation | None:
    if table is None:
        return None
    opens, closes = 0, 24 * 60
    if hours := table.text("hours"):
        found = HOURS.fullmatch(hours)
        if found is None:
            raise table.bad("hours")
        opens = int(found[1]) * 60 + int(found[2] or 0)
        closes = int(found[3]) * 60 + int(found[4] or 0)
        if not opens < closes <= 24 * 60:
            raise table.bad("hours")
    minutes = table.number("minutes", 0, least=5)
    if not minutes:
        raise table.bad("minutes")
    return Expectation(
        files=min(table.number("files", 1), 1000),
        seconds=minutes * 60,
        days=_days(table),
        opens=opens,
        closes=closes,
    )


def _days(table: _Table) -> tuple[int, ...]:
    """'lun-sam', 'mardi, jeudi', 'sat-mon'; every day when it is not said."""
    found: set[int] = set()
    for piece in (table.text("days") or "lun-dim").casefold().replace(" ", "").split(","):
        first, dash, last = piece.partition("-")
        if first not in DAY or (dash and last not in DAY):
            raise Usage("drop.rules_days", line=table.line("days"))
        begin, end = DAY[first], DAY[last or first]
        found.update((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    return tuple(sorted(found))


def _limits(table: _Table | None) -> Limits:
    if table is None:
        return Limits()
    mode = table.text("mode")
    if mode and not re.fullmatch(r"0?[0-7]{3,4}", mode):
        raise table.bad("mode")
    return Limits(
        largest=min(table.number("largest_mb", LARGEST // MEGABYTE) * MEGABYTE, LARGEST),
        most_waiting=table.number("waiting", 0),
        most_per_hour=table.number("per_hour", 0),
        free=table.number("free_mb", 0) * MEGABYTE,
        owner=table.text("owner"),
        group=table.text("group"),
        mode=int(mode, 8) if mode else -1,
        writer=table.text("writer"),
    )

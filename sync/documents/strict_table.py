"""A settings file in TOML or JSON, read strictly: what is not understood is said, never dropped.

A key that is misspelt would be a fact that is not there: a letter held for a birth day that its
file does say, or, worse, a patient's opposition that nobody saw. Pure.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from store.compose import is_address
from store.errors import NeedsUser
from store.model.document import Identifier, Moment
from sync.documents.facts import OID, Coded

MOST_OCTETS = 64 * 1024
MOST_CHARACTERS = 4000
"""Of one value."""
MOST_ITEMS = 100
"""Of one list."""
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Table:
    """One table of a file; each key is taken once, and those left at the end are errors."""

    def __init__(self, values: dict[str, object], path: str = "") -> None:
        self._left, self._path = dict(values), path

    def bad(self, key: str) -> NeedsUser:
        """The sentence for a value that is not of the form its key wants."""
        return NeedsUser("sidecar.bad_value", key=self._path + key)

    def text(self, key: str) -> str:
        """Words on one line; '' when they are not there."""
        value = self.lines(key)
        if "\n" in value:
            raise self.bad(key)
        return value

    def lines(self, key: str) -> str:
        """Words on one or several lines."""
        value = self._left.pop(key, "")
        if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
            raise self.bad(key)
        value = value.replace("\r\n", "\n").strip()
        if CONTROL.search(value) or not _is_unicode(value):
            raise self.bad(key)
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when it is not there."""
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            raise self.bad(key)
        return value

    def number(self, key: str) -> int | None:
        """A whole number from 1 on."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 999_999:
            raise self.bad(key)
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        """A word of a list."""
        value = self.text(key) or default
        if value and value not in allowed:
            raise self.bad(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Several words, or one alone."""
        value = self._left.get(key)
        if isinstance(value, list):
            if len(value) > MOST_ITEMS:
                raise self.bad(key)
            del self._left[key]
            inner = (Table({key: each}, self._path).text(key) for each in value)
            return tuple(each for each in inner if each)
        one = self.text(key)
        return (one,) if one else ()

    def address(self, key: str) -> str:
        """An address that can be written to; '' when it is not there."""
        value = self.text(key)
        if value and not is_address(value):
            raise self.bad(key)
        return value

    def day(self, key: str) -> str:
        """A day as '1979-03-28'."""
        value = self._left.pop(key, "")
        if isinstance(value, datetime) or not isinstance(value, date | str):
            raise self.bad(key)
        said = value.isoformat() if isinstance(value, date) else value.strip()
        if said and not _is_day(said):
            raise self.bad(key)
        return said

    def moment(self, key: str) -> Moment | None:
        """A day, or a time with its zone: a time of nowhere is not one."""
        value = self._left.get(key)
        if isinstance(value, str) and not _is_day(value.strip()):
            try:
                value = datetime.fromisoformat(value.strip()) if value.strip() else None
            except ValueError as error:
                raise self.bad(key) from error
        if isinstance(value, datetime):
            del self._left[key]
            if value.tzinfo is None or value.utcoffset() is None:
                raise self.bad(key)
            return _moment(value, self.bad(key))
        if value is None:
            self._left.pop(key, None)
            return None
        day = self.day(key)
        return Moment(said=day.replace("-", ""), day=day)

    def coded(self, key: str, system: str = "") -> Coded | None:
        """A code, its list and its words; `system` when the file need not say which list."""
        with self.table(key) as inner:
            if inner is None:
                return None
            coded = Coded(
                code=inner.text("code"),
                system=inner.text("system") or system,
                name=inner.text("name"),
            )
            if not coded.code or not OID.fullmatch(coded.system):
                raise self.bad(key)
            return coded

    def identifier(self, key: str) -> Identifier | None:
        """An authority and what it gave: { oid, value }; the value may be empty."""
        with self.table(key) as inner:
            return None if inner is None else inner.itself(self.bad(key))

    def itself(self, bad: NeedsUser) -> Identifier:
        """This very table as { oid, value }."""
        found = Identifier(root=self.text("oid"), extension=self.text("value"))
        if not OID.fullmatch(found.root):
            raise bad
        return found

    @contextmanager
    def table(self, key: str) -> Iterator[Table | None]:
        """A table within; None when it is not there. What is not taken of it is an error."""
        value = self._left.pop(key, None)
        if value is None:
            yield None
            return
        if not isinstance(value, dict):
            raise self.bad(key)
        inner = Table(value, f"{self._path}{key}.")
        yield inner
        inner.end()

    def tables(self, key: str) -> Iterator[Table]:
        """Each table of a list; the caller takes all of one before the next."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise self.bad(key)
        for number, each in enumerate(value, 1):
            if not isinstance(each, dict):
                raise self.bad(key)
            inner = Table(each, f"{self._path}{key}[{number}].")
            yield inner
            inner.end()

    def names(self) -> tuple[str, ...]:
        """The keys that are left."""
        return tuple(self._left)

    def end(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            NeedsUser: `sidecar.unknown_key`.
        """
        for key in self._left:
            raise NeedsUser("sidecar.unknown_key", key=(self._path + key)[:80])


def read_table(octets: bytes) -> Table:
    """The whole file: JSON when it begins with a brace, TOML otherwise.

    Raises:
        NeedsUser: `sidecar.too_large`, `sidecar.not_read`.
    """
    if len(octets) > MOST_OCTETS:
        raise NeedsUser("sidecar.too_large", most_kb=MOST_OCTETS // 1024)
    try:
        text = octets.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            values = json.loads(text, object_pairs_hook=_once)
        else:
            values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise NeedsUser("sidecar.not_read") from error
    if not isinstance(values, dict):
        raise NeedsUser("sidecar.not_read")
    return Table(values)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A key said twice says two things, of which one would be dropped."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _is_unicode(value: str) -> bool:
    return not any(0xD800 <= ord(each) < 0xE000 for each in value)


def _is_day(said: str) -> bool:
    if not ISO_DAY.fullmatch(said):
        return False
    try:
        return date.fromisoformat(said).year >= 1800
    except ValueError:
        return False


def _moment(value: datetime, bad: NeedsUser) -> Moment:
    if not 1800 <= value.year <= 9998:
        raise bad
    said = value.strftime("%Y%m%d%H%M%S%z")
    if len(said) != 19:  # a zone of seconds, which HL7 has no place for
        raise bad
    return Moment(said=said, day=value.date().isoformat(), at=int(value.timestamp()))

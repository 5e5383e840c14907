"""What a person may choose about their own screen: `settings.toml`, in the home of the store.

Read strictly: a name that does not exist, or a value that does not fit, is said in a sentence that
names what would. Nothing in this file is secret, and nothing in it decides about mail.

    caller              function       what it does with a file that is wrong
    `pli`, the screen   `read_kind`    says so, and goes on as where there is no file
    `pli settings`      `read`         says so, and ends with exit code 2

FIELDS is the one list: the reader, `pli settings`, the screen and docs/screens.md follow it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from store.errors import MailError, NeedsUser, Usage
from store.host.files import write_atomically
from store.host.i18n import sentence
from store.host.paths import Home
from tui.keymap import check_keys

MOST_IDLE_MINUTES, MOST_NAME = 60, 40


class Theme(StrEnum):
    """How colours are used (tui/themes.py)."""

    DEFAULT = "default"
    CONTRAST = "contrast"
    COLOUR_BLIND = "colour_blind"
    MONOCHROME = "monochrome"


class Sign(StrEnum):
    """What the terminal is asked to show when something came."""

    NONE = "none"
    OSC9 = "osc9"
    OSC777 = "osc777"


class ClaimWhen(StrEnum):
    """When to answer a letter also says to others that one does (store/db/answering.py)."""

    SHARED = "shared"
    """In a mailbox that is known to be shared."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen; what was not is as here."""

    theme: Theme = Theme.DEFAULT
    mouse: bool = True
    idle_minutes: int = 5
    """Without a key for so long, the store is locked; 0 for never."""
    bell: bool = False
    sign: Sign = Sign.NONE
    command: tuple[str, ...] = ()
    """Run with the sentence as its last argument, never through a shell."""
    claim_when: ClaimWhen = ClaimWhen.SHARED
    claim_name: str = ""
    """Under which one claims; '' for the account's, which several people may have."""
    underline: bool = True
    """Words that the dictionary does not know, while one writes."""
    print_command: tuple[str, ...] = ()
    """Given a document as its input; none: `lp`."""
    open_command: tuple[str, ...] = ()
    """Given the path of a document as its last argument; none: the desktop's."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The name of an action -> its keys, separated by commas."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: where it is kept, and what it takes."""

    attribute: str
    read: Callable[[object], object]
    """Raises ValueError for what does not fit."""
    wants: str
    """How the values it takes are written."""


def _theme(value: object) -> Theme:
    return Theme(str(value))


def _sign(value: object) -> Sign:
    return Sign(str(value))


def _claim_when(value: object) -> ClaimWhen:
    return ClaimWhen(str(value))


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_NAME:
        raise ValueError
    return value.strip()


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _minutes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    if not 0 <= value <= MOST_IDLE_MINUTES:
        raise ValueError
    return value


def _command(value: object) -> tuple[str, ...]:
    """A program and its words; never one string, which a shell would have to take apart."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError
    if (value and not value[0].strip()) or not all(word.isprintable() for word in value):
        raise ValueError
    return tuple(value)


def _quoted_all(values: type[StrEnum]) -> str:
    return ", ".join(f'"{each}"' for each in values)


FIELDS = {
    "screen.theme": Field("theme", _theme, _quoted_all(Theme)),
    "screen.mouse": Field("mouse", _yes_or_no, "true, false"),
    "lock.idle_minutes": Field("idle_minutes", _minutes, f"0 … {MOST_IDLE_MINUTES}"),
    "notice.bell": Field("bell", _yes_or_no, "true, false"),
    "notice.terminal": Field("sign", _sign, _quoted_all(Sign)),
    "notice.command": Field("command", _command, '[], ["notify-send", "-a", "Pli"]'),
    "answering.claim": Field("claim_when", _claim_when, _quoted_all(ClaimWhen)),
    "answering.name": Field("claim_name", _name, '"Dr Alice Martin"'),
    "writing.underline": Field("underline", _yes_or_no, "true, false"),
    "program.print": Field("print_command", _command, '[], ["lp", "-d", "accueil"]'),
    "program.open": Field("open_command", _command, '[], ["evince"]'),
}
KEYS = "keys"
SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(?:#.*)?$")


def read(home: Home) -> Settings:
    """The settings of this store; as `Settings()` where there is no file.

    Raises:
        Usage: `settings.not_toml`, `settings.unknown`, `settings.bad_value`, and those of keys.
        NeedsUser: `settings.unreadable`.
    """
    try:
        text = home.settings.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsUser("settings.unreadable", path=str(home.settings)) from error
    return parse(text)


def read_kind(home: Home) -> tuple[Settings, MailError | None]:
    """The same; a file that is wrong is no reason not to see one's letters."""
    try:
        return read(home), None
    except MailError as error:
        return Settings(), error


def parse(text: str) -> Settings:
    """The settings that a text chooses.

    Raises:
        Usage: as `read`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))  # without one it is the end of the text
        line = found[1] if found else str(len(text.splitlines()))
        raise Usage("settings.not_toml", line=line) from error
    keys = table.pop(KEYS, {})
    if not isinstance(keys, dict) or not all(isinstance(each, str) for each in keys.values()):
        raise Usage("settings.bad_value", name=KEYS, wants='archive = "E"')
    check_keys(keys)
    chosen = {FIELDS[name].attribute: _value(name, value) for name, value in _flat(table)}
    return Settings(**chosen, keys=keys)  # type: ignore[arg-type]


def _flat(table: Mapping[str, object]) -> list[tuple[str, object]]:
    """(`lock.idle_minutes`, 5), of names that exist."""
    found: list[tuple[str, object]] = []
    for section, inside in table.items():
        inner = inside if isinstance(inside, dict) else {}
        found += [(f"{section}.{name}", value) for name, value in inner.items()]
        if not inner and not any(name.startswith(f"{section}.") for name in FIELDS):
            raise unknown(section)
    for name, _ in found:
        if name not in FIELDS:
            raise unknown(name)
    return found


def _value(name: str, value: object) -> object:
    try:
        return FIELDS[name].read(value)
    except ValueError as error:
        raise Usage("settings.bad_value", name=name, wants=FIELDS[name].wants) from error


def unknown(name: str) -> Usage:
    """That there is no such setting, and which one may be meant."""
    near = difflib.get_close_matches(name, FIELDS, 1, 0.5)
    return Usage("settings.unknown", name=name, near=near[0] if near else ", ".join(FIELDS))


def written(name: str, settings: Settings) -> str:
    """The value of one setting, as TOML has it."""
    value = getattr(settings, FIELDS[name].attribute)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_quoted(word) for word in value) + "]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def change(home: Home, name: str, value: str) -> Settings:
    """Write one setting and keep every other line of the file, comments too.

    `value` is TOML; a bare word is taken for a string.

    Raises:
        Usage: as `read`; the file is not touched then.
    """
    if name not in FIELDS and not name.startswith(f"{KEYS}."):
        raise unknown(name)
    section, _, key = name.partition(".")
    before = home.settings.read_text(encoding="utf-8") if home.settings.exists() else _begun()
    text = _with_line(before, section, key, f"{key} = {_as_toml(value)}")
    settings = parse(text)
    write_atomically(home.settings, text.encode())
    return settings


def _as_toml(value: str) -> str:
    try:
        tomllib.loads(f"x = {value}")
    except tomllib.TOMLDecodeError:
        return _quoted(value)
    return value


def _with_line(text: str, section: str, key: str, line: str) -> str:
    """`text` with one line of one section put in the place of what it had there."""
    lines, here, end = text.splitlines(), "", None
    for at, each in enumerate(lines):
        if found := SECTION.match(each):
            here = found[1]
        elif here == section and re.match(rf"\s*{re.escape(key)}\s*=", each):
            return "\n".join([*lines[:at], line, *lines[at + 1 :]]) + "\n"
        end = at if here == section and each.strip() else end
    if end is None:
        lines += ["", f"[{section}]"]
        end = len(lines) - 1
    return "\n".join([*lines[: end + 1], line, *lines[end + 1 :]]) + "\n"


def _begun() -> str:
    return f"# {sentence('settings.file_head')}\n"

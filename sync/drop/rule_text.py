"""`drop.toml` as text: where each key stands, and changes that leave the rest alone. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from store.errors import Usage
from store.model.drop_options import FoundIn, Grouping, RuleOptions

ENDS = ("]", "}", '"""', "'''", '"', "'")
"""What a value of several lines ends with, unless a comment follows it."""
POINTED = {
    "drop.bad_name": "drop.rules_bad_name",
    "drop.folder_not_absolute": "drop.rules_not_absolute",
    "drop.folder_taken": "drop.rules_taken",
    "drop.folder_ours": "drop.rules_ours",
    "drop.folder_nested": "drop.rules_nested",
    "drop.folder_in_use": "drop.rules_in_use",
}
"""What is wrong with a rule, wherever it was written -> the same said with its line."""
KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:=|\.)""")


def pointed(error: Usage, line: int) -> Usage:
    """What is wrong with a rule of the file, with its line; 0 for one that is not yet there."""
    code = POINTED.get(error.code, "") if line else ""
    return Usage(code, line=line, **error.params) if code else error


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """The line of each table and key, as far as a look at each line alone can tell."""
    lines: dict[tuple[str, ...], int] = {}
    place: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if head := head_of(line):
            place = head
            lines.setdefault(place, number)
        elif found := KEY.match(line):
            lines.setdefault((*place, found[1].strip("\"'")), number)
    return lines


def head_of(line: str) -> tuple[str, ...]:
    """('cobas', 'limits') for '[cobas.limits]'; () for any other line."""
    if not line.lstrip().startswith("["):
        return ()
    try:
        facts: Any = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    place: list[str] = []
    while isinstance(facts, dict) and facts:
        name, facts = next(iter(facts.items()))
        place.append(name)
    return tuple(place)


def parsed(text: str) -> dict[str, Any]:
    """The file as TOML.

    Raises:
        Usage: `drop.rules_syntax`, with the `line`.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"line ([0-9]+)", str(error))
        line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
        raise Usage("drop.rules_syntax", line=line) from error


def without(text: str, name: str) -> str:
    """The file without one rule, however that is written; what a person wrote about the others
    stays.

    Raises:
        Usage: `drop.rules_syntax`; `drop.rules_by_hand`, it cannot be told from the others.
    """
    facts = parsed(text)
    if name not in facts:
        return text
    kept: list[str] = []
    place: tuple[str, ...] = ()
    ours = False
    above: list[str] = []  # comments and empty lines, before it is known of what
    for said in _statements(text):
        if said.isspace() or said.lstrip().startswith("#"):
            above.append(said)
            continue
        was_ours, head = ours, head_of(said)
        place = head or place
        ours = (place or _key_of(said))[0] == name
        kept += above[_first_of_next(above) :] if was_ours and not ours else []
        kept += [] if was_ours else above
        kept += [] if ours else [said]
        above = []
    left = "".join([*kept, *([] if ours else above)])
    if parsed(left) != {key: value for key, value in facts.items() if key != name}:
        raise Usage("drop.rules_by_hand", name=name)
    return left


def _first_of_next(above: list[str]) -> int:
    """Where the comments begin that stand directly above what follows them."""
    empty = [n for n, line in enumerate(above, 1) if line.isspace()]
    return empty[-1] if empty else 0


def _statements(text: str) -> Iterator[str]:
    """Heads, keys with all the lines of their values, and each line that is neither."""
    whole = ""
    for line in text.splitlines(keepends=True):
        whole += line
        ends = whole is line or "#" in line or line.rstrip().endswith(ENDS)
        if ends and (whole.isspace() or head_of(whole) or _is_toml(whole)):
            yield whole
            whole = ""
    if whole:
        yield whole  # what is left of a file that could be read is empty


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _key_of(statement: str) -> tuple[str, ...]:
    return tuple(tomllib.loads(statement))[:1]


def as_table(name: str, folder: str, account: str, to: Iterable[str], options: RuleOptions) -> str:
    """A rule that a command made, as a person would write it."""
    lines = [f"[{quoted(name)}]", f"folder = {quoted(folder)}", f"account = {quoted(account)}"]
    lines.append(f"to = [{', '.join(map(quoted, to))}]")
    if options.grouping is not Grouping.ALONE:
        lines.append(f"dispatch = {quoted(options.grouping)}")
    if options.search != (FoundIn.FIXED,):
        lines.append(f"find = [{', '.join(map(quoted, options.search))}]")
    return "\n".join(lines) + "\n"


def quoted(words: str) -> str:
    """A string of TOML: what JSON writes is one."""
    return json.dumps(words, ensure_ascii=False)

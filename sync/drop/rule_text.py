"""`drop.toml` as text: where each key stands, and changes that leave the rest alone. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from typing import Any

from store.model.drop_options import FoundIn, Grouping, RuleOptions

KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:=|\.)""")


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
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    place: list[str] = []
    while isinstance(facts, dict) and facts:
        name, facts = next(iter(facts.items()))
        place.append(name)
    return tuple(place)


def without(text: str, name: str) -> str:
    """The file without one rule; what a person wrote about the others stays."""
    kept, ours = [], False
    for line in text.splitlines(keepends=True):
        if head := head_of(line):
            ours = head[0] == name
        if not ours:
            kept.append(line)
    return "".join(kept)


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

"""Every language says everything, and everything that can be said is said somewhere."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.host.i18n import LANGUAGES, catalogue
from tests.meta.sources import SOURCES, called, calls, parsed, shown, strings

ERRORS = {"MailError", "Transient", "NeedsUser", "Permanent", "Usage", "Locked"}


def holes(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def codes(argument: ast.expr) -> Iterator[str]:
    """The keys an argument can be: a literal, or either branch of a choice of literals."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from codes(argument.body)
        yield from codes(argument.orelse)


def said(names: set[str]) -> Iterator[tuple[Path, ast.Call, str]]:
    for path in SOURCES:
        for call in calls(path):
            if called(call).rpartition(".")[2] in names and call.args:
                for code in codes(call.args[0]):
                    yield path, call, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    french, other = catalogue("fr"), catalogue(language)
    assert other.keys() == french.keys()
    assert not [key for key in french if holes(other[key]) != holes(french[key])]


def test_every_error_has_a_sentence() -> None:
    silent = {
        f"{shown(path)}:{call.lineno} {code}"
        for path, call, code in said(ERRORS)
        if code not in catalogue("fr")
    }
    assert not silent


def test_every_key_asked_for_has_a_sentence() -> None:
    silent = {
        f"{shown(path)}:{call.lineno} {key}"
        for path, call, key in said({"sentence"})
        if key not in catalogue("fr")
    }
    assert not silent


def test_every_hole_is_filled_where_a_sentence_is_said() -> None:
    empty = {
        f"{shown(path)}:{call.lineno} {key} {sorted(missing)}"
        for path, call, key in said({"sentence"} | ERRORS)
        if not any(keyword.arg is None for keyword in call.keywords)
        and (missing := holes(catalogue("fr").get(key, "")) - {k.arg or "" for k in call.keywords})
    }
    assert not empty


def test_no_sentence_is_left_that_nothing_says() -> None:
    spoken, beginnings = set(), set()
    for path in SOURCES:
        spoken |= set(strings(parsed(path)))
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    prefixes = tuple(b for b in beginnings if "." in b and " " not in b)
    assert not [
        key for key in catalogue("fr") if key not in spoken and not key.startswith(prefixes)
    ]

"""Keys that sentences name: they are those of the registry, and follow whoever chose others."""

from __future__ import annotations

import re
import string

import pytest

from store.host.i18n import KEY, LANGUAGES, catalogue
from tests.meta.sources import none
from tui.keymap import groups

WRITTEN = re.compile(
    r"\bF\d{1,2}\b|\bCtrl\+\w|[«“] ?[A-Za-z] ?[»”]|\"[A-Za-z]\"|(?:^|[ (])[A-Za-z] ?: "
    r"|(?<!\w)\([A-Za-z!](?:\)| (?:la|les|it|them)\b)"
)
"""A key written as it is: by its name, one letter between quotes, before a colon, or first after a
parenthesis."""
HOLE = re.compile(r"\{[^}]*\}")
BY_NAME = {
    *("demo.enter", "demo.machine", "cli.drop.add"),
    *("settings.key_is_typed", "settings.no_such_key"),
}
"""Said where no key can have been chosen, of keys as such, or of the letters of a command."""


def named(words: str) -> set[tuple[str, str]]:
    """(action, key as it is usually written) of each that a sentence names."""
    return {
        (name.removeprefix(KEY), usual or "")
        for _, name, usual, _ in string.Formatter().parse(words)
        if name and name.startswith(KEY)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_in_a_sentence_is_one_that_does_it(language: str) -> None:
    does = {
        (action.bare_name, key)
        for group in groups().values()
        for action in group
        for key in (action.usually, *action.keys.split(","))
    }
    wrong = {
        f"{code} {key}"
        for code, words in catalogue(language).items()
        for key in named(words) - does
    }
    none(wrong, "names a key that is no key of that action")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_names_a_key_that_somebody_may_have_changed(language: str) -> None:
    fixed = {
        code
        for code, words in catalogue(language).items()
        if code not in BY_NAME and WRITTEN.search(HOLE.sub("{}", words))
    }
    none(fixed, "write {key_<action>:<key>}: a person may have chosen another")


def test_both_languages_name_the_same_actions() -> None:
    french, english = (catalogue(language) for language in LANGUAGES)
    differ = {
        code
        for code in french
        if {action for action, _ in named(french[code])}
        != {action for action, _ in named(english[code])}
    }
    none(differ, "one language names the key of another action")

"""Sentences. Code holds keys; store/locales holds the words, French first.

Each language is a directory of flat TOML files, one per subject. French is complete by
definition; tests/meta holds the other languages to its keys and holes.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path

from store.errors import MailError

LOCALES = Path(__file__).parent.parent / "locales"
LANGUAGES = ("fr", "en")
KEY = "key_"
CHOSEN_KEYS: dict[str, str] = {}
"""By action, how keys that this person chose are written. The screen fills it (tui/actions.py)."""


def language() -> str:
    """'en' when the environment asks for English, else 'fr'."""
    for name in ("PLI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "en" if value.lower().startswith("en") else "fr"
    return "fr"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every sentence of one language, by key."""
    sentences: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.toml")):
        for key, words in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in sentences:
                raise MailError("locale.twice", key=key, file=path.name)
            sentences[key] = str(words)
    return sentences


def sentence(key: str, /, **params: object) -> str:
    """The sentence for `key` in the person's language, its holes filled.

    A key without a sentence is shown as itself: a wrong word is better than a crash on a screen.
    """
    words = catalogue(language()).get(key) or catalogue("fr").get(key)
    if words is None:
        return key
    try:
        return words.format_map(_Holes(params))
    except (KeyError, IndexError, ValueError):
        return words


class _Holes(dict[str, object]):
    """What fills them: what code gives, and keys of the screen by themselves."""

    def __missing__(self, name: str) -> object:
        if name.startswith(KEY):
            return _Key(name.removeprefix(KEY))
        raise KeyError(name)


class _Key:
    """`{key_archive:e}`: the key of that action, `e` unless the person chose another."""

    def __init__(self, action: str) -> None:
        self._action = action

    def __format__(self, usually: str) -> str:
        return CHOSEN_KEYS.get(self._action, usually)


def explain(error: BaseException) -> str:
    """One sentence for an error: what happened and what to do."""
    if isinstance(error, MailError):
        return sentence(error.code, **error.params)
    return sentence("bug.unexpected", kind=type(error).__name__)

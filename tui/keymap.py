"""Other keys for the same actions. What is written on the screen is what the keys do.

A key that two actions of one screen would share is refused, with the name of the other one: a key
that archives where one expected it to answer is worse than no choice of keys.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

import tui.actions as registry
from store.errors import Usage
from tui.actions import (
    EVERYWHERE,
    IN_COLUMN,
    IN_COMPLETION,
    IN_COMPOSER,
    IN_DIRECTORY,
    IN_DROPS,
    IN_EMAILS,
    IN_HEALTH_DOCUMENT,
    IN_LETTER_TEXT,
    IN_LISTS,
    IN_OUTBOX,
    IN_SEARCH,
    IN_TEXTS,
    ON_DRAFTS,
    ON_LETTERS,
    ON_LISTS,
    Action,
    bound_keys,
)

KEY = re.compile(r"(?:(?:ctrl|shift|alt)\+)*(?:[a-z][a-z0-9_]*|[^\s,+])$")
ALONE = {"IN_COMPOSER", "IN_COMPLETION", "IN_QUESTION", "IN_LOSS", "IN_FIELD"}
"""Groups whose screens hear no other key."""
HEARD_BESIDE = ("EVERYWHERE", "IN_LISTS", "IN_TEXTS")
"""Groups that are heard beside any that is not alone."""
TITLES = {
    "tui.help.letters": ON_LETTERS,
    "tui.help.drafts": ON_DRAFTS,
    "tui.help.documents": IN_HEALTH_DOCUMENT,
    "tui.help.everywhere": EVERYWHERE,
    "tui.help.emails": (*IN_EMAILS, *ON_LISTS),
    "tui.help.views": IN_COLUMN,
    "tui.help.lists": IN_LISTS,
    "tui.help.texts": (*IN_TEXTS, *IN_LETTER_TEXT),
    "tui.help.composer": (*IN_COMPOSER, *IN_COMPLETION),
    "tui.help.search": IN_SEARCH,
    "tui.help.directory": IN_DIRECTORY,
    "tui.help.outbox": IN_OUTBOX,
    "tui.help.drops": IN_DROPS,
}
"""Where keys are told together, and under which words."""


def groups() -> dict[str, tuple[Action, ...]]:
    """Every group of the registry by its name."""
    return {
        name: value
        for name, value in vars(registry).items()
        if isinstance(value, tuple) and value and all(isinstance(each, Action) for each in value)
    }


def titled() -> Iterator[tuple[str, list[Action]]]:
    """Every action once, with the sentence it is told under."""
    told: set[str] = set()
    rest = [action for group in groups().values() for action in group]
    for title, group in [*TITLES.items(), ("tui.help.elsewhere", rest)]:
        new = {each.bare_name: each for each in group if each.bare_name not in told}
        told |= set(new)
        yield title, list(new.values())


def names() -> list[str]:
    """What can be bound."""
    return sorted({action.bare_name for group in groups().values() for action in group})


def check_keys(keys: Mapping[str, str]) -> None:
    """Whether these can be the keys of these actions.

    Raises:
        Usage: `settings.no_such_action`, `settings.no_such_key`, `settings.key_taken`,
            `settings.key_is_typed`.
    """
    known = names()
    for name, wanted in keys.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.4)
            raise Usage("settings.no_such_action", name=name, near=", ".join(near or known))
        for key in wanted.split(","):
            if not KEY.match(key.strip()):
                raise Usage("settings.no_such_key", name=name, key=key.strip())
    for group in contexts():
        _check_group(group, keys)


def contexts() -> list[tuple[Action, ...]]:
    """The actions that are heard together."""
    every = groups()
    around = tuple(action for name in HEARD_BESIDE for action in every[name])
    return [
        group if name in ALONE else tuple(dict.fromkeys((*group, *around)))
        for name, group in every.items()
        if name not in HEARD_BESIDE[1:]
    ]


def _check_group(group: tuple[Action, ...], keys: Mapping[str, str]) -> None:
    """Raise where a key that was given is another action's too."""
    for action in group:
        if action.bare_name not in keys:
            continue
        for key in bound_keys(action, keys):
            if action.priority and len(key) == 1:
                raise Usage("settings.key_is_typed", name=action.bare_name, key=key)
            for other in group:
                if other.bare_name != action.bare_name and key in bound_keys(other, keys):
                    raise Usage(
                        "settings.key_taken",
                        key=key,
                        name=action.bare_name,
                        other=other.bare_name,
                        words=other.words,
                    )

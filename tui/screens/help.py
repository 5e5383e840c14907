"""Every key, from the one registry."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult

from tui.actions import (
    EVERYWHERE,
    IN_COLUMN,
    IN_COMPLETION,
    IN_COMPOSER,
    IN_DIRECTORY,
    IN_EMAILS,
    IN_LETTER_TEXT,
    IN_LISTS,
    IN_OUTBOX,
    IN_SEARCH,
    IN_TEXTS,
    ON_DRAFTS,
    ON_LETTERS,
    ON_LISTS,
    Action,
)
from tui.plain import Plain, fit, said
from tui.screens.screen import Aside
from tui.widgets.line_text import LineText
from tui.widgets.words import Words

GROUPS = {
    "tui.help.letters": ON_LETTERS,
    "tui.help.drafts": ON_DRAFTS,
    "tui.help.everywhere": EVERYWHERE,
    "tui.help.emails": (*IN_EMAILS, *ON_LISTS),
    "tui.help.views": (*IN_SEARCH, *IN_COLUMN),
    "tui.help.lists": IN_LISTS,
    "tui.help.texts": (*IN_TEXTS, *IN_LETTER_TEXT),
    "tui.help.composer": (*IN_COMPOSER, *IN_COMPLETION),
    "tui.help.directory": IN_DIRECTORY,
    "tui.help.outbox": IN_OUTBOX,
}
KEY_CELLS = 10


class HelpScreen(Aside):
    """The keys."""

    def compose_body(self) -> ComposeResult:
        """One text, that scrolls."""
        yield Words(said("tui.help.title"), classes="title")
        yield LineText(help_text())


def help_text() -> Plain:
    """The signs of the list, which no key line explains, then every group of keys."""
    blocks = [f"{said(name)}\n{_keys(group)}" for name, group in GROUPS.items()]
    return Plain("\n\n".join([said("tui.help.signs"), *blocks]))


def _keys(group: Iterable[Action]) -> str:
    return "\n".join(f"  {fit(Plain(a.shown), KEY_CELLS)} {a.words}" for a in group)

"""Every key, from the one registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tui.actions import Action
from tui.keymap import TITLES, groups
from tui.plain import Plain, fit, said
from tui.screens.screen import Aside
from tui.widgets.line_text import LineText
from tui.widgets.words import Words

KEY_CELLS = 10


class HelpScreen(Aside):
    """The keys."""

    def __init__(self, asked_on: Screen[Any]) -> None:
        super().__init__()
        self.here = actions_on(asked_on)

    def compose_body(self) -> ComposeResult:
        """One text, that scrolls."""
        yield Words(said("tui.help.title"), classes="title")
        yield LineText(help_text(self.here))


def actions_on(screen: Screen[Any]) -> list[Action]:
    """What works on a screen beside what works everywhere, in the order it was bound."""
    known = {action.bare_name: action for group in groups().values() for action in group}
    bound = (each.id for each in screen.BINDINGS if isinstance(each, Binding))
    return [known[name] for name in bound if name in known]


def help_text(here: Iterable[Action] = ()) -> Plain:
    """What works here, the signs of the list, which no key line explains, then the rest."""
    here = list(here)
    others = {name: group for name, group in TITLES.items() if not set(group) <= set(here)}
    blocks = [f"{said(name)}\n{_keys(group)}" for name, group in others.items()]
    first = [f"{said('tui.help.here')}\n{keys}"] if (keys := _keys(here)) else []
    return Plain("\n\n".join([*first, said("tui.help.signs"), said("tui.help.certainty"), *blocks]))


def _keys(group: Iterable[Action]) -> str:
    return "\n".join(f"  {fit(Plain(a.shown), KEY_CELLS)} {a.words}" for a in group)

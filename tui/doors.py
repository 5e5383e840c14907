"""The screens shown over the letters. Each is loaded when first shown: the first paint is quick."""

from __future__ import annotations

import importlib
from typing import cast

from tui.screens.screen import Aside

ASIDES = {
    "search": "SearchScreen",
    "outbox": "OutboxScreen",
    "drop": "DropScreen",
    "accounts": "AccountsScreen",
    "help": "HelpScreen",
}


def aside(name: str) -> type[Aside]:
    """The screen called `name`, of tui/screens/<name>.py."""
    kind = getattr(importlib.import_module(f"tui.screens.{name}"), ASIDES[name])
    return cast(type[Aside], kind)

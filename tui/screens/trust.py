"""Why the trust line says what it says: each reason, and what the certificate says."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.plain import Plain, said
from tui.screens.screen import Aside
from tui.widgets.line_text import LineText
from tui.widgets.words import Words


class TrustScreen(Aside):
    """One text, that scrolls."""

    def __init__(self, words: Plain) -> None:
        super().__init__()
        self.words = words

    def compose_body(self) -> ComposeResult:
        """A title of ours, then the reasons."""
        yield Words(said("tui.trust.title"), classes="title")
        yield LineText(self.words)

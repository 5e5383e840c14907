"""Words on the screen. The only widget here that takes text, and it takes only `Plain`."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.plain import NOTHING, Plain


class Words(Static):
    """A few lines of text. Markup is never looked for."""

    def __init__(
        self, words: Plain = NOTHING, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(Content(words), markup=False, id=id, classes=classes)
        self.words = words

    def say(self, words: Plain) -> None:
        """Show other words; nothing is repainted when they are the same.

        What has a height of its own never makes the whole screen be laid out again.
        """
        if words != self.words:
            self.words = words
            self.update(Content(words), layout=self.styles.is_auto_height)

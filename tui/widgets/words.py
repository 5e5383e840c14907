"""Words on the screen. The only widget here that takes text, and it takes only `Plain`."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from tui.plain import NOTHING, Plain

MARKED = "bold underline"


class Words(Static):
    """A few lines of text. Markup is never looked for."""

    def __init__(
        self, words: Plain = NOTHING, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(Content(words), markup=False, id=id, classes=classes)
        self.words = words
        self.marks: tuple[tuple[int, int], ...] = ()

    def say(self, words: Plain, marks: Sequence[tuple[int, int]] = ()) -> None:
        """Show other words; nothing is repainted when they are the same.

        marks: (start, end) of those that stand out.

        What has a height of its own never makes the whole screen be laid out again.
        """
        if words != self.words or tuple(marks) != self.marks:
            self.words, self.marks = words, tuple(marks)
            content = Content(words)
            for start, end in self.marks:
                content = content.stylize(MARKED, start, end)
            self.update(content, layout=self.styles.is_auto_height)

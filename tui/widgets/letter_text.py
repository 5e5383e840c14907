"""The text of a letter or a document, in which something can be looked for."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from tui.actions import IN_LETTER_TEXT, bindings
from tui.widgets.line_text import LineText


class LetterText(LineText):
    """`/` asks what to look for; then `n` and `N` go from one place to the next."""

    BINDINGS = bindings(IN_LETTER_TEXT)

    @dataclass
    class Sought(Message):
        """The person wants to look for something here."""

        text: LetterText

        @property
        def control(self) -> LetterText:
            """The text it is looked for in."""
            return self.text

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While nothing is looked for, `n` and `N` do what they do elsewhere."""
        return bool(self.sought) or action not in ("find_next", "find_previous")

    def find(self, words: str) -> bool:
        """Go to the first place from here on; empty words look for nothing any more."""
        return self.seek(words)

    def action_find(self) -> None:
        """Ask what to look for."""
        self.post_message(self.Sought(self))

    def action_find_next(self) -> None:
        """The next place, round the end."""
        self.seek(self.sought, again=True)

    def action_find_previous(self) -> None:
        """The place before."""
        self.seek(self.sought, by=-1, again=True)

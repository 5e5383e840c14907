"""The documents of a letter, outside the letter's text, where a letter cannot draw."""

from __future__ import annotations

from store.model.email import Part
from tui.file_names import is_odd
from tui.plain import Plain, fit, plain_words, said
from tui.when import size
from tui.widgets.line_list import PLAIN, WARN, LineList, Piece

MOST_LINES = 4


class PartList(LineList):
    """One line per attachment. Enter reads it, `s` saves it."""

    DEFAULT_CSS = "PartList { height: auto; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.parts: list[Part] = []

    def show(self, parts: list[Part]) -> None:
        """Show these attachments; nothing at all when there are none."""
        self.parts = parts
        self.styles.display = "block" if parts else "none"
        self.styles.height = min(MOST_LINES, max(1, len(parts)))
        self.set_count(len(parts), cursor=0)

    @property
    def current(self) -> Part | None:
        """The attachment under the cursor."""
        return self.parts[self.cursor] if self.parts else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """Number, name, type, size."""
        part = self.parts[row]
        facts = plain_words(f"  {part.media_type}  {size(part.size)}")
        name = part_words(part)
        odd = is_odd(part.name)
        if odd:
            name = Plain(f"{name}  {said('tui.part.odd')}")
        words = fit(Plain(f" + {name}"), max(0, width - len(facts))) + facts
        return [(fit(Plain(words), width), WARN if odd else PLAIN)]


def part_words(part: Part) -> Plain:
    """What a part is called."""
    return plain_words(part.name) or said("tui.part.unnamed", number=part.number)

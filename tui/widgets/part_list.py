"""The documents of a letter, outside the letter's text, where a letter cannot draw."""

from __future__ import annotations

from store.model.email import Part
from store.model.link import NO_PRICE, LinkPrice
from store.work_words import part_words as state_words
from tui.file_names import is_odd
from tui.letter_words import kind_words
from tui.plain import Plain, cells, fit, plain_words, said
from tui.when import size
from tui.widgets.line_list import PLAIN, WARN, LineList, Piece

MOST_LINES = 6


class PartList(LineList):
    """One line per attachment, a page at a time. Enter reads it, `s` saves it, `w` asks for it."""

    DEFAULT_CSS = "PartList { height: auto; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.parts: list[Part] = []
        self.price = NO_PRICE

    def show(self, parts: list[Part], price: LinkPrice = NO_PRICE) -> None:
        """Show these attachments; nothing at all when there are none.

        The cursor stays when they are those shown already, of which more is here.
        """
        known = [part.number for part in self.parts] == [part.number for part in parts]
        self.parts, self.price = parts, price
        self.styles.display = "block" if parts else "none"
        self.styles.height = min(MOST_LINES, max(1, len(parts)))
        self.set_count(len(parts), cursor=self.cursor if known else 0)
        if not known:
            self.turn_to(0)

    @property
    def current(self) -> Part | None:
        """The attachment under the cursor."""
        return self.parts[self.cursor] if self.parts else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """Name, type, size; what it costs while it is not here; how many are on the next page."""
        part = self.parts[row]
        facts = plain_words(f"  {kind_words(part)}  {size(part.size)}")
        if state := state_words(part, self.price):
            facts = Plain(f"{facts}  {plain_words(state)}")
        below = self.count - row - 1
        if below and row == self.scroll_offset.y + self.size.height - 1:
            facts = Plain(f"{facts}  {said('tui.part.more', n=below)}")
        name = part_words(part)
        odd = is_odd(part.name)
        if odd:
            name = Plain(f"{name}  {said('tui.part.odd')}")
        facts = self._with_the_way(row, facts, width - cells(name) - 3)
        words = fit(Plain(f" + {name}"), max(0, width - len(facts))) + facts
        return [(fit(Plain(words), width), WARN if odd else PLAIN)]

    def on_focus(self) -> None:
        """The first line says no more how to come here."""
        self.refresh_row(self.scroll_offset.y)

    def on_blur(self) -> None:
        """It does again."""
        self.refresh_row(self.scroll_offset.y)

    def _with_the_way(self, row: int, facts: Plain, room: int) -> Plain:
        """On the first line, which key leads here, until it has; where there is room for it."""
        told = Plain(f"  {said('tui.part.reach')}{facts}")
        first = row == self.scroll_offset.y and not self.has_focus
        return told if first and cells(told) <= room else facts


def part_words(part: Part) -> Plain:
    """What a part is called; a letter within the letter, by what it is about."""
    if part.media_type == "message/rfc822" and part.name:
        return said("tui.part.message", subject=part.name.removesuffix(".eml"))
    return plain_words(part.name) or said("tui.part.unnamed", number=part.number)

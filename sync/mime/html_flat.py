"""A tree of HTML written out flat: a line per block, a row per line, in time linear in it.

For what is too large to be laid out in columns. A cell that says nothing keeps its place, or the
result before last would be read as the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml.etree import iterwalk

from sync.mime.html_hiding import GONE, KEEPS_BLANKS
from sync.mime.html_tables import CELLS

LINE = frozenset(["address", "article", "aside", "caption", "div", "footer", "header", "main"])
PARAGRAPH = frozenset(
    ["blockquote", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"]
)
BLANKS = re.compile(r"[ \t\r\n\f]+")
BETWEEN_CELLS, NOTHING = "  ", "·"


def flat(tree: Any) -> str:
    """The text of `tree` in order; what is hidden is passed over."""
    writer = Writer()
    gone, kept = [False], [False]
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            style = element.get("style")
            gone.append(gone[-1] or style == GONE)
            kept.append(kept[-1] or style == KEEPS_BLANKS or element.tag == "pre")
            if not gone[-1]:
                writer.opens(element)
                writer.says(element.text or "", kept=kept[-1])
            continue
        kept.pop()
        if not gone.pop():
            writer.closes(element)
        if not gone[-1] and element is not tree:
            writer.says(element.tail or "", kept=kept[-1])
    return "".join(writer.pieces)


class Row:
    """Where a row of a table has got to."""

    def __init__(self, cells: Iterable[Any] = ()) -> None:
        self.is_of_several = sum(bool(len(cell) or (cell.text or "").strip()) for cell in cells) > 1
        """Whether its empty cells mean anything: those of a page's frame do not."""
        self.cell = self.filled = -1

    def fill(self) -> str:
        """The signs for the cells passed over since the last that said something."""
        passed, self.filled = self.cell - self.filled - 1, max(self.cell, self.filled)
        return (NOTHING + BETWEEN_CELLS) * passed if passed > 0 and self.is_of_several else ""


class Writer:
    """Text as it comes, and the breaks between."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.between, self.bullet = "", ""
        self.is_new, self.begins_cell = True, False
        """Whether nothing stands on this line yet; in this cell."""
        self.rows = [Row()]
        self.numbers: list[int | None] = []

    def opens(self, element: Any) -> None:
        """An element begins."""
        match element.tag:
            case "br":
                self.ends_line()
            case "tr":
                if not self.is_new:
                    self.ends_line()
                self.rows[-1] = Row(cell for cell in element if cell.tag in CELLS)
                self.begins_cell = True
            case "td" | "th":
                self.rows[-1].cell += 1
                self.between, self.begins_cell = BETWEEN_CELLS, True
            case "li":
                self._breaks(1)
                self.bullet = self._bullet(element)
            case _:
                self._block(element.tag)
        match element.tag:
            case "table":
                self.rows.append(Row())
            case "ol" | "ul":
                self.numbers.append(0 if element.tag == "ol" else None)

    def closes(self, element: Any) -> None:
        """An element ends."""
        if element.tag == "table":
            self.rows.pop()
        elif element.tag in ("ol", "ul"):
            self.numbers.pop()
        self._block("div" if element.tag == "li" else element.tag)

    def says(self, text: str, *, kept: bool) -> None:
        """Words of the letter; `kept` with their blanks and line breaks."""
        if not kept:
            self._writes(BLANKS.sub(" ", text))
            return
        for n, line in enumerate(text.removeprefix("\n").split("\n")):
            if n:
                self.ends_line()
            self._writes(line, kept=True)

    def _writes(self, words: str, *, kept: bool = False) -> None:
        said = words if kept or not (self.between or self.is_new) else words.lstrip(" ")
        if not said:
            return
        if self.is_new:
            self.between = self.between.removeprefix("\n").replace(BETWEEN_CELLS, "")
        self.pieces += (self.between, self.rows[-1].fill(), self.bullet, said)
        self.between, self.bullet = "", ""
        self.is_new = self.begins_cell = False

    def ends_line(self) -> None:
        """The line ends here, whatever follows."""
        self.pieces += (self.between if self.between.startswith("\n") else "", "\n")
        self.between, self.is_new, self.begins_cell = "", True, False

    def _bullet(self, item: Any) -> str:
        if not self.numbers or self.numbers[-1] is None:
            return "* "
        value = item.get("value", "")
        following = self.numbers[-1] + 1
        self.numbers[-1] = int(value) if value else following  # only numbers: html_marks
        return f"{self.numbers[-1]}. "

    def _block(self, tag: object) -> None:
        if tag in PARAGRAPH:
            self._breaks(2)
        elif tag in LINE:
            self._breaks(1)

    def _breaks(self, lines: int) -> None:
        # What breaks a line just inside a cell is only how the sender's software writes a cell.
        if not self.begins_cell:
            self.between = max(self.between, "\n" * lines)

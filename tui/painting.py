"""What the terminal shows, cell by cell, so that it is sent only what differs.

Textual sends in full each widget that was laid out again: opening a letter cost 22 KB on 120
columns, three times the same page, 2.7 s at 64 kbit/s (2026-11). Here each cell is compared with
what stands there. It is forgotten whenever somebody else may have drawn: then all of it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.events import Resize
from textual.screen import Screen

Cell = tuple[str, str]
"""A character with the accents on it, and the codes of its colours; '' right of a wide one."""
BLANK: Cell = (" ", "")
"""What erasing a line leaves."""
UNKNOWN: Cell = ("?", "?")
UNSEEN = re.compile(r"(?:(?:[123]|3[0-7]|9[0-7])(?:;|\Z))*")
GAP = 8
"""Cells that did not change are cheaper to send again than to jump over."""
SHORTEST_ERASED = 5


class Painting:
    """The rows of one terminal, as far as they are known."""

    def __init__(self) -> None:
        self.width = 0
        self._rows: dict[int, list[Cell]] = {}

    def forget(self, width: int | None = None) -> None:
        """Somebody else may have drawn, or the terminal has another width now."""
        self._rows.clear()
        self.width = self.width if width is None else width

    def changes(self, update: CompositorUpdate, console: Console) -> str:
        """What must be sent for the terminal to show an update; it is taken as shown."""
        colours = console._color_system or ColorSystem.TRUECOLOR
        rows: dict[int, list[Cell]] = {}
        for y, x, segments in _pieces(update):
            new = _cells(segments, colours)
            row = rows.setdefault(y, list(self._row(y)))
            row += [UNKNOWN] * (x + len(new) - len(row))
            row[x : x + len(new)] = new
        return "".join(words for y, row in rows.items() for words in self._changed(y, row))

    def _row(self, y: int) -> list[Cell]:
        return self._rows.get(y) or [UNKNOWN] * self.width

    def _changed(self, y: int, new: list[Cell]) -> Iterator[str]:
        old = self._row(y)
        self._rows[y] = new
        for begin, end in _runs(old, new):
            yield f"\x1b[{y + 1};{begin + 1}H"
            rest_is_blank = all(cell == BLANK for cell in new[end:])
            yield from _drawn(new[begin:end], to_the_edge=rest_is_blank)


class Changes(CompositorUpdate):
    """An update that sends only what a painting lacks."""

    def __init__(self, painting: Painting, update: CompositorUpdate) -> None:
        self._painting, self._update = painting, update

    def render_segments(self, console: Console) -> str:
        """See `Painting.changes`."""
        return self._painting.changes(self._update, console)


class Paints(App[int]):
    """An application that sends its terminal only what differs."""

    painting: Painting

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable = Changes(self.painting, renderable)
        elif renderable is not None:
            self.painting.forget()
        super()._display(screen, renderable)

    def action_redraw(self) -> None:
        """Draw all of it again: something else wrote on the terminal."""
        self.painting.forget()
        self.refresh(repaint=True, layout=True)
        self.screen.refresh(repaint=True)

    def on_resize(self, event: Resize) -> None:
        """A terminal arranges anew what it showed, each its own way."""
        self.painting.forget(event.size.width)


def _pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    """(row, column, what is drawn from there on)."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, (segment for strip in line for segment in strip)
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                begin, end = max(x, left), min(end, right)
                if strip is not None and begin < end:
                    # Beside the span a chop may lack the widgets in front: they were not rendered.
                    yield y, begin, strip.crop(begin - x, end - x)


def _cells(segments: Iterable[Segment], colours: ColorSystem) -> list[Cell]:
    found: list[Cell] = []
    for text, style, control in segments:
        if control:
            continue
        codes = _codes(style, colours) if style else ""
        if text.isascii():
            found += [_seen(each, codes) for each in text]
            continue
        for each in text:
            width = get_character_cell_size(each)
            if width:
                found.append(_seen(each, codes))
                found += [("", codes)] * (width - 1)
            elif found:
                found[-1] = (found[-1][0] + each, codes)
    return found


@lru_cache(maxsize=1024)
def _codes(style: Style, colours: ColorSystem) -> str:
    """'1;34' of bold blue."""
    before, _, _ = style.render("x", color_system=colours).partition("x")
    codes = before.removeprefix("\x1b[").removesuffix("m").split(";")
    if not {"38", "48"} & set(codes):
        # Everything we draw begins from a terminal's own colours.
        codes = [code for code in codes if code not in ("39", "49")]
    return ";".join(codes)


def _seen(words: str, codes: str) -> Cell:
    """A cell as the eye has it: nobody sees the colour, nor the weight, of a space."""
    return BLANK if words == " " and UNSEEN.fullmatch(codes) else (words, codes)


def _has_wide(cells: Iterable[Cell]) -> bool:
    return any(len(words) != 1 for words, _ in cells)


def _runs(old: list[Cell], new: list[Cell]) -> list[tuple[int, int]]:
    """Where they differ, small gaps included; never what is not known.

    Terminals do not agree on how wide some characters are: a line that has them is sent whole.
    """
    if old == new:
        return []
    whole = len(old) != len(new) or _has_wide(old) or _has_wide(new)
    found: list[tuple[int, int]] = []
    for at, cell in enumerate(new):
        if cell == UNKNOWN or not (whole or cell != old[at]):
            continue
        if found and at - found[-1][1] <= GAP and UNKNOWN not in new[found[-1][1] : at]:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _drawn(cells: list[Cell], *, to_the_edge: bool) -> Iterator[str]:
    """The characters and their colours; blanks from which on the line is blank are erased."""
    last = len(cells)
    while to_the_edge and last and cells[last - 1] == BLANK:
        last -= 1
    if len(cells) - last < SHORTEST_ERASED:
        last = len(cells)
    now = ""
    for words, codes in cells[:last]:
        if codes != now:
            yield f"\x1b[0;{codes}m" if now and codes else f"\x1b[{codes or 0}m"
            now = codes
        yield words
    if now:
        yield "\x1b[0m"
    if last < len(cells):
        yield "\x1b[K"

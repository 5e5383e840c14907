"""The last net: nothing that a strip of text hands to the terminal can be an escape code.

`tui/plain.py` is the door; this stands behind it, for the day someone forgets the door. Textual
8.2.8 lets ESC, OSC 52, C1 and direction overrides through every widget (measured 2026-11,
tests/tui/test_injection.py), so each rendered strip passes here. Line filters are internal to
Textual: `prove` asks Textual itself, at start, whether it still uses ours.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from store.errors import Permanent

NEVER = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
HARMLESS = "]52;c;QQ=="
PROBE = f"\x1b{HARMLESS}\x07\x9b31m\u202e\x00\x7f"


class Guard(LineFilter):
    """Takes out of every segment what no letter may say to a terminal, and every hyperlink."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, harmless, in the same number of cells."""
        if not any(
            NEVER.search(text) or (style is not None and style.link) for text, style, _ in segments
        ):
            return segments
        return [
            Segment(NEVER.sub(_blank, text), style.update_link(None) if style else style)
            for text, style, _ in segments
        ]


def _blank(found: re.Match[str]) -> str:
    """As wide as what it replaces, or the columns after it would shift."""
    return "\ufffd" * cell_len(found[0])


class Provable(Widget):
    """A line of ours that can be made to say the worst, to see what Textual lets through."""

    proving = False

    def line(self, y: int) -> Strip:
        """What its line `y` says otherwise."""
        return Strip.blank(self.size.width)

    def render_line(self, y: int) -> Strip:
        """The line."""
        return Strip([Segment(PROBE)], cell_len(PROBE)) if self.proving else self.line(y)

    def prove(self) -> None:
        """Have Textual render the worst exactly as it would for the terminal.

        Raises:
            Permanent: `tui.guard_broken`: this Textual lets escape codes through.
        """
        self.proving = True
        self.refresh()
        strips = self.render_lines(Region(0, 0, self.size.width, 1))
        self.proving = False
        self.refresh()
        words = "".join(segment.text for strip in strips for segment in strip)
        if HARMLESS not in words or NEVER.search(words):
            raise Permanent("tui.guard_broken")

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
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
PROBE = "\x1b]52;c;QQ==\x07\x9b31m\u202e\x00\x7f"


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


class Probe(Widget):
    """Says the worst on its only line, so that a running app can be asked what it lets through."""

    DEFAULT_CSS = "Probe { width: 10; height: 1; position: absolute; overlay: screen; visibility: hidden; }"

    def render_line(self, y: int) -> Strip:
        """A line no widget should ever say."""
        return Strip([Segment(PROBE)], cell_len(PROBE))

    def prove(self) -> None:
        """Ask Textual to render the line as it would for the terminal.

        Raises:
            Permanent: `tui.guard_broken`: this Textual lets escape codes through.
        """
        strips = self.render_lines(Region(0, 0, 10, 1))
        if not strips or any(NEVER.search(segment.text) for strip in strips for segment in strip):
            raise Permanent("tui.guard_broken")

"""How colours are used: a last look at every strip of text, for eyes and terminals that differ.

The widgets draw with three colours and a sign for each, so nothing is ever said by a colour alone.
A theme changes the colours where they are drawn, whatever drew them.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as Drawn
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui.settings import Theme

RED, GREEN, YELLOW, BLUE = 1, 2, 3, 4
COLOUR_BLIND = {RED: 11, GREEN: 12, YELLOW: 3, 9: 11, 10: 12}
"""Blue and yellow are told apart by nearly everybody; red and green are not."""
CONTRAST = {RED: 9, GREEN: 10, YELLOW: 11, BLUE: 15, 5: 13, 6: 14, 7: 15, 8: 15}
"""The bright one of each; lines between panes are white."""


class Themed(LineFilter):
    """The same words in the colours of one theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, in other styles."""
        return [
            Segment(text, styled(style, self.theme) if style else style, control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def styled(style: Style, theme: Theme) -> Style:
    """A style as a theme has it."""
    if theme is Theme.MONOCHROME:
        return style.without_color + _standing_out(style, theme)
    swapped = COLOUR_BLIND if theme is Theme.COLOUR_BLIND else CONTRAST
    ink, paper = _swapped(style.color, swapped), _swapped(style.bgcolor, swapped)
    return style + Style(color=ink, bgcolor=paper) + _standing_out(style, theme)


def _swapped(drawn: Drawn | None, swapped: dict[int, int]) -> Drawn | None:
    if drawn is None or drawn.number not in swapped:
        return drawn
    return Drawn.from_ansi(swapped[drawn.number])


def _standing_out(style: Style, theme: Theme) -> Style:
    """What a colour said is said by weight too; nothing is faint where contrast is wanted."""
    told = style.color is not None and style.color.number in (RED, YELLOW)
    if theme is Theme.COLOUR_BLIND:
        return Style(bold=True) if told else Style.null()
    return Style(bold=True if told else None, dim=False)

"""Lines of the screen's edge that take more room when what they say is longer than they are.

They are one line high as long as that is enough: another height makes the whole screen be laid out
and drawn again, which is octets on a slow line.
"""

from __future__ import annotations

from textual.widget import Widget

from tui.plain import Plain
from tui.wrap import wrap

NARROWEST = 20
MARGIN = 1


def fold(words: Plain, width: int) -> list[Plain]:
    """`words` in lines that fit in `width` cells with a margin at their left; at least one."""
    return wrap(words, max(NARROWEST, width - MARGIN))


def set_height(widget: Widget, lines: int) -> None:
    """Give `widget` so many lines; nothing is laid out again when it has them."""
    height = widget.styles.height
    if height is None or height.value != lines:
        widget.styles.height = lines

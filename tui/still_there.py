"""Whether there is still something to draw on, once the store has answered.

Whoever leaves a screen does not wait for what it asked. Its widgets then go one by one, and for a
moment one that is gone already lies in a screen that still seems to be there.
"""

from __future__ import annotations

from textual.widget import Widget


def is_there(widget: Widget) -> bool:
    """False before the widget is shown, and from when the person has left its screen."""
    if not (widget.is_attached and widget.is_mounted and widget.app.is_running):
        return False
    return widget.screen in widget.app.screen_stack

"""Above the letters, while something must be seen: how many; the gravest where it cannot wait.

It is folded rather than cut: half of a number would be another number.
"""

from __future__ import annotations

from store.model.health import Alerts
from tui.actions import EVERYWHERE
from tui.health.alert_words import alert_words, how_many
from tui.plain import NOTHING, Plain, said
from tui.widgets.words import Words


class AlertLine(Words):
    """Nothing at all when there is nothing to see."""

    DEFAULT_CSS = """
    AlertLine { height: auto; max-height: 4; display: none; padding: 0 1; text-style: bold; }
    """

    def on_click(self) -> None:
        """As its key does."""
        self.app.call_later(self.app.run_action, "app.alerts")

    def show(self, alerts: Alerts) -> None:
        """Say what stands open; drawn again only when that differs."""
        words = line_of(alerts)
        if words != self.words:
            self.styles.display = "block" if words else "none"
            self.say(words)


def line_of(alerts: Alerts) -> Plain:
    """'! 2 résultats à voir maintenant (!)'; below, 'DURAND Martin : Potassium 6,9 mmol/L ▲▲'."""
    if alerts.first is None:
        return NOTHING
    what = how_many(alerts.grave, alerts.others)
    count = said("alert.line", what=what, key=key_of("alerts"))
    return Plain(f"{count}\n{alert_words(alerts.first)}") if alerts.grave else count


def key_of(name: str) -> str:
    """The key of something that works everywhere, as this person has it."""
    return next(action.shown for action in EVERYWHERE if action.bare_name == name)

"""The palette: every action by its words, for whoever forgot the key."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from store.db.fold import fold
from tui.actions import EVERYWHERE, IN_FIELD, Action, bindings
from tui.plain import Plain, fit, said
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.words import Words

KEY_CELLS = 8


class ActionList(LineList):
    """One line per action."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.actions: list[Action] = []

    def show(self, actions: list[Action]) -> None:
        """Show these."""
        self.actions = actions
        self.set_count(len(actions), cursor=0)

    def pieces(self, row: int, width: int) -> list[Piece]:
        """Key and words."""
        action = self.actions[row]
        words = f" {fit(Plain(action.shown), KEY_CELLS)} {action.words}"
        return [(fit(Plain(words), width), PLAIN)]


class PaletteScreen(ModalScreen[str | None]):
    """Type a few letters of what is wanted, then Enter."""

    BINDINGS = bindings(IN_FIELD)
    AUTO_FOCUS = "Input"

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__()
        self.actions = [a for a in (*actions, *EVERYWHERE) if a.name != "app.palette"]

    def compose(self) -> ComposeResult:
        """The field and the actions that match."""
        with Vertical(classes="asked tall"):
            field = Input(placeholder=said("tui.palette.placeholder"))
            field.cursor_blink = False
            yield field
            yield ActionList(id="actions")
            yield Words(said("tui.ask.choose"), classes="keys")

    def on_mount(self) -> None:
        """Everything, until something is typed."""
        self.query_one(ActionList).show(self.actions)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what holds every word typed."""
        wanted = fold(event.value).casefold().split()
        kept = [a for a in self.actions if all(w in fold(a.words).casefold() for w in wanted)]
        self.query_one(ActionList).show(kept)

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while the field is typed in."""
        shown = self.query_one(ActionList)
        if event.key in ("down", "up") and not shown.has_focus:
            event.stop()
            shown.go_to(shown.cursor + (1 if event.key == "down" else -1))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        self._choose(self.query_one(ActionList).cursor)

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter, or a click, on an action."""
        self._choose(event.row)

    def _choose(self, row: int) -> None:
        shown = self.query_one(ActionList)
        self.dismiss(shown.actions[row].name if shown.actions else None)

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)

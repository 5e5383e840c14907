"""Which address of somebody: each with its network, for the person who writes to choose."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from store.host.directory_words import address_words
from store.model.directory import Address
from tui.actions import IN_FIELD, bindings
from tui.plain import fit, plain_words, said
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.words import Words


class _Addresses(LineList):
    def __init__(self, addresses: tuple[Address, ...]) -> None:
        super().__init__()
        self.addresses = addresses

    def on_mount(self) -> None:
        self.set_count(len(self.addresses))

    def pieces(self, row: int, width: int) -> list[Piece]:
        return [(fit(plain_words(address_words(self.addresses[row])), width), PLAIN)]


class PickAddress(ModalScreen[Address | None]):
    """One address; None when the person would rather not."""

    BINDINGS = bindings(IN_FIELD)

    def __init__(self, addresses: tuple[Address, ...]) -> None:
        super().__init__()
        self.addresses = addresses

    def compose(self) -> ComposeResult:
        """The addresses."""
        with Vertical(classes="asked tall"):
            yield Words(said("tui.directory.which_address"))
            yield _Addresses(self.addresses)
            yield Words(said("tui.ask.choose"), classes="keys")

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter."""
        self.dismiss(self.addresses[event.row])

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)

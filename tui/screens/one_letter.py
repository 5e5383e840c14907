"""One letter to read, reached from a document or a patient; one goes back to where one was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from store.db.emails import email
from store.db.letter_trust import letter_trust
from store.db.open import Connection
from store.model.email import Email
from store.model.ids import EmailId
from store.model.opened import LetterTrust
from tui.screens.screen import Aside
from tui.widgets.letter_pane import LetterPane
from tui.widgets.trust_line import TrustLine

if TYPE_CHECKING:
    from tui.app import PliApp


class OneLetterScreen(Aside):
    """A letter, and what is known of it."""

    AUTO_FOCUS = "#body"

    def __init__(self, letter: Email, trust: LetterTrust) -> None:
        super().__init__(classes="-reading")
        self.shown, self.trust = letter, trust

    def compose_body(self) -> ComposeResult:
        """The letter; what is known of it, outside of it."""
        yield LetterPane(id="letter")
        yield TrustLine(id="trust")

    def on_mount(self) -> None:
        """Show it."""
        super().on_mount()
        self.query_one(LetterPane).show(self.shown)
        self.query_one(TrustLine).show(self.trust, self.pli.now())


async def show_letter(pli: PliApp, email_id: EmailId) -> None:
    """Read it and show it."""
    await pli.push_screen(OneLetterScreen(*await pli.desk.read(_with_trust, email_id)))


def _with_trust(db: Connection, email_id: EmailId) -> tuple[Email, LetterTrust]:
    return email(db, email_id), letter_trust(db, email_id)

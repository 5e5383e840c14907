"""'Seen': a person says that they saw what alerts. It leaves the top of the letters, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.alerts import acknowledge, alert_of_document, unacknowledge
from store.db.open import Connection
from store.model.ids import DocumentId
from tui.filing import Done, Undone
from tui.plain import said

if TYPE_CHECKING:
    from tui.app import PliApp


def acknowledged(db: Connection, fingerprint: bytes, now: int) -> Done:
    """Note it, and how to take it back."""
    acknowledge(db, fingerprint, now=now)

    def back(db: Connection) -> Undone:
        unacknowledge(db, fingerprint)
        return Undone(said("alert.open_again"))

    return Done(said("alert.acknowledged"), back)


async def acknowledge_document(pli: PliApp, document_id: DocumentId) -> None:
    """Of a document; say so where it alerts of nothing, or was acknowledged before."""
    fingerprint = await pli.desk.read(alert_of_document, document_id)
    if fingerprint is None:
        pli.say(said("alert.none_here"))
        return
    pli.did(await pli.desk.wish(acknowledged, fingerprint, pli.now()))

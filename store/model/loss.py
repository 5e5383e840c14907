"""Letters the server no longer has, and the question that is asked about them."""

from __future__ import annotations

from dataclasses import dataclass

from store.model.ids import MailboxId, PlacementId
from store.model.mailbox import Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked: keep these letters here, or take them out. Until then: kept."""

    mailbox: Mailbox
    account: str
    """What the command line calls the account."""
    lost: int
    """How many letters the server no longer has."""
    held: int
    """How many there were when they were missed."""
    noticed_at: int
    """Unix seconds UTC."""

    @property
    def code(self) -> str:
        """The key of the sentence that asks; its holes are `lost`, `held` and `mailbox`."""
        if self.mailbox.missing_at is None:
            return "guard.letters"
        return "guard.mailbox_of_one" if self.lost == 1 else "guard.mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The lost letters of one mailbox, by what is known of them now."""

    mailbox_id: MailboxId
    held: int
    mailbox_missing: bool
    deleted: frozenset[PlacementId]
    """The person deleted them here since."""
    elsewhere: frozenset[PlacementId]
    """The server has the same Email in another mailbox: somebody moved it."""
    unseen: frozenset[PlacementId]
    """The server took it from us and never showed it, and something is wished of it since."""
    asked: frozenset[PlacementId]
    """All others."""

"""Receipt: what somebody else's system says became of a letter of ours, for one recipient.

A receipt proves little: that who sent it knew the letter's name. So it never un-sends a letter nor
takes an acceptance back; it adds to what is known, and its fate is a sum in which order is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import EmailId


class ReceiptKind(StrEnum):
    """Who speaks, and how."""

    DSN = "dsn"
    """A mail server (RFC 3464)."""
    MDN = "mdn"
    """The reader's software (RFC 8098)."""
    LETTER = "letter"
    """An ordinary letter that says no."""
    ANSWER = "answer"
    """A person's answer to the letter."""


class Outcome(StrEnum):
    """What became of it."""

    DELIVERED = "delivered"
    RELAYED = "relayed"
    """Handed to a system that confirms nothing."""
    DELAYED = "delayed"
    FAILED = "failed"
    DISPLAYED = "displayed"
    DISPATCHED = "dispatched"
    DELETED = "deleted"
    PROCESSED = "processed"
    """Filed by a machine."""
    REFUSED = "refused"
    """Delivered, and could not be filed: `error` says why."""
    ANSWERED = "answered"
    UNKNOWN = "unknown"


class Fate(StrEnum):
    """What is known of a letter after a server took it, for one recipient."""

    NONE = ""
    """Nothing but that a server took it."""
    DELAYED = "delayed"
    RELAYED = "relayed"
    """Handed to a system that will confirm nothing."""
    DELIVERED = "delivered"
    """It lies in the mailbox."""
    FAILED = "failed"
    """Taken, and then not delivered."""
    DELETED = "deleted"
    """Deleted, perhaps unread."""
    UNFILED = "unfiled"
    """Delivered, and their software could not file it."""
    FILED = "filed"
    DISPLAYED = "displayed"
    ACKNOWLEDGED = "acknowledged"
    """Its recipient has answered it."""

    @property
    def is_trouble(self) -> bool:
        """Somebody must do something."""
        return self in (Fate.FAILED, Fate.UNFILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A receipt matched with a letter of ours, as the outbox keeps it."""

    email: str
    """The recipient it is about, as the outbox calls them; '' when it does not say."""
    kind: ReceiptKind
    outcome: Outcome
    is_believed: bool
    """False when it comes from somebody whom it is not about: told, and changes nothing."""
    is_automatic: bool = False
    status: str = ""
    error: str = ""
    explanation: str = ""
    said_by: str = ""
    """From of the letter that says it: words from outside, and easily forged."""
    email_id: EmailId | None = None
    """The letter that says it, while it is here."""
    at: int = 0
    """When it came, Unix seconds."""


FATES = {
    Outcome.DELAYED: Fate.DELAYED,
    Outcome.RELAYED: Fate.RELAYED,
    Outcome.DELIVERED: Fate.DELIVERED,
    Outcome.DELETED: Fate.DELETED,
    Outcome.FAILED: Fate.FAILED,
    Outcome.REFUSED: Fate.UNFILED,
    Outcome.PROCESSED: Fate.FILED,
    Outcome.DISPATCHED: Fate.DELIVERED,
    Outcome.DISPLAYED: Fate.DISPLAYED,
    Outcome.ANSWERED: Fate.ACKNOWLEDGED,
}
STRONGEST_FIRST = (
    *(Fate.ACKNOWLEDGED, Fate.DISPLAYED, Fate.FILED, Fate.UNFILED, Fate.FAILED),
    *(Fate.DELETED, Fate.DELIVERED, Fate.RELAYED, Fate.DELAYED),
)


def fate_of(reports: Iterable[Report]) -> Fate:
    """What the reports about one recipient come to, in whatever order they came.

    Bad news outweighs what a machine had said before, and gives way to what only the reader can
    say. That their software filed nothing is silenced by a filing or by an answer, not by an eye.
    """
    said = {FATES[r.outcome] for r in reports if r.is_believed and r.outcome in FATES}
    if Fate.UNFILED in said and not said & {Fate.FILED, Fate.ACKNOWLEDGED}:
        return Fate.UNFILED
    return next((fate for fate in STRONGEST_FIRST if fate in said), Fate.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One statement about one letter and one recipient; every word is from outside."""

    kind: ReceiptKind
    outcome: Outcome
    message_id: str = ""
    """Of the letter it is about, without brackets; '' when it does not say."""
    envelope_id: str = ""
    """ENVID of the letter (RFC 3461)."""
    recipient: str = ""
    """As we wrote it where that is said, else as it finally was."""
    final_recipient: str = ""
    status: str = ""
    """'5.1.1' (RFC 3463)."""
    error: str = ""
    """'900' to '906', or of HL7 table 0357."""
    explanation: str = ""
    """The words beside the code, or the server's answer."""
    is_automatic: bool = False
    """No person saw it: `displayed` may then be a machine's."""

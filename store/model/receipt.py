"""Receipt: what somebody else's system says became of a letter of ours, for one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReceiptKind(StrEnum):
    """Who speaks, and how."""

    DSN = "dsn"
    """A mail server (RFC 3464)."""
    MDN = "mdn"
    """The reader's software (RFC 8098)."""
    LETTER = "letter"
    """An ordinary letter that says no."""


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
    UNKNOWN = "unknown"


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

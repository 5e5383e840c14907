"""The watched folder: a rule, and each document it has taken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import AccountId, BlobId, DropItemId, DropRuleId, SubmissionId


class RuleState(StrEnum):
    """What the node last saw of the folder. A fact."""

    NEVER = "never"
    WATCHING = "watching"
    DOWN = "down"
    """The folder is missing, unreadable or unsafe; `last_error` says which."""


class ItemState(StrEnum):
    """Where one document stands."""

    QUEUED = "queued"
    """Claimed, and in the outbox: the same transaction wrote both."""
    SENT = "sent"
    """Accepted by the server and moved to sent/."""
    HELD = "held"
    """Kept aside for a decision: the same content was already sent by this rule."""
    FAILED = "failed"
    """Refused, with its reason in a file beside it in failed/."""


DISMISSED, CANCELED = "drop.dismissed", "drop.canceled"
HANDLED = (DISMISSED, CANCELED)
"""Reasons of held or failed documents that a person has settled: nothing is left to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRule:
    """One folder, and where its documents go."""

    id: DropRuleId
    name: str
    folder: str
    account_id: AccountId
    to: tuple[str, ...]
    state: RuleState = RuleState.NEVER
    last_error: str = ""
    """Code: a remark while watching, why it is down otherwise; '' when there is nothing to say."""
    last_scan_at: int | None = None
    """To the minute. Unix seconds UTC."""
    mount: str = ""
    """Where the folder's disk was mounted at the last scan: an unmounted share must not look like
    an empty folder."""
    mark: str = ""
    """How our claims begin: another store may watch the same folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropItem:
    """One document of a rule, from the claim to its end."""

    id: DropItemId
    rule_id: DropRuleId
    name: bytes
    """File name as found, octets: not always UTF-8, and never trusted."""
    digest: BlobId
    """Of the content; empty when it was never read."""
    size: int
    state: ItemState
    claim: str
    """Our name for this document, in `.claimed/`, `sent/` or `failed/`: letters, digits, '-'."""
    reason: str
    """Code of why it is held or failed, or was not accepted for everybody; '' otherwise."""
    submission_id: SubmissionId | None
    seen_at: int
    updated_at: int
    put_away: bool = False
    """True once the file lies where `state` says; the node finishes the move otherwise."""

    @property
    def needs_a_person(self) -> bool:
        """Held or failed, and nobody has settled it yet."""
        stopped = self.state in (ItemState.HELD, ItemState.FAILED)
        return stopped and self.reason not in HANDLED

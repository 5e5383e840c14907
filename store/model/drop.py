"""The watched folder: a rule, and each document it has taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from store.model.drop_options import FoundIn, RuleOptions
from store.model.ids import (
    AccountId,
    BlobId,
    DispatchId,
    DropItemId,
    DropRuleId,
    SubmissionId,
)


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
    """Kept aside, with its reason, for a person's decision: released, rerouted or rejected."""
    FAILED = "failed"
    """Refused, with its reason in a file beside it in failed/."""


DISMISSED, CANCELED, REJECTED = "drop.dismissed", "drop.canceled", "drop.rejected"
UNDECIDED = "drop.undecided"
"""Held again: a rejection was taken back."""
HANDLED = (DISMISSED, CANCELED, REJECTED)
"""Reasons of held or failed documents that a person has settled: nothing is left to look at."""
PATIENTS_DIFFER, NOT_IN_PDF = "drop.patients_differ", "drop.patient_not_in_pdf"
SIDECAR_BAD, COMPANION_BAD = "drop.sidecar_bad", "drop.companion_bad"
PDF_TOO_SLOW = "drop.pdf_too_slow"
NOT_READ = (SIDECAR_BAD, COMPANION_BAD)
"""A file that says whom a document is about could not be read: nobody has compared anything."""
DOUBTFUL_PATIENT = (PATIENTS_DIFFER, NOT_IN_PDF, PDF_TOO_SLOW, *NOT_READ)
"""Reasons that a person must have looked into before the document may leave all the same."""


ALERTS = ("drop.silent", "drop.no_results", "drop.results_watched")
"""Remarks on a rule that somebody must see to."""


class RuleSource(StrEnum):
    """Where a rule stands."""

    STORE = "store"
    """Only here, and about to be written to `drop.toml`."""
    FILE = "file"
    RETIRED = "retired"
    """`drop.toml` no longer names it: nothing new is taken, and its ledger is kept."""


class Wish(StrEnum):
    """What a person decided of a held document, until the node has done it."""

    NOTHING = ""
    RELEASE = "release"
    DESPITE = "despite"
    """Release it although its sources do not name the same patient: somebody has looked."""


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
    options: RuleOptions = field(default_factory=RuleOptions)
    source: RuleSource = RuleSource.STORE
    since_at: int = 0
    """When its wishes last changed, Unix seconds UTC."""
    reported_day: str = ""
    """The last day whose page was written, '2026-11-23'."""
    copied_at: int = 0
    """When the copy was made that this store is, Unix seconds UTC: down until a person confirms
    it. 0 for what was confirmed, or never copied."""
    former_mark: str = ""
    """How claims began before it was confirmed, until they were looked at."""

    @property
    def fixed_to(self) -> tuple[str, ...]:
        """Its own addresses, where it asks for them: written down and not asked for, they are
        nobody's."""
        return self.to if FoundIn.FIXED in self.options.search else ()

    @property
    def needs_a_person(self) -> bool:
        """Whether it is down, or has a remark that somebody must see to."""
        return self.state is RuleState.DOWN or self.last_error in ALERTS


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
    recipients: tuple[str, ...] = ()
    """Whom it is for, as found; () when that was not found out."""
    found_in: FoundIn | None = None
    patient: str = ""
    """NAME|GIVEN|DAY|INS, as identities compare; '' when nothing named one."""
    files: int = 1
    """How many were dropped together."""
    control_ids: tuple[str, ...] = ()
    """MSH-10 of the HL7 messages in it."""
    corrects: DropItemId | None = None
    """The document of the same name that this one replaces."""
    wish: Wish = Wish.NOTHING
    wish_to: tuple[str, ...] = ()
    """Addresses a person gave instead of those found."""
    told: str = ""
    """Digest of the receipt that was last written; '' for none."""
    patient_submission_id: SubmissionId | None = None
    """The patient's own letter, beside the colleagues' in `submission_id`."""
    dispatch_id: DispatchId | None = None
    """Of a health document: how it is named, and its set for the DMP where one was asked for."""
    lacks: tuple[str, ...] = ()
    """Codes of all that kept it from being built as a health document."""
    request: str = ""
    """The laboratory's number of the request; '' when its files say none, or several."""
    uncompared: int = 0
    """Documents of which no word could be read to be compared with the patient who is named."""
    held_as: bytes = b""
    """Of a held one: digest of all its files, their names and the sidecar too; empty where an
    earlier Pli held it."""

    @property
    def needs_a_person(self) -> bool:
        """Held or failed, and nobody has settled it yet."""
        stopped = self.state in (ItemState.HELD, ItemState.FAILED)
        return stopped and self.reason not in HANDLED

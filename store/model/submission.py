"""EmailSubmission: one message the person, or a drop rule, asked us to send (RFC 8621 §7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from store.model.account import SentBy
from store.model.ids import AccountId, BlobId, SubmissionId
from store.model.receipt import Fate
from store.model.route import Way


class SubmissionState(StrEnum):
    """Where the whole submission stands, a sum of its recipients. `docs/outbox.md` draws it."""

    QUEUED = "queued"
    """Frozen octets are on disk; nothing has been said to a server."""
    SENDING = "sending"
    """A transaction is open; the final dot has not been sent. A cut here means: not accepted."""
    UNCERTAIN = "uncertain"
    """The final dot may have left and no answer is on disk. Never repeated in silence."""
    ACCEPTED = "accepted"
    """The server has it for at least one recipient and none remains to be tried."""
    REFUSED = "refused"
    """No recipient was accepted, and the refusal is final."""
    DEFERRED = "deferred"
    """Somebody remains to be tried: the same octets leave again at `next_attempt_at`, for those."""
    CANCELED = "canceled"
    """Withdrawn by the person while nobody had it, or let go of once it was refused."""


class RecipientState(StrEnum):
    """Where one recipient of a submission stands."""

    TODO = "todo"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class SentCopy(StrEnum):
    """The copy in the Sent mailbox, filed once."""

    NONE = "none"
    """No copy is wanted."""
    TODO = "todo"
    """Wanted, to be filed when the submission has been accepted."""
    FILED = "filed"
    """A placement exists for it; the replica brings it to the server."""


LOWEST_NO = 500
"""Of the replies to SMTP; below it a server says yes, or "later"."""
NO_ANSWER = "submission.no_answer"
"""How an attempt ended whose dot left and that heard nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One envelope recipient and the last thing said about it."""

    email: str
    state: RecipientState = RecipientState.TODO
    code: int | None = None
    """SMTP reply code, None before any answer; of somebody given up the last one, or 0."""
    reply: str = ""
    """The server's words, at most 500 characters: words from outside."""
    at: int | None = None
    way: Way | None = None
    """By which way it leaves for them; None for what was queued before the guard was."""
    fate: Fate = Fate.NONE
    """What reports say became of it since."""
    fate_at: int | None = None
    """When that was learnt, Unix seconds."""

    @property
    def is_given_up(self) -> bool:
        """Whether it was a person who ended it: no server refuses by a "later"."""
        later = self.code is not None and self.code < LOWEST_NO
        return self.state is RecipientState.REFUSED and later


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSubmission:
    """One row of the outbox."""

    id: SubmissionId
    account_id: AccountId
    blob_id: BlobId
    """The frozen octets; a repeat sends exactly these."""
    message_id: str
    """Without angle brackets."""
    envid: str = ""
    """RFC 3461 §4.4: what a delivery report calls this submission."""
    mail_from: str
    subject: str
    """For the outbox screen: words from outside."""
    size: int
    source: str
    """'person' or 'drop'."""
    state: SubmissionState
    send_at: int
    """Not before this; Unix seconds UTC. Holds the undo window."""
    attempts: int
    next_attempt_at: int
    last_error: str
    """MailError.code of the last try, '' when none."""
    last_reply: str
    sent_copy: SentCopy
    created_at: int
    updated_at: int
    recipients: tuple[Recipient, ...]
    letter: str = ""
    """The same for the messages that one letter became; '' for one alone."""
    non_medical: str = ""
    """Why it may leave in clear, in the words of whoever sent it."""
    looks: int = 0
    """How often evidence of a doubtful letter was looked for, in vain."""
    next_look_at: int = 0
    """When it is looked for next, Unix seconds UTC; 0 for the next pass."""
    repeats: int = 0
    """How often it left again by itself though the first may have arrived."""
    proof_asked: bool = False
    """Whether a server that took it would have shown so: a copy to ourselves, a report."""
    settled_by: str = ""
    """What ended a doubt: 'own_copy' or 'report'; '' when nothing had to."""
    sent_by: SentBy = SentBy.APPEND
    """Who keeps the copy in Sent."""
    copied_at: int = 0
    """When the copy was made that this store is and in which it waited, Unix seconds UTC: it may
    have left since, and a person decides. 0 for any other."""
    moved_seconds: int = 0
    """So much later than it was told to leave, since the clock leapt over its hour."""
    answer_awaited: bool = False
    """Whether the answer to its final dot is on its way, as far as this store knows."""

    @property
    def shown_state(self) -> SubmissionState:
        """Where it stands for a person: the doubt begins when the answer does not come."""
        return SubmissionState.SENDING if self.answer_awaited else self.state

    @property
    def is_asked(self) -> bool:
        """Whether a person is asked if it leaves from this copy of the store."""
        return self.shown_state is SubmissionState.UNCERTAIN and self.copied_at > 0

    @property
    def returns(self) -> bool:
        """Whether its withdrawal can be taken back: nobody has it, no file was put away."""
        canceled = self.state is SubmissionState.CANCELED
        return canceled and not self.copied_at and self.source != "drop"

    @property
    def troubled(self) -> int:
        """For how many recipients it failed after a server had taken it."""
        return sum(r.fate.is_trouble for r in self.recipients)

    @property
    def left_out(self) -> int:
        """How many recipients an accepted letter was refused for; 0 for any other."""
        if self.state is not SubmissionState.ACCEPTED:
            return 0
        return sum(r.state is RecipientState.REFUSED for r in self.recipients)


class Waiting(NamedTuple):
    """What decides when a queued or deferred submission leaves."""

    id: SubmissionId
    attempts: int
    source: str
    send_at: int
    next_attempt_at: int
    urgent: int = 0
    """1 for one that leaves before the others."""


class Doubt(NamedTuple):
    """What decides how long evidence of an uncertain submission is looked for."""

    id: SubmissionId
    source: str
    looks: int
    next_look_at: int
    repeats: int
    proof_asked: bool

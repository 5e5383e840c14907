"""What is known of a letter that claims to be signed or sealed, as the screen needs it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from store.model.certificate import Learnt
from store.model.ids import AccountId, EmailId
from store.model.trust import Evidence, Level, Reason, Verdict

UNSIGNED = Verdict(level=Level.UNSIGNED, reasons=(Reason.NOT_SIGNED,))


class Waiting(StrEnum):
    """Why nothing may be said of a letter yet."""

    NOT_WHOLE = "not_whole"
    """Some of it has not come: a signature is of all of it."""
    PENDING = "pending"
    """It was not read, opened or judged yet."""
    AGAIN = "again"
    """What it was judged by has changed since: an authority, a list, the policy."""


class ToOpen(NamedTuple):
    """A letter to be opened, or tried again."""

    email_id: EmailId
    account_id: AccountId
    sender_email: str
    """As it came. From outside."""
    seen_at: int
    """Unix seconds, by our own clock."""
    opened_before: bool
    """Something was opened once: a key that is gone since takes nothing away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of opening a letter."""

    octets: bytes | None
    """The letter that lay inside; None when the received one is all there is."""
    stopped: str = ""
    """Code of what kept us out of the rest; '' when all is open."""
    sealed: bool = False
    """Some of it came sealed, open now or not."""
    sealed_for: str = ""
    """Holder of the certificate that opened it. Words from outside."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTrust:
    """What may be said of a letter, and since when; by default, of one that claims nothing."""

    claims: bool = False
    """It says that it is signed or sealed."""
    waiting: Waiting | None = None
    """Until this is None, the rest says nothing of who signed."""
    stopped: str = ""
    """As `Opening.stopped`."""
    sealed: bool = False
    """As `Opening.sealed`; True while it is not known."""
    sealed_for: str = ""
    verdict: Verdict = UNSIGNED
    judged_at: int = 0
    """Unix seconds; 0 when it never was."""
    learnt: Learnt | None = None
    """Whether the proven certificate is the first of its sender, or another than before."""
    learnt_at: int = 0
    """When that letter came. Unix seconds."""
    network: str = ""
    """'mssante', 'mssante_outside', 'apicrypt', 'outside'; '' where no list was imported."""

    @property
    def pending(self) -> bool:
        """Whether nothing may be said of it yet."""
        return self.waiting is not None

"""Draft: a letter being written, before it is frozen into octets, and where it may be kept."""

from __future__ import annotations

from dataclasses import dataclass

from store.model.account import DraftsKept
from store.model.document import Traits
from store.model.email import EmailAddress
from store.model.ids import BlobId


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document to send; its octets are already in the store."""

    name: str
    media_type: str
    blob_id: BlobId
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthWish:
    """That what is attached leaves as one health document about one patient, and where it goes.

    The node builds it when the letter leaves, and says before what lacks (sync/dispatch/).
    """

    patient: Traits
    """As they were known when the person chose them: what is grouped anew later changes nobody."""
    kind: str = ""
    """An entry of the account's settings file; '' for the one it names when none is said."""
    service_day: str = ""
    """'2026-11-24', when the act was done; '' for what attached results say."""
    qualified: bool = False
    """The person says so: the INS comes from INSi, and the identity was checked."""
    to_patient: bool = False
    """The patient gets a letter of their own, in Mon espace santé."""
    closes: bool = False
    """And may not answer it."""
    to_dmp: bool = False
    checked: bool = False
    """The person has seen in the document that it is about them, where its words do not show it."""
    again: bool = False
    """It was sent before, and is to be sent again."""

    @property
    def qualified_ins(self) -> str:
        """The INS, where the person vouches for it; else ''."""
        return self.patient.ins if self.qualified else ""


WISHES_FIELD = "X-Pli-Draft"
"""The field of a draft on a server that says how it is to leave; in no letter that is sent."""
FieldValue = str | tuple[EmailAddress, ...]
"""Of a header field beside those of every letter: words, or people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the person wrote. `sync/mime/build.py` turns it into octets, once."""

    sender: EmailAddress
    to: tuple[EmailAddress, ...] = ()
    cc: tuple[EmailAddress, ...] = ()
    bcc: tuple[EmailAddress, ...] = ()
    subject: str = ""
    body: str = ""
    in_reply_to: str = ""
    """Message-ID answered, without brackets; '' when this is no reply."""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    seal: bool = False
    """To be sealed by S/MIME for everybody, or not to leave."""
    sign: bool = False
    """To be signed by the account's own key, or not to leave."""
    was_sealed: bool = False
    """It repeats, or carries, what reached us sealed."""
    patient: str = ""
    """The qualified INS of the one patient it is about; '' when none is known."""
    receipt: bool = False
    """Its readers are asked to say that they have read it (RFC 8098)."""
    answer_by: int = 0
    """An answer is waited for until then, Unix seconds; 0 for none."""
    tell: str = ""
    """Who is told when no answer has come by then; '' for nobody."""
    non_medical: str = ""
    """The person's reason why it concerns no patient; '' when it was not said."""
    health: HealthWish | None = None
    """None for an ordinary letter."""
    fields: tuple[tuple[str, FieldValue], ...] = ()
    """What a health document's letter says in its header: Reply-To, X-MSS-INS..."""


def may_be_kept_there(draft: Draft, kept: DraftsKept) -> bool:
    """Whether a draft may lie on the server, where whoever runs it can read it. The one answer."""
    return kept is DraftsKept.SERVER and not (draft.was_sealed or draft.seal)

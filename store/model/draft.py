"""Draft: a letter being written, before it is frozen into octets, and where it may be kept."""

from __future__ import annotations

from dataclasses import dataclass

from store.model.account import DraftsKept
from store.model.email import EmailAddress
from store.model.ids import BlobId


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document to send; its octets are already in the store."""

    name: str
    media_type: str
    blob_id: BlobId
    size: int


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
    fields: tuple[tuple[str, FieldValue], ...] = ()
    """What a health document's letter says in its header: Reply-To, X-MSS-INS..."""


def may_be_kept_there(draft: Draft, kept: DraftsKept) -> bool:
    """Whether a draft may lie on the server, where whoever runs it can read it. The one answer."""
    return kept is DraftsKept.SERVER and not (draft.was_sealed or draft.seal)

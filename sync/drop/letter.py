"""The letter a document leaves in. Neutral on purpose: no word of it comes from the file.

A laboratory writes patients' names in file names. A subject is read by every relay on the way and
stays in lists and notifications, so it says only that a document came, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from store.db.apicrypt import Programs
from store.db.blobs import Packed, pack
from store.errors import Permanent
from store.host.i18n import sentence
from store.model.account import Account
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.route import Dispatch
from sync.drop import names
from sync.drop.parcel import Document, Parcel
from sync.submit.envelope import check_address
from sync.submit.message import Message, octets_of
from sync.submit.security import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A letter ready for the outbox."""

    octets: bytes
    packed: Packed
    """The same, as the store keeps them."""
    message_id: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """By which way the documents of one look leave, and what makes it safe."""

    account: Account
    dispatch: Dispatch
    security: Security
    programs: Programs


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the letter says beside its documents."""

    to: tuple[str, ...]
    urgent: bool = False
    identity: str = ""
    """The name it comes from; '' for the account's own."""
    receipt: bool = False
    """Its reader is asked to say that they have read it."""
    replaces_at: int | None = None
    """When the document that this one corrects, or may, was taken; None when it corrects none."""
    is_correction: bool = True
    """False where only the name of the earlier one speaks for it."""
    replaces_id: str = ""
    """The Message-ID of its letter."""


def letter_for(
    parcel: Parcel, leaving: Leaving, told: Told, *, now: int, token: Callable[[], str]
) -> Frozen:
    """Freeze the letter that carries a parcel.

    Args:
        now: its date, Unix seconds UTC.
        token: gives letters and digits never given before.

    Raises:
        Permanent: `submission.bad_address`, `submission.bad_octets`, what `build` refuses.
        MailError: what seals or signs cannot: `apicrypt.failed`, `card.absent`...
    """
    account = leaving.account
    for address in (account.address, *told.to):
        check_address(address)
    draft, octets = carried(parcel, written(account, told, now))
    return frozen(draft, octets, leaving, now=now, token=token)


def frozen(
    draft: Draft,
    documents: Sequence[bytes],
    leaving: Leaving,
    *,
    now: int,
    token: Callable[[], str],
) -> Frozen:
    """A letter that is written, as octets. Raises as `letter_for`.

    Args:
        documents: the octets of its attachments, in order.
    """
    message_id = f"{token()}@{_domain(leaving.account.address)}"
    octets = octets_of(
        Message(
            account=leaving.account,
            dispatch=leaving.dispatch,
            written=draft,
            documents=documents,
            message_id=message_id,
            date_at=now,
            boundary=token(),
            programs=leaving.programs,
            security=leaving.security,
        )
    )
    return Frozen(octets=octets, packed=pack(octets), message_id=message_id, subject=draft.subject)


def earlier_words(at: int, is_correction: bool) -> str:
    """What a letter says of the document of the same name that was taken at `at`."""
    told = "drop.letter.replaces" if is_correction else "drop.letter.same_name"
    return sentence(told, at=local_time(at))


def written(account: Account, told: Told, now: int) -> Draft:
    """The words, which say nothing of anybody."""
    at, body = local_time(now), sentence("drop.letter.body")
    subject = sentence("drop.letter.subject", at=at)
    if told.replaces_at is not None:
        body += earlier_words(told.replaces_at, told.is_correction)
        if told.is_correction:
            subject = sentence("drop.letter.correction", at=at)
    return Draft(
        sender=EmailAddress(name=told.identity or account.display_name, email=account.address),
        to=tuple(EmailAddress(email=address) for address in told.to),
        subject=sentence("drop.letter.urgent", subject=subject) if told.urgent else subject,
        body=body,
        references=(told.replaces_id,) if told.replaces_id else (),
        receipt=told.receipt,
    )


def carried(parcel: Parcel, draft: Draft) -> tuple[Draft, list[bytes]]:
    """The letter with its documents as they came, and their octets in the order of its attachments.

    Of a rule that says `as = "xdm"` health.py makes the letter.
    """
    attached = tuple(map(_attachment, parcel.documents))
    octets = [document.octets for document in parcel.documents]
    return replace(draft, attachments=attached), octets


def _attachment(document: Document) -> Attachment:
    return Attachment(
        name=names.attachment_name(document.name),
        media_type=document.media_type,
        blob_id=document.digest,
        size=len(document.octets),
    )


def _domain(address: str) -> str:
    try:
        return address.rpartition("@")[2].encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Permanent("submission.bad_address") from error


def local_time(at: int) -> str:
    """A time as a French reader writes it, in the machine's time zone."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%d/%m/%Y %H:%M")


def local_day(at: int) -> str:
    """The day, in the machine's time zone, so that days sort: 2026-11-23."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d")

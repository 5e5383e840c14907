"""The letter a document leaves in. Neutral on purpose: no word of it comes from the file.

A laboratory writes patients' names in file names. A subject is read by every relay on the way and
stays in lists and notifications, so it says only that a document came, and when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from store.db.apicrypt import Programs
from store.errors import Permanent
from store.host.i18n import sentence
from store.model.account import Account
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.ids import BlobId
from store.model.route import Dispatch
from sync.drop import names
from sync.submit.envelope import check_address
from sync.submit.message import Message, octets_of
from sync.submit.security import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A claimed file, read whole."""

    name: bytes
    octets: bytes
    digest: BlobId
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A letter ready for the outbox."""

    octets: bytes
    message_id: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """By which way the documents of one look leave, and what makes it safe."""

    account: Account
    dispatch: Dispatch
    security: Security
    programs: Programs


def letter_for(
    document: Document,
    leaving: Leaving,
    to: tuple[str, ...],
    *,
    now: int,
    token: Callable[[], str],
) -> Frozen:
    """Freeze the letter that carries `document`.

    Args:
        now: its date, Unix seconds UTC.
        token: gives letters and digits never given before.

    Raises:
        Permanent: `submission.bad_address`, `submission.bad_octets`, what `build` refuses.
        MailError: what seals or signs cannot: `apicrypt.failed`, `card.absent`...
    """
    account = leaving.account
    for address in (account.address, *to):
        check_address(address)
    attachment = Attachment(
        name=names.attachment_name(document.name),
        media_type=document.media_type,
        blob_id=document.digest,
        size=len(document.octets),
    )
    draft = Draft(
        sender=EmailAddress(name=account.display_name, email=account.address),
        to=tuple(EmailAddress(email=address) for address in to),
        subject=sentence("drop.letter.subject", at=local_time(now)),
        body=sentence("drop.letter.body"),
        attachments=(attachment,),
    )
    message_id = f"{token()}@{_domain(account.address)}"
    octets = octets_of(
        Message(
            account=account,
            dispatch=leaving.dispatch,
            written=draft,
            documents=[document.octets],
            message_id=message_id,
            date_at=now,
            boundary=token(),
            programs=leaving.programs,
            security=leaving.security,
        )
    )
    return Frozen(octets=octets, message_id=message_id, subject=draft.subject)


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

"""Tell a document's sender that it was filed, or why it could not be: a receipt, by the outbox.

It says whom the letter was about, so it passes the guard as the letter would; what came sealed is
answered sealed, or not at all. Once for each letter.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from store.db.accounts import account as account_by_id
from store.db.asked import answered_otherwise
from store.db.emails import email, octets_of
from store.db.filing_answers import account_of, note_answer_within
from store.db.open import Connection, write
from store.db.opened import came_sealed
from store.db.routing import ways
from store.db.submissions import queue_within
from store.errors import NeedsUser, Transient
from store.model.account import Account
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import EmailId, SubmissionId
from store.model.route import Content, Dispatch, Envelope
from store.model.submission import SentCopy
from sync.documents.mdn import Answered, FilingError, build_mdn
from sync.mime.addresses import read_addresses
from sync.mime.protected import fields_of
from sync.submit.envelope import check_octets
from sync.submit.security import Keys, Security, no_keys, security_for
from sync.trust.sealing import judge_for

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
Token = Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A receipt about to be made."""

    account: Account
    answered: Answered
    content: Content

    @property
    def to(self) -> str:
        """Who asked to be told."""
        return self.answered.asks_to


def answering(db: Connection, email_id: EmailId) -> Answering:
    """What a receipt for a letter is made from.

    Raises:
        Usage: `email.unknown`.  Permanent: `email.not_whole`.
        NeedsUser: `document.receipt_not_asked`.
    """
    account = account_by_id(db, account_of(db, email_id))
    octets, letter = octets_of(db, email_id), email(db, email_id)
    fields = {each.name: each.value for each in reversed(fields_of(octets)[0])}
    asked = read_addresses(fields.get(b"disposition-notification-to", b""))
    if not asked:
        raise NeedsUser("document.receipt_not_asked")
    path = read_addresses(fields.get(b"return-path", b""))
    return Answering(
        account=account,
        answered=Answered(
            message_id=letter.message_id,
            subject=" ".join(CONTROL.sub(" ", letter.subject).split()),
            asks_to=asked[0].email,
            return_path=path[0].email if path else "",
            recipient=account.address,
            octets=octets,
        ),
        content=Content(documents=True, was_sealed=came_sealed(db, email_id)),
    )


async def answer(
    db: Connection,
    email_id: EmailId,
    error: FilingError | None,
    *,
    now: int,
    token: Token = secrets.token_hex,
    keys: Keys = no_keys,
    by_person: bool = True,
) -> SubmissionId:
    """Queue the receipt: filed, or not and why.

    Args:
        now: Unix seconds.
        by_person: a person said so; else it goes to nobody but who sent the letter.

    Raises:
        Usage: `email.unknown`, `answer.already`.
        NeedsUser: `document.receipt_not_asked`, `answer.by_vendor`; a key that lacks.
        Permanent: the guard's refusals; what `build_mdn` refuses.
        Transient: `send.changed`, `store.busy`.
    """
    about = answering(db, email_id)
    judge_for(db, [about.to], now)
    (way,) = _ways(db, about, now)
    if way.envelope is Envelope.VENDOR:
        raise NeedsUser("answer.by_vendor")
    account = account_by_id(db, way.account_id)
    written = Draft(sender=EmailAddress(email=account.address))
    security = security_for(db, account, way, written, keys, now=now)
    # The address's domain, never this machine's name.
    message_id = f"{token(16)}@{account.address.rpartition('@')[2].lower()}"
    octets = await asyncio.to_thread(
        _octets, about.answered, error, security, message_id, token(16), now, by_person
    )
    with write(db):
        if _ways(db, about, now) != (way,):
            raise Transient("send.changed")
        submission_id = queue_within(
            db,
            account_id=account.id,
            octets=octets,
            message_id=message_id,
            mail_from="",  # RFC 8098 §3: an answer to an answer could go on for ever
            recipients=way.emails,
            subject=about.answered.subject,
            source="person",
            send_at=now,
            now=now,
            sent_copy=SentCopy.NONE,
            routes=way.routes,
        )
        code = error.value if error else ""
        note_answer_within(db, email_id, code=code, submission_id=submission_id, now=now)
        answered_otherwise(db, email_id, now=now)
    return submission_id


def _ways(db: Connection, about: Answering, now: int) -> tuple[Dispatch, ...]:
    return ways(db, about.account.id, [about.to], about.content, now=now)


def _octets(
    answered: Answered,
    error: FilingError | None,
    security: Security,
    message_id: str,
    boundary: str,
    at: int,
    by_person: bool,
) -> bytes:
    built = build_mdn(
        answered, error, message_id=message_id, date_at=at, boundary=boundary, by_person=by_person
    )
    octets = security.applied(built, at=at, boundary=boundary)
    check_octets(octets)
    return octets

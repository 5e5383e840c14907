"""Turn a draft into octets, once. Every attempt, today or in a week, sends exactly those.

Message-ID, date and boundaries are chosen here and never again: a repeat with another Message-ID
is another letter for whoever receives it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace

from store.db import blobs
from store.db.accounts import account as account_by_id
from store.db.answers import want_answer_within
from store.db.apicrypt import programs
from store.db.drafts import draft, draft_refused, drafts_to_send, revision_of
from store.db.open import Connection, write
from store.db.routing import ways
from store.db.sealing import judged_by
from store.db.smime_keys import keys as keys_of
from store.db.submissions import draft_frozen, queue_within
from store.errors import MailError, Permanent, Transient
from store.host.log import event
from store.model.account import Account
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import DraftId, SubmissionId
from store.model.route import Dispatch, Way
from store.routing.content import content_of, hidden_in, recipients_of
from sync.submit.envelope import check_address
from sync.submit.message import Message, octets_of
from sync.submit.security import Keys, no_keys, security_for
from sync.trust.sealing import judge_for

log = logging.getLogger(__name__)
Token = Callable[[int], str]
"""Gives that many random octets, in hexadecimal."""


async def freeze(
    db: Connection,
    account: Account,
    draft_id: DraftId,
    *,
    now: int,
    wished: bool = False,
    token: Token = secrets.token_hex,
    keys: Keys = no_keys,
    send_at: int | None = None,
) -> tuple[SubmissionId, ...]:
    """Queue a draft as the octets it will leave as, and forget the draft: one transaction.

    People whom different ways lead to get a message each way; all of them are queued, or none.

    Args:
        wished: only while the person's wish to send it stands, and is due.
        send_at: not before this, Unix seconds UTC; None for at once.

    Raises:
        Usage: `draft.unknown`.
        Permanent: `submission.no_recipient`, `submission.bad_address`, what `build` refuses, and
            the guard: `route.not_secure`...
        NeedsUser: a key that lacks: `sending.no_signing_key`, `sending.no_own_key`, `card.absent`.
        Transient: `draft.changed`, the person has touched it meanwhile; `store.busy`.
    """
    read = draft(db, draft_id)
    written = read[1]
    if read[0] != account.id:
        raise Transient("draft.changed")  # it is to leave by another account: that one's pass
    if written.health is not None:
        # It becomes other letters (sync/dispatch/composing.py); as it is, it would be no document.
        raise Transient("draft.changed")
    recipients = _once(recipients_of(written))
    for address in (account.address, *recipients):
        check_address(address)
    if not recipients:
        raise Permanent("submission.no_recipient")
    judged = judge_for(db, recipients, now)

    def decided() -> tuple[Dispatch, ...]:
        hidden = hidden_in(written)
        return ways(db, account.id, recipients, content_of(written), now=now, hidden=hidden)

    found = decided()
    leaving_by = _senders(db, found)
    messages = [_message(db, written, each, now=now, token=token, keys=keys) for each in found]
    built = [await asyncio.to_thread(octets_of, message) for message in messages]
    with write(db):
        due_at = now if wished else None
        if draft(db, draft_id) != read or not draft_frozen(db, draft_id, due_at=due_at):
            raise Transient("draft.changed")
        if judged_by(db) != judged or decided() != found or _senders(db, found) != leaving_by:
            raise Transient("draft.changed")
        letter = messages[0].message_id if len(messages) > 1 else ""
        ids = tuple(
            _queue_within(db, message, octets, letter, send_at)
            for message, octets in zip(messages, built, strict=True)
        )
        for id_ in ids if written.answer_by else ():
            want_answer_within(db, id_, written.answer_by, written.tell)
    for id_, octets in zip(ids, built, strict=True):
        event(log, logging.INFO, "submission.queued", submission=id_, size=len(octets))
    return ids


def _once(emails: Iterable[str]) -> tuple[str, ...]:
    """Each address once, however it is spelt: nobody gets a letter twice."""
    first: dict[str, str] = {}
    for email in emails:
        first.setdefault(email.casefold(), email)
    return tuple(first.values())


def _senders(db: Connection, found: Iterable[Dispatch]) -> list[tuple[Account, list[int]]]:
    """What the accounts it leaves by say of themselves, and which keys they have."""
    ids = [each.account_id for each in found]
    return [(account_by_id(db, id_), [key.id for key in keys_of(db, id_)]) for id_ in ids]


def _message(
    db: Connection, written: Draft, dispatch: Dispatch, *, now: int, token: Token, keys: Keys
) -> Message:
    """What leaves for the recipients of one way."""
    account = account_by_id(db, dispatch.account_id)
    sender = written.sender
    if sender.email.casefold() != account.address.casefold():
        sender = EmailAddress(name=account.display_name, email=account.address)
    return Message(
        account=account,
        dispatch=dispatch,
        written=replace(written, sender=sender),
        documents=[blobs.get(db, a.blob_id) for a in written.attachments],
        # The address's domain, never this machine's name.
        message_id=f"{token(16)}@{account.address.rpartition('@')[2].lower()}",
        date_at=now,
        boundary=token(16),
        programs=programs(db, account.id),
        security=security_for(db, account, dispatch, written, keys, now=now),
    )


def _queue_within(
    db: Connection, message: Message, octets: bytes, letter: str, send_at: int | None
) -> SubmissionId:
    clear = any(route.way is Way.NON_MEDICAL for route in message.dispatch.routes)
    return queue_within(
        db,
        account_id=message.account.id,
        octets=octets,
        message_id=message.message_id,
        mail_from=message.account.address,
        recipients=message.dispatch.emails,
        subject=message.written.subject,
        source="person",
        send_at=message.date_at if send_at is None else send_at,
        now=message.date_at,
        routes=message.dispatch.routes,
        letter=letter,
        non_medical=message.written.non_medical if clear else "",
    )


async def freeze_due(
    db: Connection,
    account: Account,
    *,
    now: int,
    token: Token = secrets.token_hex,
    keys: Keys = no_keys,
) -> int:
    """Freeze every draft whose time has come. Returns how many.

    One that cannot be frozen keeps its reason and waits for the person; it stops no other.

    Raises:
        Transient: `store.busy`.
    """
    done = 0
    for draft_id in drafts_to_send(db, account.id, now):
        revision = revision_of(db, draft_id)
        try:
            await freeze(db, account, draft_id, now=now, wished=True, token=token, keys=keys)
            done += 1
        except Transient as error:
            if error.code != "draft.changed":
                raise
        except MailError as error:
            _refuse(db, draft_id, revision, error.code, error)
        except Exception as error:
            _refuse(db, draft_id, revision, "submission.unbuildable", error)
    return done


def _refuse(
    db: Connection, draft_id: DraftId, revision: int | None, code: str, error: Exception
) -> None:
    draft_refused(db, draft_id, code, revision=revision)
    event(log, logging.WARNING, "draft.not_frozen", draft=draft_id, error=error)

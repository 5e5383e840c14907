"""One pass over one account: the steps that the node repeats and `pli sync` takes once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, dataclass

from store.db.accounts import account as account_now
from store.db.accounts import set_capabilities, set_link
from store.db.open import Connection
from store.db.replica import has_pending
from store.db.submissions import settle_by_evidence
from store.errors import MailError, NeedsUser
from store.host.clock import now
from store.host.keys import DataKey
from store.host.log import event
from store.host.paths import Home
from store.host.secrets import password_for
from store.host.wake import data_version
from store.model.account import Account, Link
from store.model.ids import AccountId
from sync.derive import derive_emails
from sync.imap.account import sync_account
from sync.imap.connect import connect
from sync.imap.perform import PassReport
from sync.imap.session import ImapSession
from sync.submit.outbox import file_sent_copies, next_due, run_outbox

log = logging.getLogger(__name__)
IDLE_SECONDS = 240
"""IDLE watches INBOX only: the other mailboxes are asked about this often, in one turn."""
WATCHED_SECONDS = 900
"""NOTIFY watches them all; some servers accept it and then say nothing."""
PLAIN_IDLE_SECONDS = 60
"""Without CONDSTORE a keyword changed just before IDLE begins is seen only by the next pass."""
OUTBOX_LOOK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePass:
    """What a whole pass did, for the sentence that `pli sync` prints."""

    fetched: int
    vanished: int
    pushed: int
    octets: int
    turns: int

    def facts(self) -> dict[str, int]:
        """The holes of that sentence."""
        return asdict(self)


async def whole_pass(db: Connection, account: Account, home: Home, key: DataKey) -> WholePass:
    """Send what is due, then bring every mailbox to agreement, the Sent copies included.

    An outbox that cannot leave does not keep letters from coming in; its error is raised last.

    Raises:
        MailError: of the connection; the link of the account says it too.
    """
    password = await asyncio.to_thread(password_for, account, home, key)
    trouble: MailError | None = None
    try:
        await run_outbox(db, account, password, now=now)
    except MailError as error:
        trouble = error
    try:
        report = await _mailboxes(db, account, password)
    except MailError as error:
        link = Link.NEEDS_USER if isinstance(error, NeedsUser) else Link.OFFLINE
        set_link(db, account.id, link, error=error.code)
        raise
    if trouble is not None:
        raise trouble
    return report


async def _mailboxes(db: Connection, account: Account, password: str) -> WholePass:
    set_link(db, account.id, Link.CONNECTING)
    session = await connect(account, password, listing=True)
    try:
        set_link(db, account.id, Link.SYNCING)
        reports = [await one_pass(db, account, session)]
        if has_pending(db, account.id):
            reports.append(await one_pass(db, account, session))
        _remember(db, account, session)
    finally:
        await session.logout()
    set_link(db, account.id, Link.ONLINE, synced_at=now())
    return WholePass(
        fetched=sum(r.fetched for r in reports),
        vanished=sum(r.vanished for r in reports),
        pushed=sum(r.keywords_pushed + r.moved + r.appended for r in reports),
        octets=session.traffic.octets_in + session.traffic.octets_out,
        turns=session.traffic.turns,
    )


async def one_pass(db: Connection, account: Account, session: ImapSession) -> PassReport:
    """Every mailbox once, then what follows from it: evidence for the outbox, Sent copies."""
    report = await sync_account(session, db, account, after_window=derive_emails)
    derive_emails(db)
    settled = settle_by_evidence(db, account.id, now=now())
    filed = file_sent_copies(db, account, now=now())
    if settled or filed or report.fetched:
        event(
            log,
            logging.INFO,
            "account.pulled",
            account=account.id,
            fetched=report.fetched,
            settled=settled,
            filed=filed,
        )
    return report


def _remember(db: Connection, account: Account, session: ImapSession) -> None:
    if session.remembered != account.capabilities:
        set_capabilities(db, account.id, session.remembered)


async def waiting_pass(db: Connection, account: Account, home: Home, key: DataKey) -> None:
    """Connect, then pass after pass, each begun by the server's news or by a wish. Never returns.

    Raises:
        MailError: what ended the connection, or kept it from being made.
    """
    password = await asyncio.to_thread(password_for, account, home, key)
    set_link(db, account.id, Link.CONNECTING)
    session = await connect(account, password, listing=True, watch=True)
    try:
        while True:
            set_link(db, account.id, Link.SYNCING)
            asked = account_now(db, account.id).sync_wanted_at
            await one_pass(db, account, session)
            _remember(db, account_now(db, account.id), session)
            set_link(db, account.id, Link.ONLINE, synced_at=max(now(), asked + 1))
            if not has_pending(db, account.id):
                await _news(db, account.id, session, asked)
    finally:
        await session.logout()


async def _news(db: Connection, account_id: AccountId, session: ImapSession, asked: int) -> None:
    """Wait until the server says something or the person wishes something."""
    wished = asyncio.Event()
    watching = asyncio.create_task(_watch_wishes(db, account_id, asked, wished))
    try:
        await session.idle(await _idle_seconds(session), until=wished)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _idle_seconds(session: ImapSession) -> float:
    if not session.has("CONDSTORE"):
        return PLAIN_IDLE_SECONDS
    return WATCHED_SECONDS if await session.watches_all() else IDLE_SECONDS


async def _watch_wishes(
    db: Connection, account_id: AccountId, asked: int, wished: asyncio.Event
) -> None:
    seen = None
    while not wished.is_set():
        if (current := data_version(db)) != seen:
            seen = current
            newly_asked = account_now(db, account_id).sync_wanted_at != asked
            if newly_asked or has_pending(db, account_id):
                wished.set()
        await asyncio.sleep(0.25)


async def outbox_pass(db: Connection, account: Account, home: Home, key: DataKey) -> float:
    """Send what is due. Returns for how many seconds nothing more is.

    Raises:
        MailError: what keeps every letter from leaving; they wait, with the reason on them.
    """
    due = next_due(db, account.id, now=now())
    if due is None or due > now():
        return OUTBOX_LOOK_SECONDS if due is None else min(due - now(), OUTBOX_LOOK_SECONDS)
    password = await asyncio.to_thread(password_for, account, home, key)
    await run_outbox(db, account, password, now=now)
    return 0.0

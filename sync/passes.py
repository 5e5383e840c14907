"""One pass over one account: the steps that the node repeats and `pli sync` takes once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple

from store.db.accounts import account as account_now
from store.db.accounts import set_capabilities, set_link
from store.db.draft_copies import last_left
from store.db.draft_settling import note_twice, versions
from store.db.open import Connection
from store.db.outlines import last_wanted
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
from sync.imap.manner import Manner
from sync.imap.perform import PassReport
from sync.link.budget import Lane
from sync.link.line import MeteredLine, note, open_line
from sync.link.recorder import Recorder
from sync.replica.drafts import forked
from sync.submit.copies import file_sent_copies
from sync.submit.outbox import next_due, run_outbox
from sync.submit.recorded import RecordedSubmitter

log = logging.getLogger(__name__)
HELD_SECONDS = 900
"""Between two looks at mailboxes whose letters a budget keeps: each finds them waiting again, and
staying connected meanwhile would cost more than coming back."""
WATCHED_SECONDS = 900
"""NOTIFY watches them all; some servers accept it and then say nothing."""
OUTBOX_LOOK_SECONDS = 60
NEVER_LATER = 2**62
"""On a lean line a draft that was left begins no pass: it is kept here, and goes with the next."""
LOOK_AGAIN_SECONDS = 60
"""How long a lean line brings old letters before it asks whether there are new ones."""


class Asked(NamedTuple):
    """When the person last gave a reason for a pass, wishes about letters apart; Unix seconds."""

    sync: int
    whole: int
    """For all of a letter to come."""
    draft: int
    """By leaving a draft."""


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
        await _send(db, account, password)
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


async def _send(db: Connection, account: Account, password: str) -> None:
    """Everything that is due; what that cost is written once it is over."""
    recorder = Recorder()
    try:
        await run_outbox(
            db, account, password, now=now, connect=partial(RecordedSubmitter, recorder)
        )
    finally:
        note(db, account.id, recorder)


async def _mailboxes(db: Connection, account: Account, password: str) -> WholePass:
    set_link(db, account.id, Link.CONNECTING)
    async with open_line(db, account, password) as line:
        set_link(db, account.id, Link.SYNCING)
        reports = [await one_pass(db, line)]
        if has_pending(db, account.id):
            reports.append(await one_pass(db, line))
        while reports[-1].unfinished:
            reports.append(await one_pass(db, line))
        _remember(db, line)
    line.end_pass(synced_at=now(), waiting=reports[-1].waiting_emails)
    return WholePass(
        fetched=sum(r.fetched for r in reports),
        vanished=sum(r.vanished for r in reports),
        pushed=sum(r.keywords_pushed + r.moved + r.appended for r in reports),
        octets=line.session.traffic.octets_in + line.session.traffic.octets_out,
        turns=line.session.traffic.turns,
    )


async def one_pass(db: Connection, line: MeteredLine) -> PassReport:
    """Every mailbox once, then what follows from it: evidence for the outbox, Sent copies."""
    account, time = line.account, asyncio.get_running_loop().time
    late_at = time() + LOOK_AGAIN_SECONDS

    def after_window(db: Connection) -> None:
        derive_emails(db)
        line.after_window()

    line.begin_pass()
    report = await sync_account(
        line.session,
        db,
        account,
        after_window=after_window,
        manner=Manner(
            window_emails=line.profile.window_emails,
            lean=line.lean,
            may_fetch=line.may_fetch,
            may_bring=partial(line.may_fetch, Lane.DOCUMENT),
            is_late=lambda: time() > late_at,
        ),
    )
    derive_emails(db)
    note_twice(db, forked(versions(db, account.id)), now=now())
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


def _remember(db: Connection, line: MeteredLine) -> None:
    """What the server can, for the next connection to begin with."""
    account = account_now(db, line.account.id)
    if line.session.remembered != account.capabilities:
        set_capabilities(db, account.id, line.session.remembered)


async def waiting_pass(db: Connection, account: Account, home: Home, key: DataKey) -> None:
    """Connect, then pass after pass, each begun by the server's news or by a wish. Never returns.

    Raises:
        MailError: what ended the connection, or kept it from being made.
    """
    password = await asyncio.to_thread(password_for, account, home, key)
    while True:
        asked, seconds = await _connection(db, account_now(db, account.id), password)
        await _rest(db, account.id, asked, seconds)


async def _connection(db: Connection, account: Account, password: str) -> tuple[Asked, float]:
    """Pass after pass over one connection; ends when the line is none to wait on.

    Returns when the person had last asked for a pass, and for how many seconds to stay away.
    """
    set_link(db, account.id, Link.CONNECTING)
    async with open_line(db, account, password, watch=True) as line:
        while True:
            set_link(db, account.id, Link.SYNCING)
            asked = _asked(db, account.id)
            if line.lean is not None:
                asked = asked._replace(draft=NEVER_LATER)
            report = await one_pass(db, line)
            _remember(db, line)
            busy = report.unfinished or has_pending(db, account.id)
            if not busy and (line.hold is not None or not line.profile.idle):
                break
            line.end_pass(synced_at=max(now(), asked.sync + 1), waiting=report.waiting_emails)
            if not busy:
                await _news(db, line, asked)
    line.end_pass(synced_at=max(now(), asked.sync + 1), waiting=report.waiting_emails)
    return asked, _until_next_pass(line)


def _asked(db: Connection, account_id: AccountId) -> Asked:
    wanted_at = account_now(db, account_id).sync_wanted_at
    return Asked(wanted_at, last_wanted(db, account_id), last_left(db, account_id, now()))


def _until_next_pass(line: MeteredLine) -> float:
    """Seconds to wait, unless there is news or a wish; what a budget keeps comes when it may."""
    if line.hold is not None:
        return max(1, min(HELD_SECONDS, line.hold.until_at - now()))
    modseqs, profile = line.session.has("CONDSTORE"), line.profile
    return profile.poll_seconds if modseqs else profile.plain_poll_seconds


async def _news(db: Connection, line: MeteredLine, asked: Asked) -> None:
    """Wait until the server says something or the person wishes something.

    IDLE watches INBOX, NOTIFY every mailbox: without it the others are asked about when the wait
    ends, in one turn. Without CONDSTORE a keyword changed just before it is seen after it.
    """
    seconds = _until_next_pass(line)
    if line.session.has("CONDSTORE") and await line.session.watches_all():
        seconds = max(seconds, WATCHED_SECONDS)
    async with _wishes(db, line.account.id, asked) as wished:
        await line.session.idle(seconds, until=wished)


async def _rest(db: Connection, account_id: AccountId, asked: Asked, seconds: float) -> None:
    """Wait without a connection, or until the person wishes something."""
    async with _wishes(db, account_id, asked) as wished:
        # Not `wait_for`: before Python 3.12 it forgets a cancellation that comes with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wished.wait()


@asynccontextmanager
async def _wishes(
    db: Connection, account_id: AccountId, asked: Asked
) -> AsyncIterator[asyncio.Event]:
    """An event that is set once the person wishes something."""
    wished = asyncio.Event()
    watching = asyncio.create_task(_watch_wishes(db, account_id, asked, wished))
    try:
        yield wished
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch_wishes(
    db: Connection, account_id: AccountId, asked: Asked, wished: asyncio.Event
) -> None:
    seen = None
    while not wished.is_set():
        if (current := data_version(db)) != seen:
            seen = current
            later = any(a > b for a, b in zip(_asked(db, account_id), asked, strict=True))
            if later or has_pending(db, account_id):
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
    await _send(db, account, password)
    return 0.0

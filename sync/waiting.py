"""Pass after pass over one account, and between two of them: waiting for news, and for wishes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from store.db.accounts import account as account_now
from store.db.accounts import set_link
from store.db.draft_copies import last_left
from store.db.open import Connection
from store.db.outlines import last_wanted
from store.db.replica import has_pending
from store.host.clock import now
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.secrets import password_for
from store.host.wake import commits
from store.model.account import Account, Incoming, Link
from store.model.ids import AccountId
from sync.imap.session import ImapSession
from sync.link.line import MeteredLine, open_line
from sync.passes import one_pass, remember
from sync.pop3.passes import maildrop_pass, rest_seconds, settle_here

HELD_SECONDS = 900
"""Between two looks at mailboxes whose letters a budget keeps: each finds them waiting again, and
staying connected meanwhile would cost more than coming back."""
WATCHED_SECONDS = 900
"""NOTIFY watches them all; some servers accept it and then say nothing."""
NEVER_LATER = 2**62
"""On a lean line a draft that was left begins no pass: it is kept here, and goes with the next."""


class Asked(NamedTuple):
    """When the person last gave a reason for a pass, wishes about letters apart; Unix seconds."""

    sync: int
    whole: int
    """For all of a letter to come."""
    draft: int
    """By leaving a draft."""


async def waiting_pass(db: Connection, account: Account, home: Home, key: DataKey) -> None:
    """Connect, then pass after pass, each begun by the server's news or by a wish. Never returns.

    Raises:
        MailError: what ended the connection, or kept it from being made.
    """
    password = await asyncio.to_thread(password_for, account, home, key)
    while True:
        account = account_now(db, account.id)
        if account.incoming is Incoming.POP3:
            asked = _asked(db, account.id)
            await maildrop_pass(db, account, password)
            await _rest(db, account.id, asked, rest_seconds(account))
        else:
            asked, seconds = await _connection(db, account, password)
            await _rest(db, account.id, asked, seconds)


async def _connection(db: Connection, account: Account, password: str) -> tuple[Asked, float]:
    """Pass after pass over one connection; ends when the line is none to wait on.

    Returns when the person had last asked for a pass, and for how many seconds to stay away.
    """
    set_link(db, account.id, Link.CONNECTING)
    async with open_line(db, account, password, watch=True) as line:
        while True:
            set_link(db, account.id, Link.SYNCING)
            began_at, asked = now(), _asked(db, account.id)
            if line.lean is not None:
                asked = asked._replace(draft=NEVER_LATER)
            report = await one_pass(db, line)
            remember(db, line)
            # A letter asked for in the very second of the last look is another wish than those.
            asked = asked._replace(whole=report.wanted_at)
            synced_at = max(began_at, asked.sync + 1)
            busy = report.unfinished or has_pending(db, account.id)
            if not busy and (line.hold is not None or not line.profile.idle):
                break
            line.end_pass(synced_at=synced_at, waiting=report.waiting_emails)
            if not busy:
                await _news(db, line, asked)
    line.end_pass(synced_at=synced_at, waiting=report.waiting_emails)
    return asked, _until_next_pass(line)


def _asked(db: Connection, account_id: AccountId) -> Asked:
    wanted_at = account_now(db, account_id).sync_wanted_at
    return Asked(wanted_at, last_wanted(db, account_id), last_left(db, account_id, now()))


def _until_next_pass(line: MeteredLine[ImapSession]) -> float:
    """Seconds to wait, unless there is news or a wish; what a budget keeps comes when it may."""
    if line.hold is not None:
        return max(1, min(HELD_SECONDS, line.hold.until_at - now()))
    modseqs, profile = line.session.has("CONDSTORE"), line.profile
    return profile.poll_seconds if modseqs else profile.plain_poll_seconds


async def _news(db: Connection, line: MeteredLine[ImapSession], asked: Asked) -> None:
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
    async for _ in commits(db):
        settle_here(db, account_id)
        later = any(a > b for a, b in zip(_asked(db, account_id), asked, strict=True))
        if later or has_pending(db, account_id):
            wished.set()
            return


def configuration(account: Account) -> tuple[object, ...]:
    """What, when changed, needs a new connection."""
    return (
        *(account.imap, account.smtp, account.tls, account.user, account.ca, account.client_cert),
        *(account.password_file, account.password_command, account.client_key, account.address),
        *(account.profile, account.login, account.token_command, account.client_password_file),
        *(account.incoming, account.smtp_tls),
    )

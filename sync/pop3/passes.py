"""One connection to a POP3 account, as the node and `pli sync` make it: metered and recorded."""

from __future__ import annotations

from functools import partial

from store.db.accounts import account as account_now
from store.db.accounts import set_link
from store.db.open import Connection
from store.db.pop3 import settle_wishes
from store.db.works import forget_works, works_of
from store.host.clock import now
from store.model.account import Account, Incoming, Link
from store.model.ids import AccountId
from sync.derive import BATCH, derive_all, derive_emails
from sync.imap.perform import PassReport
from sync.link.budget import Lane
from sync.link.line import MeteredLine, note
from sync.link.profile import profile_of
from sync.link.recorder import Recorder
from sync.long_works import seen_of_pass
from sync.pop3.account import StoreShelf, sync_maildrop
from sync.pop3.login import connect
from sync.pop3.maildrop import Maildrop
from sync.submit.copies import file_sent_copies
from sync.submit.looking import look
from sync.trust.server import server_trust
from sync.watching import Seen, watching

LOGIN_DELAY_SECONDS = 300


async def maildrop_pass(db: Connection, account: Account, password: str) -> PassReport:
    """Connect, bring what is not held, leave. What it cost is written however it ends.

    Raises:
        MailError: what ended the connection, or kept it from being made.
    """
    recorder, began_at = Recorder(), now()
    set_link(db, account.id, Link.CONNECTING)
    try:
        maildrop = await connect(
            account, password, recorder=recorder, trust=server_trust(db, account)
        )
        try:
            set_link(db, account.id, Link.SYNCING)
            line = MeteredLine(db, account, maildrop)
            report = await _pass(db, line)
            await maildrop.quit()
        finally:
            maildrop.leave()
    except BaseException:
        note(db, account.id, recorder)
        raise
    asked_at = account.sync_wanted_at
    line.end_pass(synced_at=max(began_at, asked_at + 1), waiting=report.waiting_emails)
    report.octets = maildrop.traffic.octets_in + maildrop.traffic.octets_out
    report.turns = maildrop.traffic.turns
    return report


async def _pass(db: Connection, line: MeteredLine[Maildrop]) -> PassReport:
    account, profile = line.account, profile_of(line.account)

    def after_letter() -> None:
        derive_emails(db, most=BATCH)
        line.after_window()

    def seen() -> list[Seen]:
        return seen_of_pass(account.id, report, line.session.traffic)

    line.begin_pass()
    report = PassReport()
    async with watching(db, seen, goes_on=True):
        await sync_maildrop(
            line.session,
            StoreShelf(db, account, now),
            now=now,
            delete_days=account.pop3_delete_days,
            lean=profile.list_first,
            most_octets=profile.attachment_octets_unasked,
            may_fetch=partial(line.may_fetch, Lane.TEXT),
            after_letter=after_letter,
            report=report,
        )
    forget_works(db, works_of(db, account.id))
    await derive_all(db)
    look(db, account.id, now=now(), is_whole=True, saw_everything=not report.waiting_emails)
    if file_sent_copies(db, account, now=now()):
        settle_wishes(db, account.id)
    return report


def rest_seconds(account: Account) -> float:
    """Between two looks. A POP3 server is logged in to anew each time, and some mind (RFC 2449)."""
    return max(LOGIN_DELAY_SECONDS, profile_of(account).plain_poll_seconds)


def settle_here(db: Connection, account_id: AccountId) -> None:
    """Do at once what the person wishes of a POP3 account: no server has a say in it."""
    if account_now(db, account_id).incoming is Incoming.POP3:
        settle_wishes(db, account_id)

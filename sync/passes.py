"""One pass over one account: the steps that the node repeats and `pli sync` takes once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from functools import partial

from store.db.accounts import account as account_now
from store.db.accounts import set_capabilities, set_link
from store.db.draft_settling import note_twice, versions
from store.db.health_wishes import with_wish
from store.db.letter_sizes import note_largest
from store.db.open import Connection
from store.db.opened import any_claims
from store.db.replica import has_pending
from store.db.works import begin_anew, forget_works, works_of
from store.errors import MailError, NeedsUser, Transient
from store.host.clock import now
from store.host.keys import DataKey
from store.host.log import event
from store.host.paths import Home
from store.host.place import Witness
from store.host.secrets import password_for
from store.model.account import Account, Incoming, Link
from sync.clock import know_clock
from sync.derive import derive_all, derive_emails
from sync.documents.duty import read_documents
from sync.imap.account import sync_account
from sync.imap.manner import Manner
from sync.imap.perform import PassReport
from sync.imap.session import ImapSession
from sync.keyring import opened_keys
from sync.link.budget import Lane
from sync.link.line import MeteredLine, note, open_line
from sync.link.profile import profile_of
from sync.link.recorder import Recorder
from sync.long_works import seen_of_pass
from sync.pop3.passes import maildrop_pass
from sync.replica.drafts import forked
from sync.returning import bring_back
from sync.submit.copies import file_sent_copies
from sync.submit.deadlines import late_by_now
from sync.submit.kept import Keeper
from sync.submit.looking import ask_for_a_look, look, next_look
from sync.submit.outbox import MOST_LINES, Password, next_due, run_outbox
from sync.submit.recorded import RecordedSubmitter
from sync.trust.server import server_trust
from sync.watching import Seen, watching

log = logging.getLogger(__name__)
READ_AT_ONCE = 100
"""Letters read after each window at least: a first page, though a lean window is of few letters.
And letters whose documents are read after a whole pass; a node reads those of a first one."""
OUTBOX_LOOK_SECONDS = 60
LOOK_AGAIN_SECONDS = 60
"""How long a lean line brings old letters before it asks whether there are new ones."""


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
    begin_anew(db)
    await bring_back(db)
    password = asked_once(account, home, key)
    trouble = await _tried(_send(db, account, password, home, key))
    try:
        report = await _mailboxes(db, account, await password())
    except MailError as error:
        link = Link.NEEDS_USER if isinstance(error, NeedsUser) else Link.OFFLINE
        set_link(db, account.id, link, error=error.code)
        late_by_now(db, account)
        raise
    if late_by_now(db, account):
        trouble = await _tried(_send(db, account, password, home, key))
    if any_claims(db):
        from sync.opening.duty import keep_letters  # with the S/MIME engine, when it has work

        await keep_letters(db, key=key)
    await read_documents(db, most=READ_AT_ONCE)
    if trouble is not None:
        raise trouble
    return report


async def _tried(sending: Awaitable[None]) -> MailError | None:
    try:
        await sending
    except MailError as error:
        return error
    return None


def asked_once(account: Account, home: Home, key: DataKey) -> Password:
    """Asks for the password when it is first wanted, and never again: a command may take seconds,
    or a person's finger. One that cannot be read is asked for anew."""
    known: list[str] = []

    async def password() -> str:
        if not known:
            known.append(await asyncio.to_thread(password_for, account, home, key))
        return known[0]

    return password


async def _send(
    db: Connection,
    account: Account,
    password: Password,
    home: Home,
    key: DataKey,
    keeper: Keeper | None = None,
) -> None:
    """Everything that is due; what that cost is written once it is over.

    The password is asked for by the first letter: that an answer is late, or that the time to
    withdraw a letter is over, is no business of a server.
    """
    at = now()
    know_clock(db)
    later: Transient | None = None
    if with_wish(db):
        from sync.dispatch.composing import dispatch_composed  # with the builders

        try:
            await dispatch_composed(db, account, now=at)
        except Transient as error:  # a document is built later; every letter leaves now
            later = error
    recorder = Recorder()
    try:
        heard, trust = partial(note_largest, db, account.id), server_trust(db, account)
        connect = partial(RecordedSubmitter, recorder, trust=trust, keeper=keeper, heard=heard)
        keys = partial(opened_keys, db, key)
        # On a thin line several connections share what one has, and each pays for its log-in.
        most = 1 if profile_of(account).list_first else MOST_LINES
        await run_outbox(
            db,
            account,
            password,
            now=now,
            connect=connect,
            keys=keys,
            most_lines=most,
            dotted=Witness(home).dotted,
            know_clock=partial(know_clock, db),
        )
    finally:
        note(db, account.id, recorder)
    if later is not None:
        raise later


async def _mailboxes(db: Connection, account: Account, password: str) -> WholePass:
    if account.incoming is Incoming.POP3:
        brought = await maildrop_pass(db, account, password)
        octets, turns = brought.octets, brought.turns
        return WholePass(fetched=brought.fetched, vanished=0, pushed=0, octets=octets, turns=turns)
    set_link(db, account.id, Link.CONNECTING)
    async with open_line(db, account, password) as line:
        set_link(db, account.id, Link.SYNCING)
        reports = [await one_pass(db, line)]
        if has_pending(db, account.id):
            reports.append(await one_pass(db, line))
        while reports[-1].unfinished:
            reports.append(await one_pass(db, line))
        remember(db, line)
    line.end_pass(synced_at=now(), waiting=reports[-1].waiting_emails)
    return WholePass(
        fetched=sum(r.fetched for r in reports),
        vanished=sum(r.vanished for r in reports),
        pushed=sum(r.keywords_pushed + r.moved + r.appended for r in reports),
        octets=line.session.traffic.octets_in + line.session.traffic.octets_out,
        turns=line.session.traffic.turns,
    )


async def one_pass(db: Connection, line: MeteredLine[ImapSession]) -> PassReport:
    """Every mailbox once, then what follows from it: evidence for the outbox, Sent copies."""
    account, time = line.account, asyncio.get_running_loop().time
    late_at = time() + LOOK_AGAIN_SECONDS

    def after_window(db: Connection) -> None:
        derive_emails(db, most=max(READ_AT_ONCE, line.profile.window_emails))  # what just came
        line.after_window()

    line.begin_pass()
    report = PassReport()
    manner = Manner(
        window_emails=line.profile.window_emails,
        lean=line.lean,
        may_fetch=line.may_fetch,
        may_bring=partial(line.may_fetch, Lane.DOCUMENT),
        is_late=lambda: time() > late_at,
    )

    def seen() -> list[Seen]:
        return seen_of_pass(account.id, report, line.session.traffic)

    async with watching(db, seen, goes_on=True):
        await sync_account(
            *(line.session, db, account, report), after_window=after_window, manner=manner
        )
    forget_works(db, works_of(db, account.id))
    await derive_all(db)
    note_twice(db, forked(versions(db, account.id)), now=now())
    whole, all_here = not report.unfinished, not report.waiting_emails
    settled = look(db, account.id, now=now(), is_whole=whole, saw_everything=all_here)
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


def remember(db: Connection, line: MeteredLine[ImapSession]) -> None:
    """What the server can, for the next connection to begin with."""
    account = account_now(db, line.account.id)
    if line.session.remembered != account.capabilities:
        set_capabilities(db, account.id, line.session.remembered)


async def outbox_pass(
    db: Connection, account: Account, home: Home, key: DataKey, keeper: Keeper | None = None
) -> float:
    """Send what is due. Returns for how many seconds nothing more is.

    Args:
        keeper: has the connection that the last pass left, and gets this one's.

    Raises:
        MailError: what keeps every letter from leaving; they wait, with the reason on them.
    """
    know_clock(db)
    ask_for_a_look(db, account, now=now())
    due = next_due(db, account.id, now=now())
    if due is None or due > now():
        times = [at for at in (due, next_look(db, account.id)) if at is not None and at > now()]
        return min([at - now() for at in times] + [OUTBOX_LOOK_SECONDS])
    await _send(db, account, asked_once(account, home, key), home, key, keeper)
    return 0.0

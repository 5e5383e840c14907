"""One connection to an account: used as its profile says, recorded, kept within its budget."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from time import monotonic
from typing import Generic, TypeVar

from store.db import link
from store.db.accounts import account as account_now
from store.db.accounts import set_capabilities, set_link
from store.db.open import Connection
from store.db.replica import has_much_to_tell
from store.host import clock
from store.host.log import event
from store.model.account import Account, Link, Profile
from store.model.ids import AccountId
from store.model.link import Hold
from sync.imap.connect import connect
from sync.imap.exchange import Patience
from sync.imap.session import ImapSession
from sync.link.budget import Lane, Spent, held, limited
from sync.link.estimate import estimate
from sync.link.profile import LineProfile, choose, profile_of
from sync.link.recorder import Recorded, Recorder
from sync.replica.lean import WIDE, Lean
from sync.trust.server import server_trust

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Recorded)
NOTE_SECONDS = 60
"""What a long pass costs is written this often, and more often under a budget: it is what a power
cut may forget."""


@asynccontextmanager
async def open_line(
    db: Connection, account: Account, password: str, *, watch: bool = False
) -> AsyncIterator[MeteredLine[ImapSession]]:
    """Logged in, and out at the end. When it is cut short, what it cost is written all the same.

    watch: news will be waited for, where the profile stays connected for that.
    """
    recorder, profile = Recorder(), profile_of(account)
    patience = Patience(
        silence_seconds=profile.silence_seconds, command_seconds=profile.command_seconds
    )
    try:
        session = await connect(
            account,
            password,
            timeout=profile.connect_seconds,
            patience=patience,
            recorder=recorder,
            listing=True,
            much=account.last_synced_at is None or has_much_to_tell(db, account.id),
            watch=watch and profile.idle,
            remember=partial(_remember, db, account.id),
            trust=server_trust(db, account),
        )
        try:
            yield MeteredLine(db, account, session)
        finally:
            await session.logout()
    except BaseException:
        note(db, account.id, recorder)
        raise


def _remember(db: Connection, account_id: AccountId, words: str) -> None:
    """Write what the next connection should begin with, if it can be, as `note` does."""
    try:
        set_capabilities(db, account_id, words)
    except Exception as error:
        event(log, logging.WARNING, "account.unremembered", account=account_id, error=error)


def note(db: Connection, account_id: AccountId, recorder: Recorder) -> None:
    """Write what was recorded, if it can be.

    A log that cannot be written must not hide what happened, nor keep the node from stopping.
    """
    try:
        link.record(db, account_id, recorder.take())
    except Exception as error:  # raised instead of a cancellation, it would undo that
        event(log, logging.WARNING, "link.unrecorded", account=account_id, error=error)


class MeteredLine(Generic[S]):
    """A session, and what its use costs."""

    def __init__(self, db: Connection, account: Account, session: S) -> None:
        self.account, self.session = account, session
        self.hold: Hold | None = None
        """What kept letters from coming in this pass."""
        self._db = db
        self._noted = monotonic()
        self._measure()

    @property
    def profile(self) -> LineProfile:
        """How to use it now."""
        return profile_of(self.account)

    @property
    def lean(self) -> Lean | None:
        """How it brings letters when it lists them first; None when it brings them whole."""
        line = self.profile
        if not line.list_first:
            return None
        most = line.attachment_octets_unasked
        return Lean(
            at_once=line.attachment_octets_at_once, most=WIDE.most if most is None else most
        )

    def begin_pass(self) -> None:
        """The budget is asked anew, and what the line was like lately counts."""
        self.hold = None
        self._measure()

    def may_fetch(self, lane: Lane = Lane.TEXT, size: int = 0) -> bool:
        """Whether the budget lets so many octets begin; `hold` says why not."""
        budget = link.budget(self._db, self.account.id)
        if not limited(budget):
            return True
        now = clock.local(clock.now())
        waits = held(lane, size, now, self._spent(now.date().isoformat()), budget)
        if waits is not None:
            self.hold = Hold(reason=waits.limit, until_at=int(waits.until.timestamp()))
        return waits is None

    def after_window(self) -> None:
        """Write what it cost, at times; each time where it is counted against a budget."""
        metered = limited(link.budget(self._db, self.account.id))
        if metered or monotonic() - self._noted > NOTE_SECONDS:
            self._noted = monotonic()
            note(self._db, self.account.id, self.session.recorder)

    def end_pass(self, *, synced_at: int, waiting: int) -> None:
        """One commit says that the pass is over, what it cost, and what waits."""
        auto = self.account.auto_profile if self.account.profile is Profile.AUTO else None
        hold = None if self.hold is None else replace(self.hold, waiting=waiting)
        report = self.session.recorder.end_pass(hold=hold, auto_profile=auto)
        set_link(self._db, self.account.id, Link.ONLINE, synced_at=synced_at, report=report)

    def _spent(self, today: str) -> Spent:
        unwritten = self.session.recorder.unwritten.total
        return Spent(
            today=link.spent(self._db, self.account.id, today).total + unwritten,
            this_month=link.spent(self._db, self.account.id, today[:7]).total + unwritten,
        )

    def _measure(self) -> None:
        """What `auto` stands for: the steps of this connection count before any is written."""
        if self.account.profile is not Profile.AUTO:
            return
        unwritten = reversed(self.session.recorder.steps)
        measured = estimate(chain(unwritten, link.recent_steps(self._db, self.account.id)))
        current = account_now(self._db, self.account.id).auto_profile
        self.account = replace(self.account, auto_profile=choose(current, measured))

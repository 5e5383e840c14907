"""One op, carried out: say (commit), one remote effect, hear (commit). No decision is made here.

Killed between any two of these, the next pass finds in the placement what was said, and either
sees on the server that it was done or does it again: an op repeated is an op done once.

A server that clearly says no has done nothing: the wish stays, with the reason on its row, and
the next op goes on. A line that breaks ends the pass; what was said stays said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from store.errors import MailError, Permanent
from store.host.log import event
from store.model.email import Keywords, Placement
from store.model.ids import MailboxId, PlacementId
from store.model.mailbox import Mailbox
from sync.imap.halving import Given, Noes, by_halves
from sync.imap.keeping import Keeper
from sync.imap.losing import lose
from sync.imap.progress import Progress
from sync.imap.uploading import Uploading
from sync.replica import merge
from sync.replica.facts import Outlined
from sync.replica.ops import (
    Announce,
    Append,
    Expunge,
    Fetch,
    Forget,
    Keep,
    Lose,
    Move,
    Op,
    Rebase,
    Shown,
    StoreKeywords,
    Withdraw,
)
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class PassReport:
    """What a pass did. Counts Emails, but where said otherwise."""

    mailboxes: int = 0
    """Mailboxes looked into."""
    fetched: int = 0
    """Whole, those brought by a lean line included."""
    announced: int = 0
    """Known of by a lean line, to be brought later."""
    unfinished: bool = False
    """A lean line has more to bring: no waiting for news before that."""
    vanished: int = 0
    lost: int = 0
    """Gone, too many at once to forget: a person is asked."""
    keywords_pushed: int = 0
    moved: int = 0
    expunged: int = 0
    appended: int = 0
    refused: int = 0
    """Wishes and mailboxes the server said no to."""
    turns: int = 0
    """Round trips."""
    octets: int = 0
    """Both ways, as counted under TLS."""
    wanted_at: int = 0
    """The last wish for all of a letter, or for one part, that the pass knew of; Unix seconds."""
    waiting: dict[MailboxId, int] = field(default_factory=dict)
    """Emails that the budget, or a pause, kept from coming."""
    progress: Progress = field(default_factory=Progress, compare=False)

    @property
    def waiting_emails(self) -> int:
        """In all mailboxes."""
        return sum(self.waiting.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """Performs ops on the selected mailbox."""

    remote: Remote
    local: Local
    mailbox: Mailbox
    uidnext: int
    """UIDNEXT when the mailbox was selected, 0 if unsaid: our uploads will be at or above it."""
    targets: Mapping[MailboxId, tuple[bytes, int]]
    """Wire name of every mailbox that is there, and a UIDNEXT it is known to have reached."""
    report: PassReport
    noes: Noes = field(default_factory=Noes)

    async def __call__(self, op: Op) -> bool:
        """Carry out `op`. True when all of it is done, or is certain to be found undone later."""
        match op:
            case Rebase(shown):
                self._show(shown, merge.adopted)
            case Keep(shown):
                self._show(shown, merge.kept, choice=merge.chosen)
            case Forget(ids):
                self.local.change(ids, _gone, choice=merge.chosen)
                self.report.vanished += len(ids)
            case Lose(ids, holding):
                self.report.lost += lose(self.local, self.mailbox.id, ids, holding)
            case Withdraw(ids):
                self.local.change(ids, merge.withdrawn)
            case StoreKeywords():
                await self._store_keywords(op)
            case Move(target, ids):
                await self._move(target, ids)
            case Expunge(ids):
                await self._expunge(ids)
            case Append(ids):
                return await self._append(ids)
            case Fetch(uids):
                return await self._fetch(uids)
            case Announce(uids, begin):
                return await self._announce(uids, begin)
        return True

    def _show(
        self,
        shown: Sequence[Shown],
        how: Callable[[Placement, Keywords], Placement],
        choice: Callable[[Placement, Placement | None], str] = merge.nothing_chosen,
    ) -> None:
        theirs = {each.placement_id: each.theirs for each in shown}
        self.local.change(list(theirs), lambda held: how(held, theirs[held.id]), choice=choice)

    async def _store_keywords(self, op: StoreKeywords) -> None:
        theirs = {each.placement_id: each.theirs for each in op.shown}

        def say(held: Placement) -> Placement:
            return merge.keywords_said(held, theirs[held.id], op.after(theirs[held.id]))

        changed = self.local.change(list(theirs), say)
        said = [held for held in changed if held.sent is not None]
        if not said:
            return
        try:
            await self.remote.store(_uids(said), add=op.add, remove=op.remove)
        except NO as error:
            self._refused(said, merge.keywords_refused, error)
            return
        self.local.change(_ids(said), merge.keywords_heard)
        self.report.keywords_pushed += len(said)

    async def _move(self, target: MailboxId, ids: Sequence[PlacementId]) -> None:
        if not (self.remote.has("MOVE") or self.remote.has("UIDPLUS")):
            # A copy whose original cannot be removed by itself would be a second letter.
            self._refused(self.local.now(ids), merge.refused, Permanent("imap.cannot_move"))
            return
        if target not in self.targets:
            # Its creation was refused, or it is younger than this pass: the letters wait for it.
            self._refused(self.local.now(ids), merge.refused, Permanent("mailbox.not_created"))
            return
        wire_name, from_uid = self.targets[target]
        said = self.local.change(ids, partial(merge.move_said, target=target, from_uid=from_uid))
        if not said:
            return
        try:
            now_at = await self.remote.move(_uids(said), wire_name)
        except NO as error:
            # Some may have moved all the same (RFC 6851 §3.3), or been copied: a search tells.
            self._refused(said, merge.refused, error)
            return
        self.report.moved += len(said)
        if now_at is None:
            return  # settled by search before anything is fetched from the target

        def hear(held: Placement) -> Placement:
            uid = now_at.get(held.uid or 0)
            return merge.not_moved(held) if uid is None else merge.moved(held, uid)

        self.local.change(_ids(said), hear)

    async def _expunge(self, ids: Sequence[PlacementId]) -> None:
        still = [held for held in self.local.now(ids) if held.deleted and held.uid is not None]
        if not still:
            return
        try:
            if not await self.remote.expunge(_uids(still)):
                raise Permanent("imap.no_uidplus")
        except NO as error:
            self._refused(still, merge.refused, error)
            return
        self.local.change(_ids(still), merge.expunged)
        self.report.expunged += len(still)

    async def _append(self, ids: Sequence[PlacementId]) -> bool:
        """False when the server has one and does not show it: the next visit looks for it."""

        def count(letters: int) -> None:
            self.report.appended += letters

        return await Uploading(
            remote=self.remote,
            local=self.local,
            mailbox=self.mailbox,
            uidnext=self.uidnext,
            refused=self._refused,
            uploaded=count,
            progress=self.report.progress,
        )(ids)

    async def _announce(self, uids: Sequence[int], begin: int) -> bool:
        """Few octets a letter: all of a window are in memory, and in one commit."""
        came: dict[int, Outlined] = {}
        wanted = set(uids)

        def take(outlined: Outlined) -> None:
            if outlined.uid in wanted:
                wanted.remove(outlined.uid)
                came[outlined.uid] = outlined

        async def ask(part: Sequence[int]) -> None:
            await self.remote.outlines(part, take, begin=begin)

        given = Given(self.remote, self.local, self.mailbox.id)
        await by_halves(uids, wanted, ask, self.noes, given)
        newest_first = [came[uid] for uid in sorted(came, reverse=True)]
        new, whole = self.local.announce(self.mailbox.id, newest_first, begin)
        self.report.announced += new
        self.report.fetched += whole
        return len(newest_first) == len(uids)

    async def _fetch(self, uids: Sequence[int]) -> bool:
        arrived = self.report.progress.note_arrived
        keeper = Keeper(self.local, self.mailbox.id, set(uids), arrived)
        await keeper.fetch(self.remote, uids, self.noes)
        self.report.fetched += keeper.new
        if keeper.wanted:
            # Expunged meanwhile, most often, or refused; the next pass looks again.
            event(
                log,
                logging.INFO,
                "mailbox.letters_withheld",
                mailbox=self.mailbox.id,
                letters=len(keeper.wanted),
            )
        return not keeper.wanted

    def _refused(
        self,
        said: Sequence[Placement],
        how: Callable[[Placement, str], Placement],
        error: MailError,
    ) -> None:
        self.local.change(_ids(said), merge.told_no(said, how, error.code))
        self.report.refused += len(said)
        event(
            log,
            logging.WARNING,
            "replica.refused",
            mailbox=self.mailbox.id,
            letters=len(said),
            error=error,
        )


def _gone(_: Placement) -> None:
    """Its Email and its octets stay in the store."""


def _uids(placements: Sequence[Placement]) -> list[int]:
    return [held.uid for held in placements if held.uid is not None]


def _ids(placements: Sequence[Placement]) -> list[PlacementId]:
    return [held.id for held in placements]

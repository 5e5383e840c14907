"""One pass over one account: which mailboxes are due, in which order, until all is said.

INBOX first. A mailbox is passed over when STATUS says that nothing changed, what is held adds up
to what exists, and nothing is wished of it. Wishes go before downloads: a first sync that takes
days is left between two windows for a key pressed meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from store.db.open import Connection
from store.errors import Permanent
from store.host import clock
from store.host.log import event
from store.model.account import Account
from store.model.draft import Draft
from store.model.email import Placement
from store.model.ids import MailboxId
from store.model.mailbox import Mailbox
from sync.imap.bringing import Bringing
from sync.imap.following import follow
from sync.imap.local import StoreLocal
from sync.imap.losing import lose
from sync.imap.mailbox import visit
from sync.imap.manner import AT_WILL, Manner
from sync.imap.naming import carry_out_names, settle_names
from sync.imap.pausing import Pausing
from sync.imap.perform import PassReport
from sync.imap.settle import settle_moves
from sync.replica import drafts, merge
from sync.replica.facts import Ahead, Listed, Numbered
from sync.replica.guard import missed, to_forget
from sync.replica.plan import FIRST_PAGE
from sync.replica.seams import Local, Remote

log = logging.getLogger(__name__)
NOT_OPENED = "mailbox.not_opened"
"""Why a wish waits that the server never heard."""
AHEAD_EMAILS = 3
"""Asked for with SELECT, on a lean line: of more, deflating would save what the turn does."""
ROUNDS = 3
"""Settles any quiet server (tests/sim); what a busy one leaves waits for the next pass."""


def _nothing(_: object = None) -> None:
    """Nobody wants to know."""


async def sync_account(
    session: Remote,
    db: Connection,
    account: Account,
    report: PassReport | None = None,
    *,
    after_window: Callable[[Connection], object] = _nothing,
    manner: Manner = AT_WILL,
    now: Callable[[], int] = clock.now,
) -> PassReport:
    """Bring every mailbox of an account to agreement with its server.

    `report` is written while it goes, for whoever looks; `after_window(db)` runs after each window
    of letters is committed.

    Raises:
        Transient: the line, or the server's mood; what was committed stays.
        NeedsUser: the server wants a person.
    """
    before = session.traffic.turns, session.traffic.octets_in + session.traffic.octets_out
    report = PassReport() if report is None else report
    local = StoreLocal(db, account.id, now)
    try:
        after = partial(after_window, db)
        await _Pass(session, local, report, after_window=after, manner=manner).run()
    finally:
        traffic = session.traffic
        report.turns = traffic.turns - before[0]
        report.octets = traffic.octets_in + traffic.octets_out - before[1]
    return report


async def sync_replica(remote: Remote, local: Local, manner: Manner = AT_WILL) -> PassReport:
    """The same between any two seams; what the simulation drives."""
    report = PassReport()
    await _Pass(remote, local, report, manner=manner).run()
    return report


@dataclass(slots=True)
class _Pass:
    remote: Remote
    local: Local
    report: PassReport
    after_window: Callable[[], object] = field(default=_nothing, kw_only=True)
    manner: Manner = field(default=AT_WILL, kw_only=True)
    targets: dict[MailboxId, tuple[bytes, int]] = field(default_factory=dict)
    said: dict[bytes, Numbered | None] = field(default_factory=dict)
    """STATUS of each mailbox, by wire name."""
    pausing: Pausing = field(init=False)

    async def run(self) -> None:
        """List, then visit what is due until nothing is wished or three rounds have gone."""
        await self._visits()
        bringing = Bringing(
            remote=self.remote,
            local=self.local,
            manner=self.manner,
            pausing=self.pausing,
            progress=self.report.progress,
            after_range=self.after_window,
        )
        self.report.unfinished |= not await bringing.run()
        self.report.fetched += bringing.whole
        self.report.waiting |= bringing.waiting
        self.report.wanted_at = bringing.wanted_at

    async def _visits(self) -> None:
        listed = await self._listed()
        self.said = {each.wire_name: each.status for each in listed}
        self.local.settle_drafts()  # what was done to them here since the last visit
        self.local.file_drafts(self._may_go)
        known = self.local.mailboxes()
        self.targets = {m.id: (m.wire_name, _reached(m, self.said)) for m in known if m.created}
        numbered = ((m.id, self.said.get(m.wire_name)) for m in known)
        self.pausing = Pausing(self.local, {id_: said for id_, said in numbered if said})
        due = _due(self.local, listed)
        self.report.progress.letters = self._to_come(due)
        for _ in range(ROUNDS):
            await self._visit_all(due)
            self.local.settle_drafts()
            due = self._wished()
            if not due:
                break
        self._settle_losses()

    def _to_come(self, due: Sequence[MailboxId]) -> int:
        """How many letters these have that are not held, as far as their server counts them."""
        held = self.local.held_counts() if due else {}
        there = ((id_, self.pausing.listed.get(id_)) for id_ in due)
        return sum(max(0, s.messages - held.get(id_, 0)) for id_, s in there if s is not None)

    def _may_go(self, draft: Draft) -> bool:
        octets = drafts.octets_about(draft)
        return drafts.may_go_now(octets, self.manner.lean, self.manner.may_bring)

    async def _listed(self) -> Sequence[Listed]:
        """The server's list, noted; the letters of a mailbox it leaves out are lost."""
        listed = await self.remote.list_mailboxes()
        settle_names(self.local, listed)
        if self._missed(listed):
            # So much is asked about twice before it is believed.
            listed = await self._listed_again()
        missing = self._missed(listed)
        self.local.save_listing(listed)
        for mailbox_id in missing:
            ids = self.local.on_server(mailbox_id)
            self.report.lost += lose(self.local, mailbox_id, ids, len(ids))
        if await carry_out_names(self.remote, self.local, listed):
            listed = await self._listed_again()
            self.local.save_listing(listed)
        return listed

    async def _listed_again(self) -> Sequence[Listed]:
        """The list, once a mailbox may have another name: its own, or by somebody else's doing.

        A no to what we asked is not proof that it was not done either.
        """
        listed = await self.remote.list_mailboxes()
        settle_names(self.local, listed)
        missing = [self.local.mailbox(each) for each in self._missed(listed)]
        await follow(self.remote, self.local, missing, listed)
        return listed

    def _missed(self, listed: Sequence[Listed]) -> list[MailboxId]:
        names = {each.wire_name for each in listed if each.selectable}
        return missed(self.local.mailboxes(), self.local.held_counts(), names)

    def _settle_losses(self) -> None:
        """Now that every mailbox was looked into: what need not be asked any more."""
        for loss in self.local.losses():
            forgotten = sorted(to_forget(loss))
            if forgotten:
                self.local.change(forgotten, merge.lost_for_good)
                self.report.vanished += len(forgotten)

    async def _visit_all(self, due: Sequence[MailboxId]) -> None:
        waiting = list(due)
        while waiting:
            self.report.refused += await settle_moves(self.remote, self.local)
            mailbox_id = waiting.pop(0)
            if not await self._visit(mailbox_id):
                first = [mailbox for mailbox in self._wished() if mailbox != mailbox_id]
                waiting = list(dict.fromkeys([*first, mailbox_id, *waiting]))
        self.report.refused += await settle_moves(self.remote, self.local)

    async def _visit(self, mailbox_id: MailboxId) -> bool:
        mailbox = self.local.mailbox(mailbox_id)
        waiting = self.local.placements_among(mailbox_id, ())
        try:
            return await visit(
                self.remote,
                self.local,
                mailbox,
                targets=self.targets,
                report=self.report,
                after_window=self.after_window,
                manner=self.manner,
                pausing=self.pausing,
                newest_from=self._newest_from(mailbox),
                ahead=self._ahead(mailbox),
            )
        except Permanent as error:
            self._refused(mailbox, waiting, error)
            return True

    def _newest_from(self, mailbox: Mailbox) -> int:
        """On a lean line a mailbox never seen shows its first page in one turn."""
        if self.manner.lean is None or mailbox.uidvalidity is not None:
            return 0
        said = self.said.get(mailbox.wire_name)
        there = 0 if said is None else said.messages
        return max(1, there - FIRST_PAGE + 1) if there else 0

    def _ahead(self, mailbox: Mailbox) -> Ahead | None:
        """On a lean line a few new letters come with SELECT: they would be asked for next."""
        lean, said = self.manner.lean, self.said.get(mailbox.wire_name)
        if lean is None or said is None or mailbox.uidnext is None:
            return None
        new = range(mailbox.uidnext, said.uidnext)
        if said.uidvalidity != mailbox.uidvalidity or not 0 < len(new) <= AHEAD_EMAILS:
            return None
        settled = self.local.unsettled_from(mailbox.id) is None
        if not settled or self.local.held_among(mailbox.id, new) or not self.manner.may_fetch():
            return None
        return Ahead(said.uidvalidity, new[0], new[-1], lean.begin)

    def _refused(self, mailbox: Mailbox, waiting: Sequence[Placement], error: Permanent) -> None:
        """The others go on. What was wished of this one was not told, and so was not refused."""
        wished = [held for held in waiting if not (held.lost or held.unlinked)]
        ids = [held.id for held in wished]
        self.local.change(ids, merge.told_no(wished, merge.refused, NOT_OPENED))
        self.report.refused += 1
        event(log, logging.WARNING, "mailbox.refused", mailbox=mailbox.id, error=error)

    def _wished(self) -> list[MailboxId]:
        wished = self.local.wished_mailboxes()
        return [mailbox.id for mailbox in self.local.mailboxes() if mailbox.id in wished]


def _reached(mailbox: Mailbox, status: Mapping[bytes, Numbered | None]) -> int:
    """A UIDNEXT the mailbox has certainly reached: any letter of ours will be at or above it."""
    said = status.get(mailbox.wire_name)
    if said is not None and said.uidvalidity == mailbox.uidvalidity:
        return said.uidnext
    return 1


def _due(local: Local, listed: Sequence[Listed]) -> list[MailboxId]:
    said = {each.wire_name: each.status for each in listed if each.selectable}
    pending, held = local.pending_mailboxes(), local.held_counts()
    return [
        mailbox.id
        for mailbox in local.mailboxes()
        if mailbox.wire_name in said
        and (
            mailbox.id in pending
            or not _unchanged(mailbox, said[mailbox.wire_name], held.get(mailbox.id, 0))
        )
    ]


def _unchanged(mailbox: Mailbox, said: Numbered | None, held: int) -> bool:
    """Without HIGHESTMODSEQ only a listing can tell that a keyword changed."""
    if said is None or said.highestmodseq is None:
        return False
    return (said.uidvalidity, said.uidnext, said.highestmodseq, said.messages) == (
        mailbox.uidvalidity,
        mailbox.uidnext,
        mailbox.highestmodseq,
        held,
    )

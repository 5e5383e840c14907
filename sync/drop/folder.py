"""One look at a watched folder: put away what has ended, finish what a crash left, take the rest.

For each document, in this order: it is claimed by a rename, read, and written in one transaction
into the ledger and the outbox; when its letter has ended, the ledger says where it goes, the file
follows, and that is noted. Killed between any two of these, the next look finishes them: a claim
that the ledger does not know is taken up again, and the ledger knows each content once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from store.db import drop_ledger as ledger
from store.db import drops
from store.db.open import Connection
from store.db.private import private_of
from store.errors import NeedsUser, Usage
from store.host.i18n import sentence
from store.host.log import event
from store.host.private import Private
from store.model.drop import DropItem, DropRule, ItemState, RuleState
from store.model.ids import DropRuleId
from sync.drop import away, files, plan
from sync.drop.book import enter
from sync.drop.claiming import Claimed, Ready, take_in_batch, take_up
from sync.drop.files import Root
from sync.drop.kernel import flush
from sync.drop.letter import local_day, local_time
from sync.drop.plan import Entry, Ignore, Policy, Reason, Refuse, Sighting, Take, Wait
from sync.drop.report import Tally
from sync.submit.security import Keys, no_keys

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)
MOST_PER_LOOK = 100
"""Then what has ended is put away before more is taken."""


def check_folder(folder: Path, private: Private, *, create: bool) -> None:
    """Refuse a folder that `prepare_folder` should not touch. Makes nothing.

    Args:
        folder: to be watched.
        private: what must never leave.
        create: it may be missing, and will be made.

    Raises:
        Usage: `drop.no_such_folder`.
        NeedsUser: `drop.folder_private`, `drop.folder_denied`, `drop.folder_unsafe`...
    """
    if folder.exists():
        files.check(str(folder), private)
        return
    if not create:
        raise Usage("drop.no_such_folder", folder=str(folder))
    # What is not there yet holds nothing; it may only not be made inside the home.
    above = next(d for d in folder.absolute().parents if d.exists())
    try:
        directory = os.open(above, files.DIRECTORY)
    except OSError as error:
        raise files.trouble(error, str(above)) from error
    try:
        if private.found().has_inside(directory):
            raise NeedsUser("drop.folder_private", folder=str(folder))
    finally:
        os.close(directory)


def prepare_folder(folder: Path, private: Private | None = None) -> None:
    """Make a folder ready to be watched, for its owner only when it does not exist yet.

    Raises:
        NeedsUser: `drop.folder_private`, `drop.folder_denied`, `drop.folder_unsafe`...
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NeedsUser("drop.not_a_folder", folder=str(folder)) from error
    except OSError as error:
        raise files.trouble(error, str(folder)) from error
    with files.opened(str(folder), private) as root:
        if not os.access(".", os.R_OK | os.W_OK | os.X_OK, dir_fd=root.folder):
            raise NeedsUser("drop.folder_denied", folder=str(folder))


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What may wait for a share that does not answer, off the event loop.

    To its end even when we are cancelled: it works on directories that we are about to close.
    """
    task = asyncio.create_task(asyncio.to_thread(call, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    finally:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        task.exception()  # read, or asyncio complains of what nobody hears any more


def _mounted(rule: DropRule) -> str:
    """Where the rule's disk is mounted.

    Raises:
        NeedsUser: `drop.not_mounted`: it was mounted somewhere that is an empty directory now.
    """
    if rule.mount and not os.path.ismount(rule.mount):
        raise NeedsUser("drop.not_mounted", folder=rule.folder)
    return files.mount_point(rule.folder)


class DropFolder:
    """The folder of one rule, and what the last look saw in it."""

    def __init__(
        self,
        db: Connection,
        rule_id: DropRuleId,
        *,
        policy: Policy,
        now: Callable[[], int],
        tick: Callable[[], float],
        token: Callable[[], str],
        keys: Keys = no_keys,
    ) -> None:
        """`now` gives Unix seconds, `tick` seconds that never go back, `token` unused names."""
        self.db, self.rule_id, self.policy = db, rule_id, policy
        self.now, self.tick, self.token, self.keys = now, tick, token, keys
        self.sightings: dict[bytes, Sighting] = {}
        self.path = ""
        self.identity: tuple[int, ...] | None = None
        """Which directory the last look saw under `path`; None while it is down."""
        self.new_folders = 0

    async def look(self, *, take: bool = True) -> Tally:
        """Look once. Without `take`, nothing new is claimed, only counted.

        Raises:
            NeedsUser: the folder is down; its rule says why.
            Transient: `store.busy`. Nothing is lost; look again.
        """
        rule = drops.rule(self.db, self.rule_id)
        tally = Tally()
        try:
            await self._look(rule, tally, take)
        except OSError as error:
            raise self._down(files.trouble(error, rule.folder)) from error
        except NeedsUser as error:
            raise self._down(error) from error
        return tally

    def _down(self, error: NeedsUser) -> NeedsUser:
        self.identity = None
        drops.set_rule_state(self.db, self.rule_id, RuleState.DOWN, error=error.code)
        return error

    async def _look(self, rule: DropRule, tally: Tally, take: bool) -> None:
        with contextlib.ExitStack() as stack:
            opening = files.opened(rule.folder, private_of(self.db))
            root = await _in_thread(stack.enter_context, opening)
            mount = await _in_thread(_mounted, rule)
            # A directory made again often gets the inode of the one that was deleted.
            self.new_folders += not root.prepared
            self.path, self.identity = rule.folder, (*root.inode, self.new_folders)
            await self._put_away(root, rule, tally)
            if take:
                await self._take_up_orphans(root, rule, tally)
            await self._take(root, rule, tally, take)
        drops.set_rule_state(
            self.db,
            rule.id,
            RuleState.WATCHING,
            error=tally.remark or "",
            scanned_at=self.now(),
            mount=mount,
        )

    async def _put_away(self, root: Root, rule: DropRule, tally: Tally) -> None:
        """Decide for the documents whose letter has ended, then move every ended document."""
        ledger.queue_again(self.db, rule.id, now=self.now())
        ended = ledger.ended_letters(self.db, rule.id, limit=MOST_PER_LOOK)
        ends = []
        for each in ended:
            state, reason = plan.outcome(each.submission_state, some_refused=each.some_refused)
            ends.append(ledger.End(item_id=each.item.id, state=state, reason=reason or ""))
            event(log, logging.INFO, "drop.ended", rule=rule.id, item=each.item.id, state=state)
        if ends:
            ledger.end_items(self.db, ends, now=self.now())
        tally.more = tally.more or len(ended) == MOST_PER_LOOK
        waiting = ledger.items_to_put_away(self.db, rule.id)
        if not waiting:
            return
        await _in_thread(_put_away, root, waiting)
        ledger.put_away(self.db, [item.id for item, _ in waiting])
        for item, _ in waiting:
            tally.put(item.state)

    async def _take_up_orphans(self, root: Root, rule: DropRule, tally: Tally) -> None:
        known = ledger.held_claims(self.db, rule.id)
        found = await _in_thread(files.claims, root)
        for claim in plan.orphans(found, known, rule.mark):
            await self._write(rule, await _in_thread(take_up, root, claim, self.policy), tally)

    async def _take(self, root: Root, rule: DropRule, tally: Tally, take: bool) -> None:
        settled = self._sort(await _in_thread(_listing, root, tally), tally)
        most = MOST_PER_LOOK if take else 0
        tally.waiting += len(settled[most:])
        tally.more = tally.more or (take and len(settled) > most)
        ready = [
            Ready(sighting=sighting, decision=decision, claim=f"{rule.mark}-{self.token()}")
            for sighting, decision in settled[:most]
        ]
        while ready:
            batch = await _in_thread(
                take_in_batch, root, ready, now=self.tick(), policy=self.policy
            )
            ready = ready[batch.looked :]
            for wait in batch.waits:
                tally.wait(wait)
            await self._write(rule, batch.claimed, tally)

    def _sort(self, listing: list[Entry], tally: Tally) -> list[tuple[Sighting, Take | Refuse]]:
        """What is settled, the oldest first; what is not is counted."""
        now, settled = self.tick(), []
        self.sightings = plan.remember(self.sightings, listing, now)
        for entry in listing:
            sighting = self.sightings[entry.name]
            decision = plan.decide(sighting, now, self.policy)
            if isinstance(decision, Ignore):
                tally.remark = tally.remark or decision.reason
            elif isinstance(decision, Wait):
                tally.wait(decision)
            else:
                settled.append((sighting, decision))
        return settled

    async def _write(self, rule: DropRule, claimed: list[Claimed], tally: Tally) -> None:
        """Into the ledger with what was claimed, and its letters into the outbox."""
        for each in claimed:
            self.sightings.pop(each.entry.name, None)
        if claimed:
            aside = await enter(
                self.db, rule, claimed, now=self.now(), token=self.token, keys=self.keys
            )
            # What is set aside has only been written down: the next look moves its file.
            tally.more = tally.more or aside


def _listing(root: Root, tally: Tally) -> list[Entry]:
    """What lies in the folder, but for what must never leave: that stays where it is."""
    found = files.listing(root.folder)
    ours = [entry for entry in found if not root.is_private(entry)]
    if len(ours) < len(found):
        tally.remark = tally.remark or Reason.PRIVATE
    return ours


def _put_away(root: Root, ended: list[tuple[DropItem, str]]) -> None:
    """Move ended documents where their state says, with the reason beside it when there is one."""
    for item, words in ended:
        note = _note(item, words) if item.reason else ""
        if item.state is ItemState.SENT:
            day = local_day(item.updated_at)
            away.to_sent(root, item.claim, item.name, day=day, note=note)
        else:
            away.to_failed(root, item.claim, item.name, note=note)
    flush(root.folder)


def _note(item: DropItem, words: str) -> str:
    """Why a document did not simply leave, for whoever opens the folder."""
    lines = [sentence(item.reason), f"({item.reason}, {local_time(item.updated_at)})"]
    if words and item.reason in (Reason.SERVER_REFUSED, Reason.PARTLY_REFUSED):
        safe = "".join(c if c.isprintable() else " " for c in words)
        lines.append(sentence("drop.note.server", words=safe))
    return "\n".join(lines) + "\n"

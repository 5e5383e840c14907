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
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from store.db import drop_ledger as ledger
from store.db import drop_wishes as wishes
from store.db import drops
from store.db.copied import forget_former_mark
from store.db.drop_places import note_directory, watched_by_others
from store.db.open import Connection
from store.db.private import private_of
from store.errors import MailError, NeedsUser, Usage
from store.host.log import event
from store.model.drop import DropRule, RuleSource, RuleState
from store.model.ids import DropRuleId
from sync.drop import claims, conditions, files, plan
from sync.drop.apart import check_alone
from sync.drop.book import enter
from sync.drop.claiming import Claimed, Ready, take_in_batch, take_up
from sync.drop.doctors import Doctors
from sync.drop.expecting import is_silent
from sync.drop.files import Root
from sync.drop.grouping import Group, sort
from sync.drop.in_thread import in_thread
from sync.drop.listing import list_folder
from sync.drop.plan import Policy, Sighting
from sync.drop.putting import put_away
from sync.drop.reasons import Reason
from sync.drop.releasing import MOST_AT_ONCE, read_held, release
from sync.drop.report import Tally
from sync.drop.telling import Teller
from sync.drop.understand import doctors_of
from sync.submit.fresh import FRESH
from sync.submit.security import Keys, no_keys

log = logging.getLogger(__name__)
OF_THE_LIST = dict.fromkeys(("doctors.bad", "doctors.missing"), "drop.doctors_down")
SHARED = "drop.folder_shared"
"""Then its directory stays noted, and the other rule is down too: neither takes anything."""
MOST_PER_LOOK = 500
"""Then what has ended is put away before more is taken. Each look lists all that is there."""


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
        """Of each name; of what lies in a subfolder, its name and that of the subfolder."""
        self.unentered: set[str] = set()
        """Claims of this look that the ledger does not know yet."""
        self.doctors: Doctors = {}
        self.teller = Teller()
        self.path = ""
        self.identity: tuple[int, ...] | None = None
        """Which directory the last look saw under `path`; None while it is down."""
        self.new_folders = 0
        self.entered: Callable[[], None] = lambda: None
        """Told when documents have come into the outbox."""

    async def look(self, *, take: bool = True) -> Tally:
        """Look once. Without `take`, nothing new is claimed, only counted.

        Raises:
            NeedsUser: the folder is down; its rule says why.
            Transient: `store.busy`. Nothing is lost; look again.
        """
        rule = drops.rule(self.db, self.rule_id)
        tally = Tally()
        try:
            await self._look(rule, tally, take and rule.source is not RuleSource.RETIRED)
        except OSError as error:
            raise self._down(files.trouble(error, rule.folder)) from error
        except Usage:
            raise
        except NeedsUser as error:
            raise self._down(error) from error
        return tally

    def _down(self, error: NeedsUser) -> NeedsUser:
        self.identity = None
        code = OF_THE_LIST.get(error.code, error.code)  # which line, `pli drop test` says
        if code != SHARED:
            note_directory(self.db, self.rule_id, None)
        drops.set_rule_state(self.db, self.rule_id, RuleState.DOWN, error=code)
        return error

    async def _look(self, rule: DropRule, tally: Tally, take: bool) -> None:
        with contextlib.ExitStack() as stack:
            first = partial(conditions.check, rule)
            opening = files.opened(rule.folder, private_of(self.db), first)
            root = await in_thread(stack.enter_context, opening)
            note_directory(self.db, rule.id, root.inode)
            if rule.source is not RuleSource.RETIRED:
                check_alone(root, watched_by_others(self.db, rule.id))
            mount = await in_thread(files.mount_point, rule.folder)
            policy = conditions.policy_of(self.policy, rule)
            self.doctors = await in_thread(doctors_of, rule)
            # A directory made again often gets the inode of the one that was deleted.
            self.new_folders += not root.prepared
            self.path, self.identity = rule.folder, (*root.inode, self.new_folders)
            await self._put_away(root, rule, tally)
            await self._release(root, rule, policy, tally)
            await self._take_all(root, rule, policy, tally, take)
            tally.remark = await self.teller.tell(self.db, root, rule, self.now()) or tally.remark
        if self._is_silent(rule):
            tally.remark = Reason.SILENT
        drops.set_rule_state(
            self.db,
            rule.id,
            RuleState.WATCHING,
            error=tally.remark or "",
            scanned_at=self.now(),
            mount=mount,
        )

    async def _take_all(
        self, root: Root, rule: DropRule, policy: Policy, tally: Tally, take: bool
    ) -> None:
        """Take what is there. Stopped half way, perhaps because the rule is gone or has another
        folder by now, what is only claimed is given back: nobody might ever look for it again."""
        self.unentered = set()
        try:
            if take or rule.source is RuleSource.RETIRED:
                await self._take_up_orphans(root, rule, policy, tally, take)
            await self._take(root, rule, policy, tally, take)
        except (asyncio.CancelledError, MailError):
            with contextlib.suppress(OSError):
                await in_thread(claims.give_each_back, root, sorted(self.unentered))
            raise

    def _is_silent(self, rule: DropRule) -> bool:
        """Whether nothing has come for longer than the rule expects."""
        expects = rule.options.expects
        if expects is None or rule.source is RuleSource.RETIRED:
            return False
        now = self.now()
        seen = ledger.last_seen(self.db, rule.id, expects.files, now)
        return is_silent(expects, seen, since_at=rule.since_at, now=now)

    async def _put_away(self, root: Root, rule: DropRule, tally: Tally) -> None:
        """Decide for the documents whose letter has ended, then move every ended document."""
        ledger.queue_again(self.db, rule.id, now=self.now())
        ended = ledger.ended_letters(self.db, rule.id, limit=MOST_PER_LOOK)
        ends = []
        for each in ended:
            state, reason = plan.outcome_of_all(each.states, some_refused=each.some_refused)
            ends.append(ledger.End(item_id=each.item.id, state=state, reason=reason or ""))
            event(log, logging.INFO, "drop.ended", rule=rule.id, item=each.item.id, state=state)
        if ends:
            ledger.end_items(self.db, ends, now=self.now())
        tally.more = tally.more or len(ended) == MOST_PER_LOOK
        waiting = ledger.items_to_put_away(self.db, rule.id)
        if not waiting:
            return
        await in_thread(put_away, root, waiting)
        ledger.put_away(self.db, [item.id for item, _ in waiting])
        for item, _ in waiting:
            tally.put(item.state)

    async def _release(self, root: Root, rule: DropRule, policy: Policy, tally: Tally) -> None:
        """What somebody said is to leave after all."""
        held = wishes.wished(self.db, rule.id, limit=MOST_AT_ONCE)
        for item in held:
            queued = await release(
                self.db,
                rule,
                item,
                await in_thread(read_held, root, item, policy),
                now=self.now(),
                token=self.token,
                keys=self.keys,
                doctors=self.doctors,
            )
            tally.more = tally.more or not queued  # why not is still to be put beside it
        tally.more = tally.more or len(held) == MOST_AT_ONCE

    async def _take_up_orphans(
        self, root: Root, rule: DropRule, policy: Policy, tally: Tally, take: bool
    ) -> None:
        known, there = ledger.held_claims(self.db, rule.id), await in_thread(claims.claims, root)
        orphans = plan.orphans(there, known, rule.mark)
        if not take:
            await in_thread(claims.give_each_back, root, orphans)
            return
        self.unentered.update(orphans)
        former = plan.orphans(there, known, rule.former_mark)
        for claim in (*orphans, *former):
            taken = await in_thread(take_up, root, claim, policy, rule.options.grouping)
            doubted = [replace(each, maybe_sent=claim in former) for each in taken]
            await self._write(rule, doubted, tally)
        if rule.former_mark:
            forget_former_mark(self.db, rule.id)

    async def _take(
        self, root: Root, rule: DropRule, policy: Policy, tally: Tally, take: bool
    ) -> None:
        settled = await in_thread(self._settled, root, rule, policy, tally)
        allowed = self._allowed(rule, settled, tally)
        room = min(MOST_PER_LOOK, allowed) if take else 0
        allowed -= room
        # What has to wait takes no room: a hundred that never end would keep out all that follow.
        while settled and room:
            ready = [
                Ready(group=group, claim=f"{rule.mark}-{self.token()}") for group in settled[:room]
            ]
            self.unentered.update(each.claim for each in ready)
            batch = await in_thread(take_in_batch, root, ready, now=self.tick(), policy=policy)
            settled, room = settled[batch.looked :], room - len(batch.claimed)
            for wait in batch.waits:
                tally.wait(wait)
            await self._write(rule, batch.claimed, tally)
            await FRESH.room(now=self.now())
        tally.waiting += len(settled)
        tally.more = tally.more or (take and bool(settled) and allowed > 0)

    def _allowed(self, rule: DropRule, settled: list[Group], tally: Tally) -> int:
        """How many more may be taken now."""
        most = rule.options.limits.most_per_hour
        if not most:
            return len(settled)
        now = self.now()
        left = max(0, most - ledger.queued_between(self.db, rule.id, now - 3600, now))
        if len(settled) > left:
            tally.remark = Reason.RATE
        return min(left, len(settled))

    def _settled(self, root: Root, rule: DropRule, policy: Policy, tally: Tally) -> list[Group]:
        """What is settled, the oldest first; what is not is counted. Of 10,000 files it takes long,
        so it is done in a thread."""
        listing, inside = list_folder(root, rule, tally)
        now = self.tick()
        every = [*listing]
        for name, entries in inside.items():
            every += [replace(entry, name=name + b"/" + entry.name) for entry in entries]
        self.sightings = plan.remember(self.sightings, every, now)
        within = {
            name: [
                replace(self.sightings[name + b"/" + entry.name], entry=entry) for entry in entries
            ]
            for name, entries in inside.items()
        }
        seen = [self.sightings[entry.name] for entry in listing]
        look = sort(seen, within, rule.options.grouping, now, policy)
        tally.remark = tally.remark or look.remark
        for wait in look.waits:
            tally.wait(wait)
        return look.groups

    async def _write(self, rule: DropRule, claimed: list[Claimed], tally: Tally) -> None:
        """Into the ledger with what was claimed, and its letters into the outbox."""
        for each in claimed:
            self.sightings.pop(each.entry.name, None)
        if claimed:
            aside = await enter(
                self.db,
                rule,
                claimed,
                now=self.now(),
                token=self.token,
                keys=self.keys,
                doctors=self.doctors,
            )
            self.unentered.difference_update(each.claim for each in claimed)
            self.entered()
            # What is set aside has only been written down: the next look moves its file.
            tally.more = tally.more or aside

"""`pli drop run --once`: each folder is looked at once, and what is taken leaves and is put away
meanwhile. A laboratory's morning is limited by the processor, the disk and the line in turn: one
after the other they would each wait for the two others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from store.db.drop_ledger import anything_ended
from store.db.open import Connection
from store.errors import MailError
from store.model.drop import DropRule
from sync.drop.plan import QUIET_SECONDS
from sync.drop.report import DropReport
from sync.drop.watch import LEDGER_LOOK_SECONDS, run_once
from sync.submit.security import Keys, no_keys
from sync.submit.together import all_to_their_end


async def run_all(
    db: Connection,
    rules: Sequence[DropRule],
    send: Callable[[], Awaitable[None]],
    told: Callable[[str, MailError], None],
    *,
    quiet_seconds: float = QUIET_SECONDS,
    keys: Keys = no_keys,
) -> dict[str, DropReport]:
    """What became of the documents of each rule, by its name; rules that are down are left out.

    Args:
        send: sends everything that is due, and says itself what does not leave.
        told: is told why a rule is down.
    """
    run = _Run(db, rules, send, told, partial(run_once, db, quiet_seconds=quiet_seconds, keys=keys))
    await all_to_their_end([run.take(), run.send_meanwhile(), run.put_away_meanwhile()])
    return run.reports


class _Run:
    """Three works side by side, each over once the one before it is."""

    def __init__(
        self,
        db: Connection,
        rules: Sequence[DropRule],
        send: Callable[[], Awaitable[None]],
        told: Callable[[str, MailError], None],
        look: Callable[..., Awaitable[DropReport]],
    ) -> None:
        self.db, self.rules = db, rules
        self.send, self.told, self.look = send, told, look
        self.reports: dict[str, DropReport] = {}
        self.up = {rule.name for rule in rules}
        self.taken, self.sent = asyncio.Event(), asyncio.Event()
        self.entered = asyncio.Event()
        """Something is in the outbox that was not when it was last sent."""
        self.entered.set()  # what an earlier run left there

    async def take(self) -> None:
        """Take what is finished, rule by rule."""
        for rule in self.rules:
            await self._look(rule, take=True)
        self.taken.set()
        self.entered.set()

    async def send_meanwhile(self) -> None:
        """Send what was taken, the last of it once all is."""
        over = False
        while not over:
            await self.entered.wait()
            self.entered.clear()
            over = self.taken.is_set()
            await self.send()
        self.sent.set()

    async def put_away_meanwhile(self) -> None:
        """Put away what has left; while documents are taken, their looks do."""
        await self.taken.wait()
        over = False
        while not over:
            over = await _wait(self.sent)
            for rule in self.rules:
                if rule.name in self.up and (over or anything_ended(self.db, rule.id)):
                    await self._look(rule, take=False)

    async def _look(self, rule: DropRule, *, take: bool) -> None:
        """Once more over a folder; one that is down is left alone from then on."""
        try:
            found = await (
                self.look(rule.id, entered=self.entered.set)
                if take
                else self.look(rule.id, quiet_seconds=0, take=False)
            )
        except MailError as error:
            self.up.discard(rule.name)
            self.told(rule.name, error)
        else:
            before = self.reports.get(rule.name)
            self.reports[rule.name] = before.then(found) if before else found


async def _wait(event: asyncio.Event) -> bool:
    """Wait for it, but not long; whether it is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEDGER_LOOK_SECONDS):
            await event.wait()
    return event.is_set()

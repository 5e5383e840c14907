"""Keep looking at a folder: events are hints, the periodic scan is the truth.

The operating system says nothing of what was there before, of files on most shares, or of a
folder deleted and made again; it only saves us waiting for the next scan.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import secrets
from collections.abc import Callable
from pathlib import Path

from watchfiles import awatch

from store.db.drop_ledger import anything_ended
from store.db.drops import queued
from store.db.drops import rule as rule_now
from store.db.open import Connection
from store.errors import NeedsUser, Transient, Usage
from store.host import clock
from store.host.log import event
from store.host.paths import NETWORK_FILE_SYSTEMS, file_system
from store.host.wake import data_version
from store.model.ids import DropRuleId
from sync.drop.folder import DropFolder
from sync.drop.plan import QUIET_SECONDS, Policy
from sync.drop.report import DropReport, Tally
from sync.submit.security import Keys, no_keys

log = logging.getLogger(__name__)
RESCAN_SECONDS = 15.0
LEDGER_LOOK_SECONDS = 0.25
BREATH_SECONDS = 0.5
POLL_MS = 1_000
"""Between two polls of a share, which has no events."""


async def run_rule(
    db: Connection,
    rule_id: DropRuleId,
    *,
    quiet_seconds: float = QUIET_SECONDS,
    rescan_seconds: float = RESCAN_SECONDS,
    force_polling: bool | None = None,
    now: Callable[[], int] = clock.now,
    token: Callable[[], str] = lambda: secrets.token_hex(8),
    keys: Keys = no_keys,
) -> None:
    """Watch the folder of a rule until cancelled.

    Args:
        db: a connection of its own: other connections' commits are what wakes it.
        quiet_seconds: how long a document must stay unchanged.
        rescan_seconds: between two scans when nothing hints.
        force_polling: None to poll network file systems, and what the rule says is one.

    Raises:
        Usage: `drop.unknown`, the rule is gone.
    """
    folder = _folder(db, rule_id, quiet_seconds, now, token, keys)
    if force_polling is None and rule_now(db, rule_id).options.polls:
        force_polling = True
    hint = asyncio.Event()
    ears = Ears(hint, force_polling=force_polling, retry_seconds=rescan_seconds)
    said = ""
    try:
        while True:
            hint.clear()
            seen = data_version(db)
            pause, code = await _look(folder, ears, rescan_seconds)
            if code and code != said:
                event(log, logging.WARNING, "drop.down", rule=rule_id, error=NeedsUser(code))
            said = code
            await _until_something(db, rule_id, hint, seen, pause)
    finally:
        await ears.close()


async def _look(folder: DropFolder, ears: Ears, rescan_seconds: float) -> tuple[float, str]:
    """Look, then listen. Seconds until the next look, and the code of why the folder is down."""
    try:
        tally = await folder.look()
    except Usage:
        raise
    except NeedsUser as error:
        return rescan_seconds, error.code
    except Transient as error:
        event(log, logging.INFO, "drop.waits", rule=folder.rule_id, error=error)
        return folder.policy.quiet_seconds, ""
    pause = min(rescan_seconds, _pause(tally, rescan_seconds))
    if ears.listen(folder):
        pause = min(pause, folder.policy.quiet_seconds)  # for what came before we listened
    return pause, ""


async def run_once(
    db: Connection,
    rule_id: DropRuleId,
    *,
    quiet_seconds: float = QUIET_SECONDS,
    take: bool = True,
    now: Callable[[], int] = clock.now,
    token: Callable[[], str] = lambda: secrets.token_hex(8),
    keys: Keys = no_keys,
    entered: Callable[[], None] = lambda: None,
) -> DropReport:
    """Put away what has ended, and take what is there and finished: two looks, a quiet apart.

    What is still growing by then waits for another run. Without `take`, nothing new is claimed.

    Args:
        entered: told each time that documents have come into the outbox.

    Raises:
        NeedsUser: the folder is down (`drop.folder_missing`...); its rule says why.
        Transient: `store.busy`.  Usage: `drop.unknown`.
    """
    folder = _folder(db, rule_id, quiet_seconds, now, token, keys)
    folder.entered = entered
    report, until = DropReport(), math.inf
    while True:
        tally = await folder.look(take=take)
        report = report.then(tally.report(queued(db, rule_id)))
        if not tally.more and not (take and tally.settling and folder.tick() < until):
            return report
        # From the end of the first look on: however slow it was, a second one follows.
        until = min(until, folder.tick() + quiet_seconds + folder.policy.unsure_seconds)
        await asyncio.sleep(_pause(tally, 0.0))


def _folder(
    db: Connection,
    rule_id: DropRuleId,
    quiet_seconds: float,
    now: Callable[[], int],
    token: Callable[[], str],
    keys: Keys,
) -> DropFolder:
    policy = Policy(quiet_seconds=quiet_seconds, unsure_seconds=5 * quiet_seconds)
    tick = asyncio.get_running_loop().time
    return DropFolder(db, rule_id, policy=policy, now=now, tick=tick, token=token, keys=keys)


def _pause(tally: Tally, otherwise: float) -> float:
    """Seconds until another look is worth it."""
    if tally.more:
        return 0.0
    return otherwise if tally.again_in is None else tally.again_in


async def _until_something(
    db: Connection, rule_id: DropRuleId, hint: asyncio.Event, seen: int, seconds: float
) -> None:
    """Wait for a hint, for a letter of ours to end, or for `seconds`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not hint.is_set() and (left := until - loop.time()) > 0:
        if (current := data_version(db)) != seen:
            seen = current
            if anything_ended(db, rule_id):
                return
        # Not `wait_for`: before Python 3.12 it forgets a cancellation that comes with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, LEDGER_LOOK_SECONDS)):
                await hint.wait()
    # Even a look that follows at once lets the other loops of the node have their turn.
    await asyncio.sleep(0)


class Ears:
    """Listens to one directory and sets `hint`. Deafness costs a delay, so none of it is fatal."""

    def __init__(
        self, hint: asyncio.Event, *, force_polling: bool | None, retry_seconds: float
    ) -> None:
        self.hint, self.force_polling, self.retry_seconds = hint, force_polling, retry_seconds
        self.identity: tuple[int, ...] | None = None
        self.task: asyncio.Task[None] | None = None

    def listen(self, folder: DropFolder) -> bool:
        """Listen to the directory of the last look; True when that is a new beginning.

        A directory made again under the same path is another one: the watch on the old one says
        nothing any more (watchfiles 1.3.0, 2026-11, test_drop_watch.py).
        """
        if folder.identity == self.identity and self.task is not None:
            return False
        if self.task is not None:
            self.task.cancel()
        self.identity = folder.identity
        self.task = asyncio.create_task(self._hear(folder.path))
        return True

    async def _hear(self, path: str) -> None:
        polling = self.force_polling
        if polling is None:
            polling = await asyncio.to_thread(_is_share, path)
        while True:
            try:
                await self._hear_until_it_fails(path, polling)
            except ExceptionGroup:
                # A name that is not UTF-8 (watchfiles 1.3.0, 2026-11, test_drop_watch.py). It is
                # news all the same.
                self.hint.set()
                await asyncio.sleep(BREATH_SECONDS)
            except (OSError, RuntimeError) as error:
                # No watch left on this machine, or the folder went away; the scan will tell.
                event(log, logging.INFO, "drop.deaf", error=error)
                await asyncio.sleep(self.retry_seconds)

    async def _hear_until_it_fails(self, path: str, polling: bool) -> None:
        async for _ in awatch(
            path,
            watch_filter=None,
            recursive=False,
            force_polling=polling,
            poll_delay_ms=POLL_MS,
            step=100,
            debounce=500,
        ):
            self.hint.set()

    async def close(self) -> None:
        """Stop listening."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


def _is_share(path: str) -> bool:
    return file_system(Path(path)) in NETWORK_FILE_SYSTEMS

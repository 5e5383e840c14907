"""The node: one task per account and per duty, each a plain loop that ends in waiting.

A loop waits for its own next time or for a commit by someone else (store/host/wake.py); a
wake-up carries no data, so losing one costs a delay. A failed pass is answered by its class:
Transient backs off and tries again by itself, NeedsUser waits for the person, anything else is
our bug and is logged as one; no loop ever ends another.

Every loop has its own connection, and never awaits inside a transaction.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable
from functools import partial

from store.db.accounts import account as account_now
from store.db.accounts import accounts, set_link
from store.db.drops import rules
from store.db.migrate import migrate
from store.db.node import node_alive, node_started
from store.db.open import Connection, connect
from store.db.works import begin_anew
from store.errors import MailError, NeedsUser, Transient
from store.host.clock import now
from store.host.keys import DataKey
from store.host.lock import NodeLock
from store.host.log import event
from store.host.paths import Home
from store.host.wake import commit_or, commits, data_version
from store.model.account import Link
from store.model.drop import DropRule
from store.model.ids import AccountId
from sync.copied import know_place
from sync.derive import derive_backlog
from sync.directory.duty import answer_asked, fetch_due
from sync.dispatch.duty import Handing
from sync.documents.duty import read_documents
from sync.drop.following import follow_the_file
from sync.drop.watch import run_rule
from sync.imap.login import REFUSED, Unanswered
from sync.keyring import opened_keys
from sync.opening.duty import keep_letters
from sync.passes import outbox_pass
from sync.pauses import after_a_refusal, of_the_outbox
from sync.returning import bring_back
from sync.submit.deadlines import keep_deadlines
from sync.submit.interrupted import settle_interrupted
from sync.submit.kept import Keeper
from sync.trust.kept import keep_lists
from sync.trust.sealing import judge_waiting
from sync.waiting import configuration, waiting_pass

Meanwhile = Callable[[Connection, AccountId], float]
"""Done at each wake of a pause; returns for how many seconds it has nothing more to do."""
log = logging.getLogger(__name__)
ALIVE_EVERY_SECONDS = 60
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0


class Node:
    """What every loop needs to know of the store it works for."""

    def __init__(self, home: Home, key: DataKey) -> None:
        self.home, self.key = home, key

    def connect(self) -> Connection:
        """A connection for one loop."""
        return connect(self.home, self.key)


async def run_node(home: Home, key: DataKey, *, stop: asyncio.Event) -> None:
    """Be the node of `home` until `stop`.

    Raises:
        Transient: `node.already_running`.
    """
    with NodeLock(home):
        node = Node(home, key)
        db = node.connect()
        try:
            migrate(db)
            know_place(db, home, now=now())
            settle_interrupted(db, now=now())
            node_started(db, os.getpid(), now())
            begin_anew(db)
            event(log, logging.INFO, "node.started", pid=os.getpid())
            fetching = partial(fetch_due, home=home, key=key)
            works = [partial(_alive, node), partial(_derive, node), partial(_supervise, node, db)]
            letters = partial(keep_letters, key=key)
            documents = (read_documents, Handing(), partial(follow_the_file, home=home))
            turns = (keep_lists, judge_waiting, answer_asked, bring_back, fetching, letters)
            works += [partial(_turn, node, work) for work in (*turns, *documents)]
            duties = [asyncio.create_task(_kept_up(work, 0)) for work in works]
            try:
                await _first_of(stop, duties)
            finally:
                await _end(duties)
        finally:
            db.close()
            event(log, logging.INFO, "node.stopped", pid=os.getpid())


async def _first_of(stop: asyncio.Event, duties: list[asyncio.Task[None]]) -> None:
    """Wait for `stop`, or for a duty to be ended by what is no ordinary failure."""
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopping, *duties], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()
    finally:
        stopping.cancel()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _alive(node: Node) -> None:
    db = node.connect()
    try:
        while True:
            node_alive(db, now())
            await asyncio.sleep(ALIVE_EVERY_SECONDS)
    finally:
        db.close()


async def _derive(node: Node) -> None:
    db = node.connect()
    try:
        async for _ in commits(db):
            await derive_backlog(db)
    finally:
        db.close()


async def _turn(node: Node, work: Callable[[Connection], Awaitable[float]]) -> None:
    """Work, and rest for the seconds it says or until something is written, for ever."""
    db = node.connect()
    try:
        while True:
            seen = data_version(db)
            wait = await work(db)
            await commit_or(db, seen, wait)
    finally:
        db.close()


async def _supervise(node: Node, db: Connection) -> None:
    """One account loop and one outbox loop per account, one loop per drop rule, as they come."""
    running: dict[tuple[str, int], tuple[object, asyncio.Task[None]]] = {}
    try:
        async for _ in commits(db, every_seconds=0.5):
            wanted: dict[tuple[str, int], tuple[object, Callable[[], Awaitable[None]]]] = {}
            for each in accounts(db):
                facts = configuration(each)
                wanted["mailboxes", each.id] = facts, _account_duty(node, each.id)
                wanted["outbox", each.id] = facts, _outbox_duty(node, each.id)
            for rule in rules(db):
                known = (rule.folder, rule.account_id, rule.to, rule.options)
                wanted["drop", rule.id] = known, _drop_duty(node, rule)
            for name, (before, task) in list(running.items()):
                if name not in wanted or wanted[name][0] != before:
                    await _end([task])
                    del running[name]
            for name, (configured, duty) in wanted.items():
                if name not in running:
                    running[name] = configured, asyncio.create_task(_kept_up(duty, name[1]))
    finally:
        await _end([task for _, task in running.values()])


async def _kept_up(duty: Callable[[], Awaitable[None]], subject: int) -> None:
    """Run `duty` again after a busy store or our own bugs, ever more slowly: others go on."""
    pause, loop = FIRST_PAUSE_SECONDS, asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            await duty()
        except Exception as error:
            event(log, logging.ERROR, "node.duty_failed", subject=subject, error=error)
            _end_if_told(error)
            if loop.time() - begun > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _end_if_told(error: Exception) -> None:
    """Told to end, a loop that failed on its way out must not begin again."""
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError from error


def _account_duty(node: Node, account_id: AccountId) -> Callable[[], Awaitable[None]]:
    async def duty() -> None:
        db = node.connect()
        try:
            await _account_loop(node, db, account_id)
        finally:
            db.close()

    return duty


async def _account_loop(node: Node, db: Connection, account_id: AccountId) -> None:
    pause, unanswered_at, refusals = FIRST_PAUSE_SECONDS, 0, 0
    while True:
        started, account = now(), account_now(db, account_id)
        try:
            await waiting_pass(db, account, node.home, node.key)
            pause, refusals = FIRST_PAUSE_SECONDS, 0
        except Transient as error:
            _end_if_told(error)
            set_link(db, account_id, Link.OFFLINE, error=error.code)
            event(log, logging.INFO, "account.offline", account=account_id, error=error)
            if now() - started > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS  # it had worked for a while
            seconds = pause * random.uniform(0.75, 1.25)  # noqa: S311
            if isinstance(error, Unanswered):
                # Perhaps the line; perhaps a wrong password, which tried often locks a mailbox.
                if now() - unanswered_at <= LONGEST_PAUSE_SECONDS:
                    seconds = LONGEST_PAUSE_SECONDS
                unanswered_at = now()
            await _pause(db, account_id, seconds)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        except MailError as error:
            _end_if_told(error)
            needs = Link.NEEDS_USER if isinstance(error, NeedsUser) else Link.OFFLINE
            set_link(db, account_id, needs, error=error.code)
            event(log, logging.WARNING, "account.stopped", account=account_id, error=error)
            refusals = refusals + 1 if error.code in REFUSED else 0
            await _pause(db, account_id, after_a_refusal(max(1, refusals)))


async def _pause(
    db: Connection, account_id: AccountId, seconds: float, meanwhile: Meanwhile | None = None
) -> None:
    """Wait, or until the person asks for a pass; `meanwhile` what needs no server is done."""
    loop = asyncio.get_running_loop()
    until, asked, seen = loop.time() + seconds, _asked(db, account_id), data_version(db)
    while _asked(db, account_id) == asked and (left := until - loop.time()) > 0:
        await commit_or(db, seen, min(left, meanwhile(db, account_id)) if meanwhile else left)
        seen = data_version(db)


def _asked(db: Connection, account_id: AccountId) -> int:
    return account_now(db, account_id).sync_wanted_at


def _outbox_duty(node: Node, account_id: AccountId) -> Callable[[], Awaitable[None]]:
    async def duty() -> None:
        db, kept = node.connect(), Keeper()
        try:
            failures = 0
            while True:
                seen, account = data_version(db), account_now(db, account_id)
                try:
                    wait = await outbox_pass(db, account, node.home, node.key, kept)
                    failures = 0
                    await commit_or(db, seen, wait)
                except MailError as error:
                    _end_if_told(error)
                    # No commit hurries this: a wrong password tried often locks a mailbox.
                    event(log, logging.INFO, "outbox.waits", account=account_id, error=error)
                    failures += 1
                    await _pause(db, account_id, of_the_outbox(error, failures), keep_deadlines)
        finally:
            db.close()
            await kept.close()

    return duty


def _drop_duty(node: Node, rule: DropRule) -> Callable[[], Awaitable[None]]:
    async def duty() -> None:
        db = node.connect()
        try:
            await run_rule(db, rule.id, keys=partial(opened_keys, db, node.key))
        finally:
            db.close()

    return duty

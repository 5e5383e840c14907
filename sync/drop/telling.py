"""Results come back as files: receipts and acknowledgements, and each night the page of the day.

Each is written whole under a name that begins with a dot, flushed, and then takes its name. A file
of ours is replaced by a newer one of ours; another program's is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
from collections.abc import Collection

from store.db import drop_telling
from store.db.drop_places import Place, watched_by_others
from store.db.drop_telling import Telling, note_page, note_told
from store.db.open import Connection
from store.host.i18n import sentence
from store.host.log import event
from store.model.drop import DropRule, ItemState, RuleSource
from store.model.ids import DropItemId
from store.plain import plain_words
from sync.drop import reconcile
from sync.drop.apart import is_within
from sync.drop.away import shelf_at
from sync.drop.files import DIRECTORY, Root
from sync.drop.in_thread import in_thread
from sync.drop.kernel import rename_new
from sync.drop.letter import local_day
from sync.drop.reasons import Reason
from sync.drop.receipt import Words, answers, fingerprint, receipt, receipt_name
from sync.drop.reconcile import Page

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
SLACK = 300
"""Seconds looked at once more; what has been told is not told again."""
REMEMBERED = 60 * 24 * 3600
"""Seconds; a reading is confirmed weeks later at most, and what is older is looked at no more."""
WRITING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MOST_RECEIPT = 64 * 1024
MOST_PAGES = 31
"""Days; an older page is not written late."""
MOST_EMPTY_PAGES = 7
"""Days; that nothing came is not told of an older one: a month of nothing is no news."""
SAME_NAME = 9
"""Pages that may lie beside each other under one name and a number."""


class WouldLeave(OSError):
    """The folder for receipts is one that a rule watches, or lies in one."""


class Teller:
    """What has been looked at: each document once after a start, and then what changes."""

    def __init__(self) -> None:
        self.since: int | None = None
        self.before: DropItemId | None = None
        """The oldest document looked at; 0 once there is no older one."""

    def due(self, db: Connection, rule: DropRule, now: int) -> list[Telling]:
        """Documents of which something may be news."""
        if not rule.options.results:
            return []
        # A commit of this second may still come, and a clock may be set back.
        news = [] if self.since is None else drop_telling.changed(db, rule.id, since=self.since)
        self.since = now - SLACK
        if self.before == 0:
            return news
        older = drop_telling.older(
            db, rule.id, before=self.before, seen_after=now - REMEMBERED, limit=MOST_AT_ONCE
        )
        self.before = older[-1].item.id if older else DropItemId(0)
        return [*news, *older]

    async def tell(self, db: Connection, root: Root, rule: DropRule, now: int) -> Reason | None:
        """Receipts for the laboratory's system, and at night the page of the day. Why it cannot
        be told; None when nothing is owed."""
        watched = watched_by_others(db, rule.id) | {root.inode}
        news = self.due(db, rule, now)
        try:
            written = await in_thread(write_receipts, root, rule, news, watched) if news else []
            note_told(db, [(each.item.id, told) for each, told in written])
            if day := page_due(rule, now):
                page = page_of(db, rule, day)
                if page.came or is_told_empty(rule, day, now):
                    await in_thread(write_page, root, rule, page, watched)
                note_page(db, rule.id, day)
        except OSError as error:
            event(log, logging.INFO, "drop.not_told", rule=rule.id, errno=error.errno)
            self.since = self.before = None
            would_leave = isinstance(error, WouldLeave)
            return Reason.RESULTS_WATCHED if would_leave else Reason.NO_RESULTS
        return None


def write_receipts(
    root: Root, rule: DropRule, tellings: list[Telling], watched: Collection[Place] = ()
) -> list[tuple[Telling, str]]:
    """Write what is news of these documents. Returns each with the digest of its receipt.

    Args:
        watched: the directories that rules watch.

    Raises:
        OSError: the folder for receipts cannot be written.
        WouldLeave: it lies where they would leave.
    """
    done = []
    directory = _results(rule, watched or {root.inode})
    try:
        for each in tellings:
            item = each.item
            words = Words(
                reason=sentence(item.reason) if item.reason else "",
                lacks=tuple(map(sentence, item.lacks)),
            )
            octets = receipt(rule, item, each.letters, words, dmp=each.dmp)
            told = fingerprint(octets)
            if told == item.told:
                continue
            name = os.fsencode(receipt_name(item))
            if not item.told and not _is_free_or_ours(directory, name, item.claim):
                event(log, logging.INFO, "drop.receipt_name_taken", item=item.id)
                continue
            _write(directory, name, octets, replace=True)
            if rule.options.acknowledges:
                for answer in answers(item, each.letters, each.dmp):
                    with contextlib.suppress(FileExistsError):  # said before
                        _write(directory, os.fsencode(answer.name), answer.octets, replace=False)
            done.append((each, told))
        os.fsync(directory)
    finally:
        os.close(directory)
    return done


def _results(rule: DropRule, watched: Collection[Place]) -> int:
    directory = os.open(rule.options.results, DIRECTORY)
    if is_within(directory, watched):
        os.close(directory)
        raise WouldLeave
    return directory


def _is_free_or_ours(directory: int, name: bytes, claim: str) -> bool:
    """Whether a name is nobody's, or that of a receipt whose writing was never noted."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(name, flags, dir_fd=directory), "rb") as file:
            facts = json.loads(file.read(MOST_RECEIPT))
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and (facts.get("by"), facts.get("claim")) == ("pli", claim)


def _write(directory: int, name: bytes, octets: bytes, *, replace: bool) -> None:
    """Whole or not at all, and durable before it has its name."""
    beside = b"." + name + b".new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(beside, dir_fd=directory)  # a crash left it
    with os.fdopen(os.open(beside, WRITING, 0o640, dir_fd=directory), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    if replace:
        os.rename(beside, name, src_dir_fd=directory, dst_dir_fd=directory)
        return
    try:
        rename_new(directory, beside, directory, name)
    except FileExistsError:
        os.unlink(beside, dir_fd=directory)
        raise


def page_due(rule: DropRule, now: int) -> str:
    """The first day whose page is still to be written; '' when there is none.

    A rule that was down for days owes a page for each. A day that is not over cannot have been
    told of: a clock was ahead then.
    """
    yesterday, told = reconcile.day_before(local_day(now)), rule.reported_day
    if not told or told > yesterday:
        return yesterday
    oldest = reconcile.days_after(yesterday, -MOST_PAGES)
    return "" if told == yesterday else max(reconcile.days_after(told, 1), oldest)


def is_told_empty(rule: DropRule, day: str, now: int) -> bool:
    """Whether a day on which nothing came has its page: one of the last, on which the rule was
    there and, where it says on which days files are expected, expected some."""
    if rule.source is RuleSource.RETIRED or day < reconcile.days_after(
        local_day(now), -MOST_EMPTY_PAGES
    ):
        return False
    expects = rule.options.expects
    if expects is not None and reconcile.weekday(day) not in expects.days:
        return False
    return bool(rule.reported_day) or (rule.since_at > 0 and local_day(rule.since_at) <= day)


def page_of(db: Connection, rule: DropRule, day: str) -> Page:
    """The page of one day.

    Raises:
        ValueError: it is no day.
    """
    begin, end = reconcile.bounds(day)
    lost = drop_telling.undelivered_between(db, rule.id, begin, end)
    return reconcile.page(rule.name, day, drop_telling.taken_between(db, rule.id, begin, end), lost)


def write_page(root: Root, rule: DropRule, page: Page, watched: Collection[Place] = ()) -> None:
    """Put the page where receipts go, else into `sent/` of its day.

    Where another store, or another program, has a file of this name it lies beside it.

    Raises:
        OSError: it cannot be written.
    """
    octets = page_words(page).encode()
    if not rule.options.results:
        with shelf_at(root.sent, page.day.encode(), root.readable) as directory:
            _write(directory, b"pli-rapport.txt", octets, replace=True)
        return
    directory = _results(rule, watched or {root.inode})
    try:
        for n in range(1, SAME_NAME + 1):
            name = os.fsencode(f"pli-{rule.name}-{page.day}{f'-{n}' if n > 1 else ''}.txt")
            if _holds(directory, name, octets):
                return  # written before a crash
            with contextlib.suppress(FileExistsError):
                _write(directory, name, octets, replace=False)
                return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    finally:
        os.close(directory)


def _holds(directory: int, name: bytes, octets: bytes) -> bool:
    """Whether a file of this name holds just that."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(name, flags, dir_fd=directory), "rb") as file:
            return file.read(len(octets) + 1) == octets
    except OSError:
        return False


def page_words(page: Page) -> str:
    """The page as text."""
    lines = [
        sentence("drop.page.title", rule=page.rule, day=page.day),
        "",
        sentence("drop.page.came", **page.facts()),
        sentence("drop.page.accepted", **page.facts()),
        "",
    ]
    for item in page.still:
        why = sentence(item.reason) if item.reason else sentence(f"drop.state.{item.state.value}")
        if item.state is ItemState.SENT:
            why = sentence("drop.page.undelivered")
        name = item.name.decode("utf-8", "backslashreplace")
        lines.append(plain_words(f"{item.id:>8}  {name}: {why}"))
        lines += [plain_words(f"{'':>10}{sentence(code)}") for code in item.lacks]
    return "\n".join(lines) + "\n"

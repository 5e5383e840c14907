"""The rules of the store follow the file: read, checked whole, then applied in one transaction.

A rule that an earlier Pli, or `pli drop add`, put into the store is written to the file first. A
file that cannot be followed changes nothing: what was watched goes on, and what is wrong is said.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from dataclasses import replace

from store.db.accounts import account_by_name, accounts
from store.db.drop_ledger import held_claims
from store.db.drop_rules import file_trouble, follow_rule_within, note_file, retire_within
from store.db.drops import rule_by_name, rules
from store.db.open import Connection, write
from store.db.removal import check_removable, remove_rule_within
from store.errors import MailError, NeedsUser, Usage
from store.host import clock
from store.host.files import write_atomically
from store.host.log import event
from store.host.paths import Home
from store.model.drop import DropRule, RuleSource, RuleState
from store.model.drop_options import Grouping, RuleOptions
from store.model.ids import AccountId
from sync.drop.apart import Wanted, check_apart, wanted_by
from sync.drop.names import CLAIMED
from sync.drop.plan import orphans
from sync.drop.rule_text import as_table, pointed, without
from sync.drop.rulebook import MOST_OCTETS, WrittenRule, read_rules

log = logging.getLogger(__name__)
LOOK_SECONDS = 5.0
SETTLED_SECONDS = 3.0
"""A file that was written a moment ago may be half of one: an editor that saves in two writes, a
copy over a share. Half a rule can be a whole one with less to forbid."""


def follow(db: Connection, home: Home, *, now: int, looked: bool = False) -> list[WrittenRule]:
    """Make the rules of the store those of the file. Returns them as they are written.

    Args:
        looked: nothing of a rule lies claimed in a folder that it leaves; else that is looked for.

    Raises:
        Usage: what `read_rules` raises; `drop.rules_account`, `drop.rules_taken`..., each with its
            `line`.
        NeedsUser: `drop.rules_missing`, `drop.rules_unreadable`.
    """
    try:
        written = _follow(db, home, now, looked)
    except MailError as error:
        params: dict[str, object] = {
            key: value for key, value in error.params.items() if isinstance(value, str | int)
        }
        note_file(db, error.code, params)
        raise
    note_file(db, "", {})
    return written


def _follow(db: Connection, home: Home, now: int, looked: bool) -> list[WrittenRule]:
    written = _checked(db, home)
    if _is_followed(db, home, written):
        return written
    if not looked:
        check_apart(_wanted(db, home, written))
    for rule, known, line in [] if looked else _moving(db, written):
        if n := left_claimed(rule, known):
            raise Usage("drop.rules_in_use", line=line, name=rule.name, n=n)
    # The file is read, changed and written within the transaction: a command that takes a rule out
    # of it meanwhile waits for its turn, or comes first.
    with write(db):
        written = _with_new_ones_within(db, home)
        for each in written:
            _follow_rule_within(db, home, each, now)
        names = {each.name for each in written}
        for rule in rules(db):
            if rule.name not in names and rule.source is not RuleSource.RETIRED:
                retire_within(db, rule.name)
    return written


def _follow_rule_within(db: Connection, home: Home, written: WrittenRule, now: int) -> None:
    try:
        follow_rule_within(
            db,
            name=written.name,
            folder=written.folder,
            account_id=_account(db, written),
            to=written.to,
            options=_with_paths(written, home),
            now=now,
        )
    except Usage as error:
        raise pointed(error, written.line) from error


def _moving(db: Connection, written: list[WrittenRule]) -> list[tuple[DropRule, list[str], int]]:
    """Rules that get another folder, with their claims that the ledger knows and their line."""
    wanted = {each.name: (os.path.normpath(each.folder), each.line) for each in written}
    return [
        (rule, held_claims(db, rule.id), wanted[rule.name][1])
        for rule in rules(db)
        if wanted.get(rule.name, (rule.folder, 0))[0] != rule.folder
        and rule.state is not RuleState.DOWN
    ]


def left_claimed(rule: DropRule, known: Iterable[str]) -> int:
    """How many documents a crash left claimed, which nobody would look for in the folder any more.

    Asks the disk, which may take long on a share.
    """
    try:
        found = os.listdir(os.path.join(rule.folder, os.fsdecode(CLAIMED)))
    except OSError:
        return 0
    return len(orphans(found, known, rule.mark))


def _checked(db: Connection, home: Home) -> list[WrittenRule]:
    """What the file says, once nothing in it is in the way of a watched folder."""
    text = read(home)
    if text is None and any(rule.source is RuleSource.FILE for rule in rules(db)):
        raise NeedsUser("drop.rules_missing")
    written = read_rules(text or "")
    folders = [os.path.normpath(each.folder) for each in written]
    for each in written:
        options = _with_paths(each, home)
        for path in (options.results, os.path.dirname(options.doctors)):
            if any(f"{path}/".startswith(f"{folder}/") for folder in folders if path):
                raise Usage("drop.rules_inside", line=each.line, name=each.name)
    return written


def _is_followed(db: Connection, home: Home, written: list[WrittenRule]) -> bool:
    """Whether the store says the same already: then nothing is locked."""
    ids = {each.name: each.id for each in accounts(db)}
    wanted = {
        each.name: (
            os.path.normpath(each.folder),
            ids.get(each.account),
            each.to,
            _with_paths(each, home),
        )
        for each in written
    }
    here = {
        rule.name: (rule.folder, rule.account_id, rule.to, rule.options)
        for rule in rules(db)
        if rule.source is RuleSource.FILE
    }
    stored = any(rule.source is RuleSource.STORE for rule in rules(db))
    return wanted == here and not stored


def _with_new_ones_within(db: Connection, home: Home) -> list[WrittenRule]:
    """What the file says, the rules that only the store has written to its end."""
    text = read(home)
    written = read_rules(text or "")
    names = {each.name for each in written}
    new = [each for each in rules(db) if each.source is RuleSource.STORE and each.name not in names]
    if not new:
        return written
    by_id = {each.id: each.name for each in accounts(db)}
    tables = [
        as_table(each.name, each.folder, by_id[each.account_id], each.to, each.options)
        for each in new
    ]
    whole = "\n".join([*([text.rstrip("\n") + "\n"] if text else []), *tables])
    written = read_rules(whole)
    write_atomically(home.drop_rules, whole.encode())
    return written


def read(home: Home) -> str | None:
    """The text of the file; None when there is none.

    Raises:
        NeedsUser: `drop.rules_unreadable`.
    """
    try:
        with home.drop_rules.open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
        if len(octets) > MOST_OCTETS:
            raise NeedsUser("drop.rules_unreadable")
        return octets.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsUser("drop.rules_unreadable") from error


def _account(db: Connection, written: WrittenRule) -> AccountId:
    try:
        return account_by_name(db, written.account).id
    except Usage as error:
        raise Usage("drop.rules_account", line=written.line, account=written.account) from error


def _with_paths(written: WrittenRule, home: Home) -> RuleOptions:
    """Paths beside the file are said without the rest."""
    options = written.options

    def whole(path: str) -> str:
        return os.path.normpath(home.root.absolute() / path) if path else ""

    return replace(options, doctors=whole(options.doctors), results=whole(options.results))


def remove(db: Connection, home: Home, name: str) -> None:
    """Forget a rule: out of the file and out of the store, its files stay.

    The file first: a rule that stood there alone would be made again, its ledger empty.

    Raises:
        Usage: as `check_removable`, `read_rules`.
    """
    with write(db):
        check_removable(db, name)
        rule = rule_by_name(db, name)
        n = left_claimed(rule, held_claims(db, rule.id))
        if n and rule.state is not RuleState.DOWN:
            raise Usage("drop.not_finished", name=name, n=n)
        text = read(home)
        if text is not None and (left := without(text, name)) != text:
            read_rules(left)  # what is left can be followed, or nothing is written
            write_atomically(home.drop_rules, left.encode())
        remove_rule_within(db, name)


def _is_being_written(home: Home) -> bool:
    """Whether it changed just now; a time that lies ahead says nothing."""
    try:
        return 0 <= clock.now() - int(home.drop_rules.stat().st_mtime) < SETTLED_SECONDS
    except OSError:
        return False


def is_settling(db: Connection, home: Home) -> bool:
    """Whether the file changed a moment ago, into something that is not followed yet: half of it
    may still be to come."""
    if not _is_being_written(home):
        return False
    try:
        return not _is_followed(db, home, read_rules(read(home) or ""))
    except MailError:
        return True


def _wanted(db: Connection, home: Home, written: list[WrittenRule]) -> list[Wanted]:
    """What would be watched: by the file, and by what is about to be written to it."""
    names = {each.name for each in written}
    new = [each for each in rules(db) if each.source is RuleSource.STORE and each.name not in names]
    return [
        *(
            Wanted(
                name=each.name,
                folder=each.folder,
                results=_with_paths(each, home).results,
                takes_subfolders=each.options.grouping is Grouping.FOLDER,
                line=each.line,
            )
            for each in written
        ),
        *map(wanted_by, new),
    ]


def check_rules(db: Connection, home: Home) -> None:
    """Whether the rules of the file meet, now that the disk is asked again.

    Raises:
        Usage: as `check_apart`, `read_rules`.  NeedsUser: `drop.rules_unreadable`.
    """
    check_apart(_wanted(db, home, read_rules(read(home) or "")))


async def follow_the_file(db: Connection, *, home: Home) -> float:
    """The node's duty. Returns seconds until the next look."""
    if _is_being_written(home):
        return SETTLED_SECONDS
    before = file_trouble(db)
    try:
        written = read_rules(read(home) or "")
        if not _is_followed(db, home, written):
            await asyncio.to_thread(check_apart, _wanted(db, home, written))
        for rule, known, line in _moving(db, written):
            if n := await asyncio.to_thread(left_claimed, rule, known):
                note_file(db, "drop.rules_in_use", {"name": rule.name, "n": n, "line": line})
                return LOOK_SECONDS
        follow(db, home, now=clock.now(), looked=True)
    except MailError as error:
        if file_trouble(db) != before:
            event(log, logging.WARNING, "drop.rules_not_followed", error=error)
    return LOOK_SECONDS

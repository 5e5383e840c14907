"""What takes long, as a person sees it: everything that goes, waits or is paused; and their wish.

A pause is a row of its own and no state: the node obeys between two pieces of a work, and says so
in `work.state`. What was asked for and has not begun has no row there, and is listed all the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from store.db.accounts import want_sync
from store.db.open import Connection, write
from store.db.outlines import later_wish
from store.errors import Usage
from store.model.account import Incoming, Link
from store.model.ids import AccountId, EmailId
from store.model.work import NEVER_PAUSED, Unit, Work, WorkKind, WorkState, letter_of, part_of

OFF = (Link.OFFLINE.value, Link.NEEDS_USER.value)
ORDER = list(WorkKind)


class _Asked(NamedTuple):
    """A letter or a document that a person asked for and that is not here."""

    name: str
    account_id: int
    held: int
    size: int
    words: str


class _Row(NamedTuple):
    """What the node says of one."""

    name: str
    account_id: int | None
    state: str
    unit: str
    done: int
    whole: int | None
    rate: float
    measures: int
    heard: int
    started_at: int
    changed_at: int


def works(db: Connection) -> list[Work]:
    """Everything that takes long and is not over, in the order of `WorkKind`, then as wished."""
    rows = {row[0]: _Row(*row) for row in db.execute(f"SELECT {', '.join(_Row._fields)} FROM work")}
    paused: dict[str, int | None] = dict(db.execute("SELECT name, account_id FROM work_pause"))
    asked = {each.name: each for each in (*_parts(db), *_letters(db))}
    if not (rows or paused or asked):
        return []
    known = {row[0]: row[1:] for row in db.execute("SELECT id, name, link, incoming FROM account")}
    found = [_work(name, row, asked.get(name), paused, known) for name, row in rows.items()]
    found += [
        _work(name, None, each, paused, known) for name, each in asked.items() if name not in rows
    ]
    found += [
        _work(name, None, None, paused, known)
        for name in paused
        if name not in rows and name not in asked
    ]
    ended = {part.value + ":" for part in (WorkKind.PART, WorkKind.LETTER)}
    found = [w for w in found if w.name in asked or not w.name.startswith(tuple(ended))]
    order = {name: at for at, name in enumerate(asked)}
    found.sort(key=lambda each: (ORDER.index(each.kind), order.get(each.name, 0), each.name))
    return [_named(db, each) for each in found]


THERE = (
    "EXISTS (SELECT 1 FROM placement AS p WHERE p.email_id = e.id AND p.uid IS NOT NULL"
    " AND p.deleted = 0 AND p.lost = 0)"
)
"""Its server still has it: nothing else can come."""


def _parts(db: Connection) -> list[_Asked]:
    # CROSS keeps the order: few parts are asked for, and an account may have 100,000 Emails.
    rows = db.execute(
        "SELECT a.email_id, a.number, e.account_id, a.held, CASE a.manner WHEN 'binary'"
        " THEN coalesce(a.size, a.length) ELSE a.length END, a.name, e.subject"
        " FROM announced_part AS a INDEXED BY announced_part_wanted"
        " CROSS JOIN email_outline AS o ON o.email_id = a.email_id"
        " CROSS JOIN email AS e ON e.id = a.email_id"
        f" WHERE a.wanted_at > 0 AND a.digest IS NULL AND a.refused = '' AND {THERE}"
        " ORDER BY a.wanted_at, a.number"
    )
    return [
        _Asked(part_of(EmailId(id_), number), account, held, size, name or subject or "")
        for id_, number, account, held, size, name, subject in rows
    ]


def _letters(db: Connection) -> list[_Asked]:
    rows = db.execute(
        "SELECT o.email_id, e.account_id, o.held, e.size, e.subject FROM email_outline AS o"
        " CROSS JOIN email AS e ON e.id = o.email_id"
        f" WHERE o.wanted_at > 0 AND {THERE} ORDER BY o.wanted_at"
    )
    return [
        _Asked(letter_of(EmailId(id_)), account, held, size, subject or "")
        for id_, account, held, size, subject in rows
    ]


def _work(
    name: str,
    row: _Row | None,
    asked: _Asked | None,
    paused: dict[str, int | None],
    known: dict[int, tuple[str, str, str]],
) -> Work:
    kind = WorkKind(name.partition(":")[0])
    account_id = row.account_id if row else asked.account_id if asked else paused.get(name)
    account, link, incoming = known.get(account_id or 0, ("", "", ""))
    done, whole = (row.done, row.whole) if row else (0, None)
    if asked is not None:
        done, whole = asked.held, asked.size
    return Work(
        name=name,
        kind=kind,
        # Letters leave by a line of their own, of which nothing stays once it is cut.
        state=_state(
            row, is_paused=name in paused, is_cut=link in OFF and kind is not WorkKind.SENDING
        ),
        unit=Unit(row.unit) if row else Unit.OCTETS,
        done=done,
        whole=whole,
        rate=row.rate if row else 0.0,
        measures=row.measures if row else 0,
        heard=row.heard if row else 0,
        started_at=row.started_at if row else 0,
        changed_at=row.changed_at if row else 0,
        account=account,
        words=asked.words if asked else "",
        can_pause=kind not in NEVER_PAUSED
        and not (kind is WorkKind.LETTERS and incoming == Incoming.POP3.value),
    )


def _state(row: _Row | None, *, is_paused: bool, is_cut: bool) -> WorkState:
    runs = row is not None and row.state == "running"
    if is_paused:
        return WorkState.PAUSING if runs and not is_cut else WorkState.PAUSED
    if is_cut:
        return WorkState.CUT
    return WorkState.RUNNING if runs else WorkState.WAITING


def _named(db: Connection, work: Work) -> Work:
    """Where the words are on rows that have no other reason to be read."""
    of = work.name.partition(":")[2]
    if work.kind is WorkKind.SENDING:
        query = (
            "SELECT group_concat(email, ', ') FROM (SELECT email FROM submission_recipient"
            " WHERE submission_id = ? ORDER BY position)"
        )
    elif work.kind is WorkKind.UPLOAD:
        query = "SELECT subject FROM email WHERE id = ?"
    elif work.kind is WorkKind.DIRECTORY:
        query = "SELECT name FROM directory_source WHERE id = ?"
    else:
        return work
    row = db.execute(query, (of,)).fetchone()
    return replace(work, words=str(row[0] or "") if row else "")


def work_called(db: Connection, name: str) -> Work:
    """One of them.

    Raises:
        Usage: `work.unknown`, it is over, or never was.
    """
    found = next((each for each in works(db) if each.name == name), None)
    if found is None:
        raise Usage("work.unknown", name=name)
    return found


def pause(db: Connection, name: str, now: int) -> bool:
    """Wish that a work be paused, until it is resumed. False when it was wished already.

    Raises:
        Usage: `work.unknown`; `work.never_paused`, a letter on its way out; `work.pop3`.
    """
    found = work_called(db, name)
    if not found.can_pause:
        raise Usage("work.never_paused" if found.kind in NEVER_PAUSED else "work.pop3")
    with write(db):
        return bool(
            db.execute(
                "INSERT OR IGNORE INTO work_pause (name, account_id, email_id, wished_at,"
                " newest_email_id) VALUES (?, (SELECT id FROM account WHERE id = ?), ?, ?,"
                " (SELECT coalesce(max(id), 0) FROM email))",
                (name, _account_of(db, name), _email_of(name), now),
            ).rowcount
        )


def resume(db: Connection, name: str, now: int) -> bool:
    """Let a work go on. False when it was not paused."""
    kind, _, of = name.partition(":")
    with write(db):
        row = db.execute(
            "DELETE FROM work_pause WHERE name = ? RETURNING account_id", (name,)
        ).fetchone()
        if row is None:
            return False
        # Nobody is at it: it may be over before anybody could say that it goes again.
        db.execute("DELETE FROM work WHERE name = ? AND state = 'paused'", (name,))
        if kind == WorkKind.LETTERS:
            db.execute(
                "DELETE FROM work_floor WHERE mailbox_id IN"
                " (SELECT id FROM mailbox WHERE account_id = ?)",
                (row[0],),
            )
        elif kind in (WorkKind.LETTER, WorkKind.PART):
            _wish_again(db, kind, of, now)
    if kind == WorkKind.LETTERS and row[0] is not None:
        want_sync(db, AccountId(row[0]), now)
    return True


def _wish_again(db: Connection, kind: str, of: str, now: int) -> None:
    """A node that waits for wishes looks at when they were made."""
    email_id, _, number = of.partition("/")
    wanted_at = later_wish(db, EmailId(int(email_id)), now)
    if kind == WorkKind.PART:
        db.execute(
            "UPDATE announced_part SET wanted_at = ? WHERE email_id = ? AND number = ?"
            " AND wanted_at > 0",
            (wanted_at, email_id, number),
        )
    else:
        db.execute(
            "UPDATE email_outline SET wanted_at = ? WHERE email_id = ? AND wanted_at > 0",
            (wanted_at, email_id),
        )


def _account_of(db: Connection, name: str) -> int | None:
    kind, _, of = name.partition(":")
    if kind == WorkKind.LETTERS:
        return int(of)
    row = db.execute("SELECT account_id FROM email WHERE id = ?", (_email_of(name),)).fetchone()
    return None if row is None else int(row[0])


def _email_of(name: str) -> int | None:
    kind, _, of = name.partition(":")
    return int(of.partition("/")[0]) if kind in (WorkKind.LETTER, WorkKind.PART) else None

"""What takes long, as the node says it: a row while it goes, and while it is paused.

Of a letter or a document asked for, how far it has come is on its own row, written with its octets
(store/db/outlines.py, store/db/part_ranges.py); here is how fast it goes. Nothing is written at
rest, and once a second at most while something goes (sync/watching.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from store.db.open import Connection, write
from store.model.ids import AccountId, EmailId, MailboxId
from store.model.work import READING, Floor, Unit


class Measured(NamedTuple):
    """How far a work has come, as it is written."""

    name: str
    account_id: AccountId | None
    """Whose line it uses."""
    unit: Unit
    done: int
    whole: int | None
    rate: float
    """A second."""
    measures: int
    heard: int
    """Octets that its line brought since it began."""


def save_measured(db: Connection, measured: Iterable[Measured], *, now: int) -> None:
    """Write how far these have come, in one commit. What is of no account any more is left out."""
    with write(db):
        for each in measured:
            db.execute(
                "INSERT INTO work (name, account_id, state, unit, done, whole, rate, measures,"
                " heard, started_at, changed_at) SELECT :name, :account_id, 'running', :unit,"
                " :done, :whole, :rate, :measures, :heard, :now, :now WHERE :account_id IS NULL"
                " OR EXISTS (SELECT 1 FROM account WHERE id = :account_id)"
                " ON CONFLICT (name) DO UPDATE SET unit = excluded.unit, done = excluded.done,"
                " whole = excluded.whole, rate = excluded.rate, measures = excluded.measures,"
                " heard = excluded.heard, changed_at = excluded.changed_at,"
                " state = CASE WHEN :name IN (SELECT name FROM work_pause) THEN work.state"
                "  ELSE 'running' END",
                {**each._asdict(), "unit": each.unit.value, "now": now},
            )


def forget_works(db: Connection, names: Iterable[str]) -> None:
    """These are over. One that a person paused is not: it stays, as far as it came."""
    gone = "name IN (SELECT value FROM json_each(?)) AND name NOT IN (SELECT name FROM work_pause)"
    wanted = json.dumps(list(names))
    if db.execute(f"SELECT 1 FROM work WHERE {gone} LIMIT 1", (wanted,)).fetchone():
        with write(db):
            db.execute(f"DELETE FROM work WHERE {gone}", (wanted,))


def works_of(db: Connection, account_id: AccountId) -> frozenset[str]:
    """What its mailboxes were said to bring or take: what a pass that was cut short left, too."""
    rows = db.execute(
        "SELECT name FROM work WHERE account_id = ? AND name NOT LIKE 'sending:%'", (account_id,)
    )
    return frozenset(name for (name,) in rows)


def begin_anew(db: Connection) -> None:
    """A node starts: what another was doing when it ended goes on, or does not, by this one."""
    names = frozenset(name for (name,) in db.execute("SELECT name FROM work").fetchall())
    forget_works(db, names)
    _said_paused(db, names)


def is_pause_wished(db: Connection, name: str) -> bool:
    """Whether a person paused it, for whoever cannot stop here and now."""
    return db.execute("SELECT 1 FROM work_pause WHERE name = ?", (name,)).fetchone() is not None


def obey_pauses(db: Connection, account_id: AccountId) -> frozenset[str]:
    """The works of an account that a person paused; said to be paused, from now on.

    For whoever is about to go on with one of them, between two pieces of it.
    """
    rows = db.execute("SELECT name FROM work_pause WHERE account_id = ?", (account_id,)).fetchall()
    return _said_paused(db, frozenset(name for (name,) in rows))


def obey_pause(db: Connection, name: str) -> bool:
    """The same of one work: whether it is paused."""
    row = db.execute("SELECT name FROM work_pause WHERE name = ?", (name,)).fetchone()
    return bool(_said_paused(db, frozenset(row or ())))


def _said_paused(db: Connection, names: frozenset[str]) -> frozenset[str]:
    runs = (
        "state = 'running' AND name IN (SELECT value FROM json_each(?))"
        " AND name IN (SELECT name FROM work_pause)"
    )
    wanted = json.dumps(sorted(names))
    if names and db.execute(f"SELECT 1 FROM work WHERE {runs} LIMIT 1", (wanted,)).fetchone():
        with write(db):
            db.execute(
                f"UPDATE work SET state = 'paused', rate = 0, measures = 0 WHERE {runs}", (wanted,)
            )
    return names


def reading_floor(db: Connection) -> EmailId:
    """Emails up to this one are not put into the index now; 0 when all are."""
    row = db.execute("SELECT newest_email_id FROM work_pause WHERE name = ?", (READING,)).fetchone()
    if row is not None:
        obey_pause(db, READING)
    return EmailId(0 if row is None else row[0])


def floors(db: Connection, account_id: AccountId) -> dict[MailboxId, Floor]:
    """Of each mailbox of which it was noted, where new letters begin."""
    rows = db.execute(
        "SELECT f.mailbox_id, f.uidvalidity, f.uid FROM work_floor AS f JOIN mailbox AS m"
        " ON m.id = f.mailbox_id WHERE m.account_id = ?",
        (account_id,),
    )
    return {MailboxId(id_): Floor(uidvalidity, uid) for id_, uidvalidity, uid in rows}


def save_floors(db: Connection, found: Mapping[MailboxId, Floor]) -> None:
    """Note where new letters begin."""
    with write(db):
        db.executemany(
            "INSERT OR REPLACE INTO work_floor (mailbox_id, uidvalidity, uid) VALUES (?, ?, ?)",
            [(id_, *floor) for id_, floor in found.items()],
        )

"""Which thread an Email belongs to: any Message-ID it names that a thread already knows.

The graph is kept, not recomputed: each thread remembers every Message-ID it has seen, so a reply
that arrives before what it answers still finds its place. Two threads joined by a late letter
become one.
"""

from __future__ import annotations

from store.db.open import Connection
from store.model.email import DerivedEmail
from store.model.ids import AccountId, ThreadId

MOST_REFERENCES = 50
"""A letter that names more is read from its newest ones; a hostile one may name thousands."""


def thread_of(db: Connection, account_id: AccountId, derived: DerivedEmail) -> ThreadId:
    """The thread of an Email, made when there is none. Call inside `write`."""
    names = [*derived.references[-MOST_REFERENCES:], derived.message_id]
    names = [name for name in dict.fromkeys(names) if name]
    marks = ",".join("?" * len(names))
    rows = db.execute(
        f"SELECT DISTINCT thread_id FROM thread_reference"
        f" WHERE account_id = ? AND message_id IN ({marks}) ORDER BY thread_id",
        (account_id, *names),
    ).fetchall()
    known = [ThreadId(row[0]) for row in rows]
    thread_id = known[0] if known else _new_thread(db, account_id)
    for joined in known[1:]:
        db.execute("UPDATE email SET thread_id = ? WHERE thread_id = ?", (thread_id, joined))
        db.execute(
            "UPDATE thread_reference SET thread_id = ? WHERE account_id = ? AND thread_id = ?",
            (thread_id, account_id, joined),
        )
    db.executemany(
        "INSERT OR IGNORE INTO thread_reference (account_id, message_id, thread_id)"
        " VALUES (?, ?, ?)",
        [(account_id, name, thread_id) for name in names],
    )
    return thread_id


def _new_thread(db: Connection, account_id: AccountId) -> ThreadId:
    row = db.execute("INSERT INTO thread (account_id) VALUES (?) RETURNING id", (account_id,))
    return ThreadId(row.fetchone()[0])

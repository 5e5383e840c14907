"""A clock that is put forward: what waits waits on, for as long as it would have.

Nothing on the machine can tell a clock that is corrected from one that is spoilt. So a leap alone
ends nothing: not the time to withdraw a letter, nor its hour, nor the wait for an answer or for
evidence, nor a claim. What the leap passed over is later by the leap; a letter that came in since
shows by the server's clock that the hour was there, and setting the clock back takes the leap back.
Why so: docs/decisions/0011-clocks.md.
"""

from __future__ import annotations

from store.db.ahead import SERVERS_SAY, UNDO_SECONDS
from store.db.attempts import WAITS
from store.db.open import Connection, write

NOTICED_SECONDS = 2
"""Less is how two readings are rounded."""
SAID_AT = "(SELECT updated_at FROM draft WHERE id = draft_id)"
HOURS = (
    ("draft_to_send", "send_at", SAID_AT, "1"),
    ("email_submission", "send_at", "created_at", WAITS),
    ("answer_wanted", "until_at", "0", "told_at IS NULL"),
)
"""Where an hour is waited for, when that was said, and in which rows."""
WITHDRAWABLE = f"""
{{said_at}} <= :before AND send_at > :before AND send_at - {{said_at}} <= {UNDO_SECONDS}
"""


def note_step(db: Connection, boot: str, ahead_seconds: int, *, now: int) -> int:
    """Put right what a step of the clock would end early. By how much it was put forward, seconds.

    One transaction with the note of it: killed before, the next look finds the same. Writes nothing
    as long as the clock goes on as it did and no hour was passed over.

    Args:
        boot: which start of the machine this is: of an earlier one nothing is known, nor of ''.
        ahead_seconds: what the clock says, less for how long the machine runs.
    """
    _take_back_what_was_there(db)
    if not boot or _stepped(db, boot, ahead_seconds) == 0:
        return 0
    with write(db):
        by = _stepped(db, boot, ahead_seconds) or 0
        db.execute(
            "INSERT OR REPLACE INTO clock (only_row, boot, ahead_seconds) VALUES (1, ?, ?)",
            (boot, ahead_seconds),
        )
        if by > 0:
            _put_forward(db, {"by": by, "now": now, "before": now - by})
        for table, at, _, of in HOURS if by < 0 else ():
            db.execute(
                f"UPDATE {table} SET {at} = {at} - min(moved_seconds, :by),"
                f" moved_seconds = max(0, moved_seconds - :by) WHERE {of} AND moved_seconds > 0",
                {"by": -by},
            )
        db.execute("UPDATE claim_seen SET since_at = since_at + ?", (by,))
    return by


def _stepped(db: Connection, boot: str, ahead_seconds: int) -> int | None:
    """By how much the clock was put forward, seconds; None at the first look since the start."""
    row = db.execute("SELECT ahead_seconds FROM clock WHERE boot = ?", (boot,)).fetchone()
    if row is None:
        return None
    by = ahead_seconds - int(row[0])
    return by if abs(by) >= NOTICED_SECONDS else 0


def _put_forward(db: Connection, step: dict[str, int]) -> None:
    """What was said before it is known by its time: nobody else can have said it then."""
    drafts = WITHDRAWABLE.format(said_at=SAID_AT)
    ids = [row[0] for row in db.execute(f"SELECT draft_id FROM draft_to_send WHERE {drafts}", step)]
    for id_ in ids:
        db.execute(
            "UPDATE draft_to_send SET send_at = send_at + ? WHERE draft_id = ?", (step["by"], id_)
        )
        db.execute("UPDATE draft SET updated_at = updated_at + ? WHERE id = ?", (step["by"], id_))
    db.execute(
        "UPDATE email_submission SET send_at = send_at + :by, created_at = created_at + :by"
        f" WHERE {WAITS} AND {WITHDRAWABLE.format(said_at='created_at')}",
        step,
    )
    for table, at, said_at, of in HOURS:
        # Told to leave at once behind the leap, it was due before the leap was seen: it is due.
        db.execute(
            f"UPDATE {table} SET {at} = {at} + :by, moved_seconds = moved_seconds + :by"
            f" WHERE {of} AND {at} > :before AND {at} <= :now"
            f" AND NOT ({said_at} > :before AND {at} - {said_at} <= {UNDO_SECONDS})",
            step,
        )
    db.execute(
        "UPDATE email_submission SET next_look_at = next_look_at + :by WHERE state = 'uncertain'"
        " AND next_look_at > :before",
        step,
    )


def _take_back_what_was_there(db: Connection) -> None:
    """The hour that the clock leapt over was there, as a server's clock shows: it counts again."""
    for table, at, *_ in HOURS:
        shown = f"moved_seconds > 0 AND {at} - moved_seconds <= {SERVERS_SAY}"
        if db.execute(f"SELECT 1 FROM {table} WHERE {shown}").fetchone():
            with write(db):
                db.execute(
                    f"UPDATE {table} SET {at} = {at} - moved_seconds, moved_seconds = 0"
                    f" WHERE {shown}"
                )

"""What a store holds that proves to be a copy: nothing of it leaves until a person says so.

What waited when the copy was made may have left since, from the store it was copied from. So each
letter becomes a doubt that looks are made for; each draft told to leave, and each notice that an
answer is late, waits for its author, each watched folder for a word, and what was to be put into
another program's folder for a person who has looked there. All of it is one transaction, with the
note of where the store now is: killed before it, the next start finds the same; after it, there is
nothing left to do.
"""

from __future__ import annotations

from store.db.drafts import draft_copied_within
from store.db.open import Connection, write
from store.db.submission_rows import UNDER_WAY
from store.db.submissions import cancel, retry
from store.errors import Usage
from store.model.ids import DropRuleId, SubmissionId
from store.model.place import Held

COPIED = "submission.copied"
"""How an attempt ended that was open in the store this one was copied from."""
HANDOVER_COPIED = "handover.copied"
ASKED = f"state = 'uncertain' AND copied_at > 0 AND NOT {UNDER_WAY}"


def known_place(db: Connection) -> tuple[str, int]:
    """The name of the place the store was last sent from, '' when it never was; and how many
    final dots were about to leave."""
    row = db.execute("SELECT name, dots FROM place").fetchone()
    return ("", 0) if row is None else (str(row[0]), int(row[1]))


def settle_here(db: Connection, place: str) -> None:
    """Note where the store is sent from."""
    with write(db):
        _settle_within(db, place, 0)


def _settle_within(db: Connection, place: str, dots: int) -> None:
    db.execute(
        "INSERT INTO place (only_row, name, dots) VALUES (1, ?, ?) ON CONFLICT (only_row)"
        " DO UPDATE SET name = excluded.name, dots = max(dots, excluded.dots)",
        (place, dots),
    )


def hold_what_waits(db: Connection, *, now: int, place: str = "", witnessed: int = 0) -> Held:
    """Make a question of everything that would leave by itself. Returns how much that is.

    Args:
        place: where the store now is; '' leaves that as it was, and the answers that a node of
            this place may be waiting for are still heard.
        witnessed: so many final dots were about to leave from here.
    """
    with write(db):
        at = max(1, _last_used_at(db))
        waiting = "state IN ('queued', 'deferred', 'sending', 'uncertain')"
        db.execute(
            "UPDATE submission_attempt SET ended_at = ?, outcome = ? WHERE ended_at IS NULL"
            " AND (phase <> 'dot' OR ?)",
            (now, COPIED, bool(place)),
        )
        db.execute(
            "UPDATE submission_recipient SET state = 'uncertain', at = ? WHERE state IN ('todo',"
            f" 'deferred') AND submission_id IN (SELECT id FROM email_submission WHERE {waiting})",
            (now,),
        )
        letters = db.execute(
            "UPDATE email_submission SET state = 'uncertain', copied_at = ?1, last_error = '',"
            # No report was asked of the other store's servers on our behalf: silence says nothing.
            " proof_asked = 0, looks = 0, next_look_at = ?2, next_attempt_at = 0, updated_at = ?2"
            f" WHERE {waiting}",
            (at, now),
        ).rowcount
        drafts = draft_copied_within(db)
        db.execute("UPDATE answer_wanted SET copied_at = ? WHERE told_at IS NULL", (at,))
        rules = db.execute("UPDATE drop_rule SET copied_at = ?", (at,)).rowcount
        db.execute("UPDATE drop_item SET wish = '', wish_to = '[]' WHERE wish <> ''")
        db.execute("UPDATE receipt_asked SET state = 'ask' WHERE state IN ('read', 'yes')")
        # Another program takes away what it reads: the folder does not say what was put there.
        handovers = db.execute(
            "UPDATE handover SET state = 'held', reason = ?, updated_at = ?"
            " WHERE state IN ('waiting', 'placing')",
            (HANDOVER_COPIED, now),
        ).rowcount
        if place:
            _settle_within(db, place, witnessed)
    return Held(letters, drafts, rules, handovers)


def _last_used_at(db: Connection) -> int:
    """When something was last done with the store: about when the copy was made."""
    row = db.execute(
        "SELECT max(coalesce((SELECT alive_at FROM node), 0),"
        " coalesce((SELECT max(updated_at) FROM email_submission), 0),"
        " coalesce((SELECT max(updated_at) FROM drop_item), 0))"
    ).fetchone()
    return int(row[0])


def asked_about(db: Connection) -> list[SubmissionId]:
    """The letters that a person has not decided on, the oldest first."""
    rows = db.execute(f"SELECT id FROM email_submission WHERE {ASKED} ORDER BY id")
    return [SubmissionId(row[0]) for row in rows]


def decide_all(db: Connection, *, leaves: bool, now: int) -> int:
    """The same answer to all of them. Returns how many there were."""
    ids = asked_about(db)
    for submission_id in ids:
        (retry if leaves else cancel)(db, submission_id, now=now)
    return len(ids)


def confirm_rule(db: Connection, name: str) -> None:
    """Watch the folder of a rule from here on.

    Its claims begin otherwise from now on: the store this one was copied from may still watch.

    Raises:
        Usage: `drop.unknown`, `drop.not_copied`.
    """
    with write(db):
        done = db.execute(
            "UPDATE drop_rule SET copied_at = 0, former_mark = mark,"
            " mark = lower(hex(randomblob(4))) WHERE name = ? AND copied_at > 0",
            (name,),
        ).rowcount
        there = db.execute("SELECT 1 FROM drop_rule WHERE name = ?", (name,)).fetchone()
    if not done:
        raise Usage("drop.not_copied" if there else "drop.unknown", name=name)


def forget_former_mark(db: Connection, rule_id: DropRuleId) -> None:
    """The claims that began so are in the ledger."""
    with write(db):
        db.execute("UPDATE drop_rule SET former_mark = '' WHERE id = ?", (rule_id,))

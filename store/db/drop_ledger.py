"""The ledger of the watched folders: what makes a document leave once.

At most one row per rule and content is queued or sent (index `drop_item_once`), and it is written
in the transaction of its outbox row, so that neither exists without the other. Where a document
goes at its end is committed first; its file follows, and that is noted last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.db.drops import ITEM_COLUMNS, as_item
from store.db.open import Connection, write
from store.model.document import Identifier
from store.model.drop import DropItem, ItemState
from store.model.drop_options import FoundIn
from store.model.ids import AccountId, BlobId, DispatchId, DropItemId, DropRuleId, SubmissionId
from store.model.submission import SubmissionState

NAMED = ", ".join(f"i.{column.strip()}" for column in ITEM_COLUMNS.split(","))
PARTS = """
  FROM drop_item i LEFT JOIN email_submission s ON s.id = i.submission_id
  LEFT JOIN email_submission p ON p.id = i.patient_submission_id
  LEFT JOIN handover h ON h.dispatch_id = i.dispatch_id
"""
"""What one document became: a letter, or the colleagues' and the patient's, and the DMP's set."""


def item_with_content(db: Connection, rule_id: DropRuleId, digest: BlobId) -> DropItem | None:
    """The document of this rule with this content that is queued or sent, if there is one."""
    row = db.execute(
        f"SELECT {ITEM_COLUMNS} FROM drop_item WHERE rule_id = ? AND digest = ?"
        " AND state IN ('queued', 'sent')",
        (rule_id, digest),
    ).fetchone()
    return None if row is None else as_item(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What a document was made into, in the transaction of its ledger row."""

    letter: SubmissionId | None = None
    patient_letter: SubmissionId | None = None
    dispatch: DispatchId | None = None


def add_item_within(
    db: Connection,
    rule_id: DropRuleId,
    *,
    name: bytes,
    digest: BlobId,
    size: int,
    claim: str,
    state: ItemState,
    now: int,
    reason: str = "",
    recipients: tuple[str, ...] = (),
    found_in: FoundIn | None = None,
    patient: str = "",
    files: int = 1,
    control_ids: tuple[str, ...] = (),
    corrects: DropItemId | None = None,
    became: Became | None = None,
    lacks: tuple[str, ...] = (),
    held_as: bytes = b"",
    request: str = "",
    uncompared: int = 0,
) -> DropItemId:
    """Write a document into the ledger. Call inside `write`, with its outbox rows if it has any."""
    became = became or Became()
    row = db.execute(
        "INSERT INTO drop_item (rule_id, name, digest, size, claim, state, reason, submission_id,"
        " seen_at, updated_at, recipients, found_in, patient, files, control_ids, corrects,"
        " patient_submission_id, dispatch_id, lacks, held_as, request, uncompared)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            *(rule_id, name, digest, size, claim, state.value, reason, became.letter, now, now),
            *(json.dumps(recipients), found_in.value if found_in else "", patient, files),
            *(json.dumps(control_ids), corrects, became.patient_letter, became.dispatch),
            *(json.dumps(lacks), held_as, request, uncompared),
        ),
    ).fetchone()
    return DropItemId(row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A document that left, or is to leave."""

    item: DropItem
    message_id: str
    """Of its letter; '' when it went to the DMP alone."""
    document: str
    """JSON: how it was named as a health document (store/db/dispatches.py); '' when it was none."""


def item_with_name(db: Connection, rule_id: DropRuleId, name: bytes) -> Earlier | None:
    """The last document of this rule and name that left, or is to leave."""
    row = db.execute(
        f"SELECT coalesce(s.message_id, ''), coalesce(d.document, ''), {NAMED} FROM drop_item i"
        " LEFT JOIN email_submission s ON s.id = i.submission_id"
        " LEFT JOIN dispatch d ON d.id = i.dispatch_id"
        " WHERE i.rule_id = ? AND i.name = ? AND i.state IN ('queued', 'sent')"
        " ORDER BY i.id DESC LIMIT 1",
        (rule_id, name),
    ).fetchone()
    return _earlier(row)


def item_with_identifier(
    db: Connection, account_id: AccountId, named: Identifier
) -> Earlier | None:
    """The document that left from an account's folders, or is to leave, as a health document with
    this identifier."""
    row = db.execute(
        f"SELECT coalesce(s.message_id, ''), d.document, {NAMED} FROM dispatch d"
        " JOIN drop_item i ON i.dispatch_id = d.id"
        " LEFT JOIN email_submission s ON s.id = i.submission_id"
        " WHERE d.account_id = ? AND json_extract(d.document, '$.identifier.value') = ?"
        " AND json_extract(d.document, '$.identifier.oid') = ? AND i.state IN ('queued', 'sent')"
        " ORDER BY i.id DESC LIMIT 1",
        (account_id, named.extension, named.root),
    ).fetchone()
    return _earlier(row)


def _earlier(row: Sequence[object] | None) -> Earlier | None:
    if row is None:
        return None
    return Earlier(item=as_item(tuple(row[2:])), message_id=str(row[0]), document=str(row[1]))


def held_claims(db: Connection, rule_id: DropRuleId) -> list[str]:
    """The claims of documents that the ledger knows to lie in `.claimed/`."""
    rows = db.execute("SELECT claim FROM drop_item WHERE rule_id = ? AND put_away = 0", (rule_id,))
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A queued document of which all that it became has come to an end."""

    item: DropItem
    states: tuple[SubmissionState, ...]
    """Of its letters; the DMP's set, once it is in its folder, counts as one that was accepted."""
    some_refused: bool
    """At least one recipient was refused."""


def ended_letters(db: Connection, rule_id: DropRuleId, *, limit: int) -> list[Ended]:
    """Queued documents whose letters were all accepted, refused or withdrawn, and whose set for
    the DMP is in its folder or was withdrawn; oldest first."""
    rows = db.execute(
        "SELECT s.state, p.state, CASE h.state WHEN 'canceled' THEN 'canceled'"
        " ELSE iif(h.id IS NULL, NULL, 'accepted') END,"
        " EXISTS (SELECT 1 FROM submission_recipient r WHERE r.submission_id IN (s.id, p.id)"
        f" AND r.state = 'refused'), {NAMED} {PARTS}"
        " WHERE i.rule_id = ? AND i.state = 'queued' AND coalesce(s.id, h.id) IS NOT NULL"
        " AND coalesce(s.state, 'canceled') IN ('accepted', 'refused', 'canceled')"
        " AND coalesce(p.state, 'canceled') IN ('accepted', 'refused', 'canceled')"
        " AND coalesce(h.state, 'placed') NOT IN ('waiting', 'placing', 'held')"
        " ORDER BY i.id LIMIT ?",
        (rule_id, limit),
    )
    return [
        Ended(
            item=as_item(row[4:]),
            states=tuple(SubmissionState(state) for state in row[:3] if state),
            some_refused=bool(row[3]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a document goes, and the code that says why when it is not simply sent."""

    item_id: DropItemId
    state: ItemState
    reason: str


def end_items(db: Connection, ends: Iterable[End], *, now: int) -> None:
    """Say where documents go; their files follow (`items_to_put_away`)."""
    with write(db):
        db.executemany(
            "UPDATE drop_item SET state = ?, reason = ?, put_away = 0, updated_at = ? WHERE id = ?",
            [(end.state.value, end.reason, now, end.item_id) for end in ends],
        )


SENT_AGAIN = """
SELECT min(i.id) FROM drop_item i
 WHERE i.rule_id = ? AND i.state = 'failed' AND EXISTS (SELECT 1 FROM email_submission s
        WHERE s.id IN (i.submission_id, i.patient_submission_id)
          AND s.state NOT IN ('refused', 'canceled'))
   AND NOT EXISTS (SELECT 1 FROM drop_item o WHERE o.rule_id = i.rule_id
                    AND o.digest = i.digest AND o.state IN ('queued', 'sent'))
 GROUP BY i.digest
"""
"""A person told a refused letter to leave again. Where the same content was dropped again in the
meantime, that later document counts and this one stays failed."""


def queue_again(db: Connection, rule_id: DropRuleId, *, now: int) -> int:
    """Documents that had failed and whose letter leaves again are queued again. How many."""
    found = [row[0] for row in db.execute(SENT_AGAIN, (rule_id,))]
    if found:
        with write(db):
            db.executemany(
                "UPDATE drop_item SET state = 'queued', reason = '', updated_at = ? WHERE id = ?",
                [(now, item_id) for item_id in found],
            )
    return len(found)


def anything_ended(db: Connection, rule_id: DropRuleId) -> bool:
    """True when a look at the ledger has something to do, whatever lies in the folder.

    Asked at each commit of anybody: each question has an index of its own, and reads what waits.
    """
    return (
        bool(ended_letters(db, rule_id, limit=1))
        or db.execute(f"{SENT_AGAIN} LIMIT 1", (rule_id,)).fetchone() is not None
        or any(
            db.execute(f"SELECT 1 FROM drop_item {where} LIMIT 1", (rule_id,)).fetchone()
            for where in (
                "INDEXED BY drop_item_wish WHERE rule_id = ? AND wish <> ''",
                "INDEXED BY drop_item_held WHERE rule_id = ? AND put_away = 0"
                " AND state <> 'queued'",
            )
        )
    )


def queued_between(db: Connection, rule_id: DropRuleId, after: int, until: int) -> int:
    """How many documents of a rule were given a letter between two times, Unix seconds."""
    row = db.execute(
        "SELECT count(*) FROM drop_item WHERE rule_id = ? AND seen_at > ? AND seen_at <= ?"
        " AND coalesce(submission_id, dispatch_id) IS NOT NULL",
        (rule_id, after, until),
    ).fetchone()
    return int(row[0])


def last_seen(db: Connection, rule_id: DropRuleId, n: int, until: int) -> list[int]:
    """When the last `n` documents of a rule were taken, the last first. Unix seconds. One that
    was taken while the clock was ahead says nothing."""
    rows = db.execute(
        "SELECT seen_at FROM drop_item WHERE rule_id = ? AND seen_at <= ?"
        " ORDER BY seen_at DESC LIMIT ?",
        (rule_id, until, n),
    )
    return [int(row[0]) for row in rows]


def items_to_put_away(db: Connection, rule_id: DropRuleId) -> list[tuple[DropItem, str]]:
    """Documents that have ended and whose file may not lie there yet, with the server's last
    words about their letter (words from outside, '' when there are none)."""
    rows = db.execute(
        "SELECT coalesce(nullif(s.last_reply, ''), p.last_reply, ''),"
        f" {NAMED} FROM drop_item i INDEXED BY drop_item_held"
        " LEFT JOIN email_submission s ON s.id = i.submission_id"
        " LEFT JOIN email_submission p ON p.id = i.patient_submission_id"
        " WHERE i.rule_id = ? AND i.put_away = 0 AND i.state <> 'queued' ORDER BY i.id",
        (rule_id,),
    )
    return [(as_item(row[1:]), row[0]) for row in rows]


def put_away(db: Connection, item_ids: Iterable[DropItemId]) -> None:
    """Note that the files of these documents lie where their state says."""
    with write(db):
        db.executemany(
            "UPDATE drop_item SET put_away = 1 WHERE id = ?", [(item_id,) for item_id in item_ids]
        )

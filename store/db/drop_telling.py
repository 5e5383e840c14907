"""What a laboratory's system is still to be told of its documents, and the documents of a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.db.drops import ITEM_COLUMNS, as_item
from store.db.handovers import dispatched_set
from store.db.open import Connection, write
from store.db.submissions import submissions
from store.model.drop import DropItem
from store.model.handover import Handover
from store.model.ids import DropItemId, DropRuleId
from store.model.receipt import Fate
from store.model.submission import EmailSubmission


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A document and what it became."""

    item: DropItem
    letters: tuple[EmailSubmission, ...]
    """None, one, or the colleagues' and then the patient's."""
    dmp: Handover | None = None
    """Its set for the DMP."""


FIRST = 2**62
"""Before it lie all documents."""
CHANGED = f"""
WITH letter (id) AS (
  SELECT id FROM email_submission INDEXED BY email_submission_updated WHERE updated_at >= ?2
  UNION SELECT submission_id FROM submission_recipient INDEXED BY submission_recipient_fate_at
         WHERE fate_at >= ?2),
item (id) AS (
  SELECT id FROM drop_item INDEXED BY drop_item_updated WHERE rule_id = ?1 AND updated_at >= ?2
  UNION SELECT i.id FROM letter CROSS JOIN drop_item i ON i.submission_id = letter.id
  UNION SELECT i.id FROM letter CROSS JOIN drop_item i ON i.patient_submission_id = letter.id
  UNION SELECT i.id FROM handover h INDEXED BY handover_updated
         CROSS JOIN drop_item i ON i.dispatch_id = h.dispatch_id WHERE h.updated_at >= ?2)
SELECT {ITEM_COLUMNS} FROM drop_item WHERE id IN item AND rule_id = ?1 ORDER BY id DESC
"""
"""From what is new to its documents: asked at each look, by a ledger of years."""


def changed(db: Connection, rule_id: DropRuleId, *, since: int) -> list[Telling]:
    """Documents that have changed since then, or of which a letter or the DMP's set has; Unix
    seconds."""
    rows = db.execute(CHANGED, (rule_id, since))
    return _tellings(db, rows)


def older(
    db: Connection, rule_id: DropRuleId, *, before: DropItemId | None, seen_after: int, limit: int
) -> list[Telling]:
    """Documents before this one, the last first."""
    rows = db.execute(
        f"SELECT {ITEM_COLUMNS} FROM drop_item INDEXED BY drop_item_rule WHERE rule_id = ?1"
        " AND id < ?2 AND seen_at > ?3 ORDER BY id DESC LIMIT ?4",
        (rule_id, FIRST if before is None else before, seen_after, limit),
    )
    return _tellings(db, rows)


def _tellings(db: Connection, rows: Iterable[tuple[object, ...]]) -> list[Telling]:
    found = [as_item(row) for row in rows]
    letters = (id_ for item in found for id_ in (item.submission_id, item.patient_submission_id))
    sent = submissions(db, filter(None, letters))
    return [
        Telling(
            item=item,
            letters=tuple(
                sent[id_]
                for id_ in (item.submission_id, item.patient_submission_id)
                if id_ is not None
            ),
            dmp=dispatched_set(db, item.dispatch_id) if item.dispatch_id else None,
        )
        for item in found
    ]


def note_told(db: Connection, told: Iterable[tuple[DropItemId, str]]) -> None:
    """Note which receipts were written, by their digest."""
    rows = [(digest, item_id) for item_id, digest in told]
    if rows:
        with write(db):
            db.executemany("UPDATE drop_item SET told = ? WHERE id = ?", rows)


def taken_between(db: Connection, rule_id: DropRuleId, begin: int, end: int) -> list[DropItem]:
    """The documents of a rule that were taken from `begin` until before `end`, Unix seconds."""
    rows = db.execute(
        f"SELECT {ITEM_COLUMNS} FROM drop_item WHERE rule_id = ? AND seen_at >= ? AND seen_at < ?"
        " ORDER BY id",
        (rule_id, begin, end),
    )
    return [as_item(row) for row in rows]


def undelivered_between(
    db: Connection, rule_id: DropRuleId, begin: int, end: int
) -> set[DropItemId]:
    """Those of them that somebody is known not to have got: refused at once, or lost afterwards."""
    trouble = ", ".join(repr(fate.value) for fate in Fate if fate.is_trouble)
    letters = "(i.submission_id, i.patient_submission_id)"
    rows = db.execute(
        "SELECT i.id FROM drop_item i WHERE i.rule_id = ? AND i.seen_at >= ? AND i.seen_at < ?"
        f" AND (EXISTS (SELECT 1 FROM submission_recipient r WHERE r.submission_id IN {letters}"
        f" AND (r.state = 'refused' OR r.fate IN ({trouble})))"
        f" OR EXISTS (SELECT 1 FROM submission_report p WHERE p.submission_id IN {letters}"
        " AND p.email = '' AND p.is_believed = 1 AND p.outcome IN ('failed', 'refused')))",
        (rule_id, begin, end),
    )
    return {DropItemId(row[0]) for row in rows}


def note_page(db: Connection, rule_id: DropRuleId, day: str) -> None:
    """Note that the page of a day was written."""
    with write(db):
        db.execute("UPDATE drop_rule SET reported_day = ? WHERE id = ?", (day, rule_id))

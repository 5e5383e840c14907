"""What somebody must see now: told once, and on top until a person says that they saw it.

An alert is known by the file its document came in, so that the same file in two letters, or read
again by a better reader, neither calls twice nor forgets who saw it.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.db.document_rows import DOCUMENT, NOT_RECEIVED, document_row, shown
from store.db.observations import abnormal_values
from store.db.open import Connection, write
from store.db.patients import patient_of
from store.model.health import Alert, Alerts
from store.model.ids import DocumentId

STANDS = f"""a.acknowledged_at = 0 AND a.late = 0
   AND {shown(aside=NOT_RECEIVED)}"""
GRAVE = "d.worst IN ('AA', 'HH', 'LL')"
OPEN = f"""
SELECT {DOCUMENT}, a.fingerprint, a.first_at, a.alerted_at, a.seen_at
  FROM alert AS a JOIN health_document AS d ON d.fingerprint = a.fingerprint
  LEFT JOIN identity AS i ON i.id = d.identity_id
 WHERE {STANDS}
 GROUP BY a.fingerprint
 ORDER BY {GRAVE} DESC, d.day DESC, a.first_at DESC LIMIT ?
"""


def open_alerts(db: Connection, limit: int = 100) -> list[Alert]:
    """What nobody acknowledged yet: the gravest first, then the newest.

    One whose document was superseded stays, and says so: somebody may have acted on it.
    """
    found = []
    for row in db.execute(OPEN, (limit,)).fetchall():
        document = document_row(row[:14])
        found.append(
            Alert(
                fingerprint=row[14],
                document=document,
                patient=patient_of(db, document),
                results=abnormal_values(db, document.id),
                first_at=row[15],
                alerted_at=row[16],
                seen_at=row[17],
            )
        )
    return found


COUNTED = f"""
SELECT a.fingerprint, max({GRAVE}), a.alerted_at
  FROM alert AS a JOIN health_document AS d ON d.fingerprint = a.fingerprint
 WHERE {STANDS}
 GROUP BY a.fingerprint ORDER BY a.first_at
"""


def alerts_standing(db: Connection) -> Alerts:
    """The same in one line: how many are open, the first of them, and which were never told."""
    found = db.execute(COUNTED).fetchall()
    grave = [(print_, told) for print_, is_grave, told in found if is_grave]
    others = [(print_, told) for print_, is_grave, told in found if not is_grave]
    return Alerts(
        grave=len(grave),
        others=len(others),
        first=next(iter(open_alerts(db, 1)), None) if found else None,
        untold_grave=tuple(print_ for print_, told in grave if not told),
        untold_others=tuple(print_ for print_, told in others if not told),
    )


def alert_of_document(db: Connection, document_id: DocumentId) -> bytes | None:
    """The alert that stands open of one document, by its fingerprint."""
    row = db.execute(
        "SELECT a.fingerprint FROM health_document AS d JOIN alert AS a"
        " ON a.fingerprint = d.fingerprint"
        " WHERE d.id = ? AND a.acknowledged_at = 0 AND a.late = 0",
        (document_id,),
    ).fetchone()
    return None if row is None else bytes(row[0])


def note_alerted(db: Connection, fingerprints: Iterable[bytes], *, now: int) -> None:
    """A screen told them: it need not do so again."""
    _note(db, "alerted_at", fingerprints, now)


def note_seen(db: Connection, fingerprints: Iterable[bytes], *, now: int) -> None:
    """Their documents are before somebody's eyes."""
    _note(db, "seen_at", fingerprints, now)


def acknowledge(db: Connection, fingerprint: bytes, *, now: int) -> None:
    """A person says that they saw it. It stays in its letter; it is no longer on top."""
    _note(db, "acknowledged_at", [fingerprint], now)


def unacknowledge(db: Connection, fingerprint: bytes) -> None:
    """That was a slip: it is on top again."""
    with write(db):
        db.execute("UPDATE alert SET acknowledged_at = 0 WHERE fingerprint = ?", (fingerprint,))


def _note(db: Connection, column: str, fingerprints: Iterable[bytes], now: int) -> None:
    with write(db):
        db.executemany(
            f"UPDATE alert SET {column} = ? WHERE fingerprint = ? AND {column} = 0",
            [(now, each) for each in fingerprints],
        )

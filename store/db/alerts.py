"""What somebody must see now: told once, and on top until a person says that they saw it.

An alert is known by the file its document came in, so that the same file in two letters, or read
again by a better reader, neither calls twice nor forgets who saw it.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.db.document_rows import DOCUMENT, SHOWN, document_row
from store.db.observations import abnormal_values
from store.db.open import Connection, write
from store.db.patients import patient_of
from store.model.health import Alert

IN_SENT = "m.role <> 'sent'"
OPEN = f"""
SELECT {DOCUMENT}, a.fingerprint, a.first_at, a.alerted_at, a.seen_at
  FROM alert AS a JOIN health_document AS d ON d.fingerprint = a.fingerprint
  LEFT JOIN identity AS i ON i.id = d.identity_id
 WHERE a.acknowledged_at = 0 AND a.late = 0
   AND {SHOWN.replace("m.role NOT IN", f"{IN_SENT} AND m.role NOT IN")}
 GROUP BY a.fingerprint
 ORDER BY d.worst IN ('AA', 'HH', 'LL') DESC, d.day DESC, a.first_at DESC LIMIT ?
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

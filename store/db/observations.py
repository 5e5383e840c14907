"""Values of one analyte over time, for a table and a trend."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from store.db.document_rows import SHOWN, shown
from store.db.open import Connection
from store.model.document import Abnormality, Status
from store.model.health import Value
from store.model.ids import DocumentId, EmailId, PatientId

VALUE = (
    "o.document_id, d.email_id, o.label, o.value, o.number, o.comparator, o.unit, o.unit_key,"
    " o.low, o.high, o.abnormality, o.status, o.day, o.moment, d.superseded_how, d.author"
)
OF_ANALYTE = f"""
SELECT {VALUE} FROM identity AS i
  JOIN observation AS o ON o.identity_id = i.id AND o.analyte = :analyte
  JOIN health_document AS d ON d.id = o.document_id
 WHERE i.patient_id = :patient AND {SHOWN} AND NOT EXISTS (
     SELECT 1 FROM health_document AS twin
      WHERE twin.fingerprint = d.fingerprint AND twin.id < d.id
        AND {shown("twin.email_id")})
 ORDER BY o.day DESC, o.moment DESC, o.document_id DESC, o.position LIMIT :limit
"""
ABNORMAL = f"""
SELECT {VALUE} FROM observation AS o JOIN health_document AS d ON d.id = o.document_id
 WHERE o.document_id = ? AND o.abnormality NOT IN ('', 'N') AND o.status <> 'D'
 ORDER BY o.position
"""


def earlier_values(
    db: Connection, patient_id: PatientId, analyte: str, limit: int = 1_000
) -> list[Value]:
    """Every value of an analyte that is surely or probably this patient's, newest first.

    Those of another unit are there and say so: a trend takes the values of one `unit_key`. Those
    that were superseded are there and say so. A file that came in several letters, or lies in Sent
    too, is there once. An analyte that nobody can name has none.
    """
    if not analyte:
        return []
    values = {"patient": patient_id, "analyte": analyte, "limit": limit}
    return [value(row) for row in db.execute(OF_ANALYTE, values)]


def abnormal_values(db: Connection, document_id: DocumentId) -> tuple[Value, ...]:
    """The values of a document that its laboratory judged out of their range, in their order."""
    return tuple(value(row) for row in db.execute(ABNORMAL, (document_id,)))


def value(row: tuple[Any, ...]) -> Value:
    """Of the columns `VALUE`."""
    return Value(
        document_id=DocumentId(row[0]),
        email_id=EmailId(row[1]),
        label=row[2],
        value=row[3],
        number=None if row[4] is None else Decimal(str(row[4])),
        comparator=row[5],
        unit=row[6],
        unit_key=row[7],
        low=row[8],
        high=row[9],
        abnormality=Abnormality(row[10]),
        status=Status(row[11]),
        day=row[12],
        at=row[13],
        superseded=bool(row[14]),
        author=row[15],
    )

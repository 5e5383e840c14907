"""What a search asks of health documents (store/asking/query.py), in SQL: whose, and which.

Stands apart from the words of a query; all of it must hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.model.health import Health

WITH_FLAGS = "e.health > 0 AND e.health & :health = :health"
OF_PATIENT = (
    "e.id IN (SELECT d.email_id FROM patient AS q JOIN identity AS i ON i.patient_id = q.id"
    " JOIN health_document AS d ON d.identity_id = i.id WHERE instr(q.words, {word}) > 0)"
)


@dataclass(frozen=True, slots=True)
class HealthCondition:
    """What a query asks of health documents."""

    conditions: tuple[str, ...]
    """SQL about `email AS e`; none when it asks nothing."""
    index: str
    """What finds few of them first, the newest at once; '' when it asks nothing."""
    values: dict[str, object]


def health_condition(patient: Sequence[str], flags: Health) -> HealthCondition:
    """Letters with documents of a patient whose names begin so, and with these flags."""
    values: dict[str, object] = {f"patient_{n}": f" {word}" for n, word in enumerate(patient)}
    conditions = [OF_PATIENT.format(word=f":{name}") for name in values]
    if flags:
        conditions.append(WITH_FLAGS)
        values["health"] = int(flags)
    index = "NOT INDEXED" if patient else "INDEXED BY email_health" if flags else ""
    return HealthCondition(tuple(conditions), index, values)

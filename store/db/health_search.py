"""Operators of a search that ask for health documents: patient:, has:, is:, and their French words.

They stand apart from the words of a query, and a query may hold several: all must hold. An operator
whose value is none of these is a word like another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.db.fold import bare
from store.model.health import Health

OPERATOR = re.compile(r'(?i)(?<!\S)(patient|has|is|a|est):("[^"]*"|\S+)')
FLAGS = {
    **dict.fromkeys(("document", "documents"), Health.DOCUMENT),
    **dict.fromkeys(("result", "results", "resultat", "resultats"), Health.RESULT),
    **dict.fromkeys(("abnormal", "anormal"), Health.ABNORMAL),
    **dict.fromkeys(("alert", "alerte"), Health.ALERT),
    **dict.fromkeys(("superseded", "remplace"), Health.SUPERSEDED),
    **dict.fromkeys(("correction",), Health.CORRECTION),
}
WITH_FLAGS = "e.health > 0 AND e.health & :health = :health"
OF_PATIENT = (
    "e.id IN (SELECT d.email_id FROM patient AS q JOIN identity AS i ON i.patient_id = q.id"
    " JOIN health_document AS d ON d.identity_id = i.id WHERE instr(q.words, {word}) > 0)"
)


@dataclass(frozen=True, slots=True)
class HealthTerms:
    """What a query asks of health documents."""

    condition: str
    """SQL about `email AS e`; '' when it asks nothing."""
    index: str
    """What finds few of them first, the newest at once."""
    values: dict[str, object]
    rest: str
    """The query without its operators."""


def health_terms(query: str) -> HealthTerms:
    """Take the operators out of a query."""
    flags, words, rest, end = Health.NONE, [], "", 0
    for found in OPERATOR.finditer(query):
        value = bare(found[2])
        if found[1].lower() == "patient" and value:
            words += value.split()
        elif found[1].lower() != "patient" and value in FLAGS:
            flags |= FLAGS[value]
        else:
            continue
        rest += query[end : found.start()]
        end = found.end()
    values: dict[str, object] = {f"patient_{n}": f" {word}" for n, word in enumerate(words)}
    conditions = [OF_PATIENT.format(word=f":{name}") for name in values]
    if flags:
        conditions.append(WITH_FLAGS)
        values["health"] = int(flags)
    index = "NOT INDEXED" if words else "INDEXED BY email_health"
    return HealthTerms(" AND ".join(conditions), index, values, rest + query[end:])

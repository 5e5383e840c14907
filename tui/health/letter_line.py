"""The health documents of a letter in one line, above its text."""

from __future__ import annotations

from store.health_words import patient_words
from store.host.i18n import sentence
from tui.health.reading import LetterHealth
from tui.plain import NOTHING, Plain, plain_words, said

MOST_PATIENTS = 3


def letter_line(health: LetterHealth, key: str) -> Plain:
    """'2 documents (L) : DURAND Martin 12/03/1960 M, 3 valeurs anormales'."""
    documents, patients, abnormal = health
    if not documents:
        return NOTHING
    one = len(documents) == 1
    words = said("health.one_document" if one else "health.documents", n=len(documents))
    names = [patient_words(each) for each in patients[:MOST_PATIENTS]]
    names += ["…"] if len(patients) > MOST_PATIENTS else []
    told = [" ; ".join(names) or sentence("health.nobody_short")]
    if any(each.conflict for each in patients):
        told.append(sentence("health.has_conflict"))
    if abnormal:
        told.append(
            sentence("health.one_abnormal" if abnormal == 1 else "health.abnormal", n=abnormal)
        )
    current = [row for row in documents if row.superseded_how is None]
    if any(row.worst.is_alert for row in current):
        told.append(sentence("document.alert"))
    if not current:
        told.append(sentence("health.all_superseded"))
    return plain_words(sentence("health.letter", what=words, told=", ".join(told), key=key))

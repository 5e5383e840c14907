"""Health documents and patients in words, for the screen and for the command line alike.

Words from outside stand in these lines: they pass the door (store/plain.py) like any others.
"""

from __future__ import annotations

from store.host.i18n import sentence
from store.model.document import Abnormality, Traits
from store.model.health import Certainty, DocumentRow, PatientRow, Superseding


def certainty_words(certainty: Certainty) -> str:
    """How sure it is that two are one patient."""
    return sentence(f"certainty.{certainty}")


def superseding_words(how: Superseding) -> str:
    """How it is known that something took the place of a document."""
    return sentence(f"superseding.{how}")


def day_words(day: str) -> str:
    """'2026-11-24' as a French reader writes it; a month or a year likewise."""
    return "/".join(reversed(day.split("-")))


def patient_words(patient: PatientRow) -> str:
    """Name, given name, day of birth and sex: what tells one from another."""
    names = [patient.birth_name or patient.used_name]
    if patient.birth_name and patient.used_name not in ("", patient.birth_name):
        names.append(f"({patient.used_name})")
    names.append(patient.given_name)
    told = (" ".join(filter(None, names)) or patient.ins, day_words(patient.birth_day), patient.sex)
    return " ".join(filter(None, told))


def traits_words(traits: Traits) -> str:
    """The same of a description, with its INS."""
    names = [traits.birth_name or traits.used_name]
    if traits.birth_name and traits.used_name not in ("", traits.birth_name):
        names.append(f"({traits.used_name})")
    names += [traits.given_names[0] if traits.given_names else traits.used_given_name]
    told = [" ".join(filter(None, names)), day_words(traits.birth_day), traits.sex]
    told.append(sentence("health.ins", ins=traits.ins) if traits.ins else "")
    return " ".join(filter(None, told))


def document_words(row: DocumentRow) -> str:
    """A document in one line: its day, title, author, and what must be known of it."""
    told = [day_words(row.day), row.title or sentence("document.untitled"), row.author]
    if row.worst.is_alert:
        told.append(sentence("document.alert"))
    elif row.worst not in (Abnormality.UNKNOWN, Abnormality.NORMAL):
        told.append(sentence("document.abnormal"))
    if row.superseded_how is not None:
        told.append(superseding_words(row.superseded_how))
    return " - ".join(filter(None, told))

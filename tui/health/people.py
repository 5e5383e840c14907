"""Patients and what is about them, as lines of lists."""

from __future__ import annotations

from store.health_words import day_words, patient_words, superseding_words
from store.host.i18n import sentence
from store.model.health import Certainty, DocumentRow, PatientEntry, PatientRow
from store.questions import places_words
from tui.health.document import CERTAINTY_SIGNS, certainty_line, known_line, likeness_words, why
from tui.health.reading import PatientLook
from tui.health.rows import SIGNS
from tui.plain import Plain, fit, plain_words, said
from tui.widgets.line_list import BOLD, DIM, PLAIN, Piece

DAY_CELLS = 11
AUTHOR_CELLS = 22


def patient_pieces(patient: PatientRow, width: int) -> list[Piece]:
    """'≠ DURAND Martin 12/03/1960 M   INS 1…'."""
    sign = "≠" if patient.conflict else CERTAINTY_SIGNS[patient.certainty]
    words = f"{sign} {patient_words(patient)}"
    if patient.ins:
        words += f"  {sentence('health.ins', ins=patient.ins)}"
    return [(fit(plain_words(words), width), PLAIN)]


def patient_head(look: PatientLook) -> list[Plain]:
    """Who, how surely known, who is told of under the same number or may be the same."""
    lines = [plain_words(patient_words(look.patient))]
    if look.patient.ins:
        lines[0] = plain_words(f"{lines[0]}  {sentence('health.ins', ins=look.patient.ins)}")
    return [
        *lines,
        known_line(look.patient, look.patient.certainty),
        *map(likeness_words, look.others),
    ]


def entry_pieces(entry: PatientEntry, width: int) -> list[Piece]:
    """Day, how sure, what is out of range, title, author; its letter where there is room."""
    row = entry.document
    sign = CERTAINTY_SIGNS[entry.certainty]
    first = f"{day_words(row.day):<{DAY_CELLS}}{sign} {document_sign(row):<2} "
    author = row.author or entry.sender_name or entry.sender_email
    left = max(0, width - len(first) - AUTHOR_CELLS - 2)
    title = row.title or entry.subject or sentence("document.untitled")
    if row.superseded_how is not None:
        title = sentence("health.marked_superseded", title=title)
    words = f"{plain_words(first)}{fit(plain_words(title), left)}  "
    style = DIM if row.superseded_how is not None else BOLD if row.worst in SIGNS else PLAIN
    return [(Plain(words + fit(plain_words(author), AUTHOR_CELLS)), style)]


def document_sign(row: DocumentRow) -> str:
    """'!' to be seen now, '△' out of range, '=' replaced, as in the list of letters."""
    if row.superseded_how is not None:
        return "×"
    if row.worst.is_alert:
        return "!"
    return "△" if row.worst in SIGNS else ""


def entry_about(entry: PatientEntry) -> list[Plain]:
    """What must be known of the document under the cursor."""
    lines = []
    if entry.reasons:
        lines.append(certainty_line(entry.certainty))
        lines.append(plain_words(why(entry.certainty, entry.reasons)))
    elif entry.certainty is not Certainty.CERTAIN:
        lines.append(plain_words(sentence(f"health.known.{entry.certainty}")))
    if entry.document.superseded_how is not None:
        lines.append(plain_words(superseding_words(entry.document.superseded_how)))
    who = entry.sender_name or entry.sender_email
    lines.append(said("health.letter_of", who=plain_words(who), subject=plain_words(entry.subject)))
    if entry.places:
        lines.append(said("place.several", places=places_words(entry.places)))
    return lines

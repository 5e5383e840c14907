"""Health documents line after line: a document, the values of a result, a patient, what alerts.

A trend says nothing to somebody who listens: values are said one by one, newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from store.db.alerts import alert_of_document, alerts_standing, note_alerted, note_seen, open_alerts
from store.db.documents import are_read, documents_of_email
from store.db.patients import patients_matching, patients_of_email
from store.errors import Usage
from store.health_words import day_words, document_words, patient_words
from store.host import clock
from store.host.i18n import sentence
from store.model.document import Observation
from store.model.health import Alert, PatientEntry, Value
from store.model.ids import DocumentId, EmailId, PatientId
from tui.commands.flat.words import numbered
from tui.health.acknowledging import acknowledged
from tui.health.alert_words import alert_words, how_many
from tui.health.document import below, certainty_line, head, text_of, title_of, why
from tui.health.letter_line import letter_line
from tui.health.people import patient_head
from tui.health.reading import DocumentLook, document_look, letter_health, patient_look, values_look
from tui.health.rows import flag_words, range_words
from tui.health.values import heading, notes
from tui.plain import Plain, plain_words, said

if TYPE_CHECKING:
    from tui.commands.flat.session import Flat

MOST_VALUES = 50
Choices = list[Callable[[], None]]
"""What each number of the list just said opens."""


class FlatHealth:
    """What was read last, and what can be asked of it."""

    def __init__(self, flat: Flat) -> None:
        self.flat, self.talk, self.db = flat, flat.talk, flat.db
        self.look: DocumentLook | None = None
        self.said: list[Alert] = []
        """The alerts said last."""

    def begin(self) -> None:
        """Say that something must be seen, when that is so."""
        standing = alerts_standing(self.db)
        if standing.grave or standing.others:
            what = how_many(standing.grave, standing.others)
            self.talk.say(said("flat.alerts_stand", what=what))
            untold = [*standing.untold_grave, *standing.untold_others]
            note_alerted(self.db, untold, now=clock.now())

    def of_letter(self, email_id: EmailId) -> None:
        """One line with its documents; nothing where it has none."""
        health = letter_health(self.db, email_id)
        if health.documents:
            self.talk.say(letter_line(health, sentence("flat.command.results").split()[0]))

    def choose(self, choices: Choices) -> None:
        """Have the numbers of the list just said open these."""
        self.flat.chosen = choices

    def results(self, rest: str) -> None:
        """A document of the letter; which ones there are, when none is said and it has several."""
        email_id = self.flat.read[1].id
        rows = documents_of_email(self.db, email_id)
        if not rows:
            read = are_read(self.db, email_id)
            raise Usage("health.no_document" if read else "health.not_read_yet")
        if rest.isdecimal() and 1 <= int(rest) <= len(rows):
            self.document(rows[int(rest) - 1].id)
        elif len(rows) == 1:
            self.document(rows[0].id)
        else:
            self.talk.say(numbered([plain_words(document_words(row)) for row in rows]))
            self.choose([partial(self.document, row.id) for row in rows])

    def document(self, document_id: DocumentId) -> None:
        """All of one document, its results numbered."""
        look = self.look = document_look(self.db, document_id)
        self.talk.say(Plain("\n".join([title_of(look), *(words for words, _ in head(look))])))
        results = look.kept.document.observations
        if results:
            self.talk.say(said("flat.results_are"))
            self.talk.say(numbered([result_words(each) for each in results]))
        if look.kept.document.text.strip():
            self.talk.say(said("health.text"))
            self.talk.say(text_of(look))
        self.talk.say(said("flat.end_of_document"))
        self.choose([partial(self._values, n) for n in range(len(results))])
        alert = alert_of_document(self.db, document_id)
        if alert is not None:
            note_seen(self.db, [alert], now=clock.now())

    def values(self, rest: str) -> None:
        """All of the patient's values of one result."""
        if self.look is None:
            raise Usage("flat.results_first")
        n = len(self.look.kept.document.observations)
        if not rest.isdecimal() or not 1 <= int(rest) <= n:
            raise Usage("flat.which_result", n=n)
        self._values(int(rest) - 1)

    def _values(self, result: int) -> None:
        if self.look is None:
            return
        found = values_look(self.db, self.look.kept, result)
        shown = found.values[:MOST_VALUES]
        self.talk.say(heading(found))
        self.talk.say(numbered([value_words(each, found.unit_key) for each in shown]))
        self.choose([partial(self.document, each.document_id) for each in shown])

    def patient(self, rest: str) -> None:
        """The patient of the open letter, or those whose names begin so."""
        letter = None if rest or self.flat.open is None else self.flat.open[1].id
        found = [] if letter is None else patients_of_email(self.db, letter)
        if not found:
            words = rest or self.talk.ask(said("flat.patient_what"))
            found = patients_matching(self.db, words)
        if not found:
            raise Usage("health.no_patient")
        if len(found) == 1:
            self._patient(found[0].id)
            return
        self.talk.say(numbered([plain_words(patient_words(each)) for each in found]))
        self.choose([partial(self._patient, each.id) for each in found])

    def _patient(self, patient_id: PatientId) -> None:
        look = patient_look(self.db, patient_id)
        self.talk.say(Plain("\n".join(patient_head(look))))
        shown = look.entries[:MOST_VALUES]
        self.talk.say(said("flat.documents_of_patient"))
        self.talk.say(numbered([entry_words(each) for each in shown]))
        self.choose([partial(self.document, each.document.id) for each in shown])

    def alerts(self, rest: str) -> None:
        """What must be seen."""
        found = self.said = open_alerts(self.db)
        if not found:
            self.talk.say(said("alert.none"))
            return
        self.talk.say(numbered([alert_words(each, spoken=True) for each in found]))
        self.choose([partial(self.document, each.document.id) for each in found])

    def seen(self, rest: str) -> None:
        """One of those, or the document read last, was seen."""
        self.flat.did(acknowledged(self.db, self._meant(rest), clock.now()))

    def _meant(self, rest: str) -> bytes:
        if rest:
            if not rest.isdecimal() or not 1 <= int(rest) <= len(self.said):
                raise Usage("flat.which_alert")
            return self.said[int(rest) - 1].fingerprint
        if self.look is None:
            raise Usage("flat.results_first")
        fingerprint = alert_of_document(self.db, self.look.kept.row.id)
        if fingerprint is None:
            raise Usage("alert.none_here")
        return fingerprint


def result_words(one: Observation) -> Plain:
    """'Potassium : 6.4 mmol/l, référence 3.5 - 5.1, très élevé !'."""
    value = " ".join(filter(None, (one.value, one.unit)))
    told = [value, *_judged(range_words(one.low, one.high, one.reference), one), *below(one)]
    label = f"{one.label} ({one.specimen})" if one.specimen else one.label
    subject = ", ".join(filter(None, told))
    return said("flat.line", about=label or sentence("health.unnamed"), subject=subject)


def value_words(value: Value, unit_key: str) -> Plain:
    """'le 25/10/2026 : 6.4 mmol/l, référence 3.5 - 5.1, très élevé !, Laboratoire de la Côte'."""
    about = sentence("flat.of_day", day=day_words(value.day))
    told = [" ".join(filter(None, (value.value, value.unit)))]
    told += [sentence("flat.other_unit")] if value.unit_key != unit_key else []
    told += [*_judged(range_words(value.low, value.high), value), *notes(value), value.author]
    return said("flat.line", about=about, subject=", ".join(filter(None, told)))


def _judged(limits: Plain, of: Observation | Value) -> Iterator[str]:
    if limits:
        yield sentence("flat.reference", range=limits)
    yield flag_words(of.abnormality)


def entry_words(entry: PatientEntry) -> Plain:
    """A document of a patient, and how sure it is that it is theirs."""
    told = [document_words(entry.document)]
    if entry.reasons:
        reasons = why(entry.certainty, entry.reasons)
        told.append(f"{certainty_line(entry.certainty)} ({reasons})")
    return plain_words(". ".join(told))

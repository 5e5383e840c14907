"""HPRIM Médecin and its PDF, the pair that every practice's software takes from a folder.

Twelve lines that say who, the text, the results, the two end marks; CP1252 and CRLF, which is what
is read everywhere. What CP1252 lacks becomes '?', and nothing in a text can forge an end mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from store.model.document import (
    Abnormality,
    HealthDocument,
    Moment,
    Observation,
    Professional,
    Status,
)
from sync.documents.facts import (
    Fact,
    day_digits,
    family_name,
    given_name,
    require,
)
from sync.documents.results_text import results_text

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
MARK = re.compile(r"\*{4}(?=[A-Za-z])")
STATES = {Status.FINAL: "F", Status.CORRECTED: "F", Status.PARTIAL: "P"}
SHORT, LONG, CODE = 30, 50, 10
NO_SIGN = (Abnormality.ABNORMAL, Abnormality.VERY_ABNORMAL)
"""HPRIM has L, H, LL, HH and N: abnormal without a direction is said in words, never left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Sender or recipient: a code of ten places, and a name."""

    name: str
    code: str = ""


def build_hprim(
    document: HealthDocument, *, sender: Party, recipient: Party, order_number: str = ""
) -> bytes:
    """The text file of the pair.

    Raises:
        Missing: a line of its header that must say something.
    """
    require(_missing(document, sender, recipient))
    lines = [
        *_header(document, sender, recipient, order_number),
        *_text(document),
        *_results(document),
        "****FIN****",
        "****FINFICHIER****",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252", "replace")


def pair_names(stem: str) -> tuple[str, str]:
    """The two names of a pair: text and PDF, the same stem."""
    return f"{stem}.hpr", f"{stem}.pdf"


def _missing(document: HealthDocument, sender: Party, recipient: Party) -> Iterator[Fact | str]:
    patient = document.patient
    if patient is None:
        yield Fact.PATIENT
    else:
        yield Fact.PATIENT_NAME if not family_name(patient) else ""
        yield Fact.GIVEN_NAME if not given_name(patient) else ""
        yield Fact.BIRTH_DAY if len(day_digits(patient.birth_day)) != 8 else ""
    yield Fact.SERVICE_AT if not _day(document.service_at) else ""
    yield Fact.SENDER_NAME if not sender.name.strip() else ""
    yield Fact.RECIPIENT if not recipient.name.strip() else ""


def _header(
    document: HealthDocument, sender: Party, recipient: Party, order_number: str
) -> Iterator[str]:
    patient = document.patient
    assert patient
    local = next((each.extension for each in patient.identifiers if each.extension), "")
    address = [line.strip() for line in patient.address.splitlines() if line.strip()]
    street, town = (address[:-1], address[-1]) if address else ([], "")
    said = [
        (local, CODE),
        (family_name(patient).upper(), LONG),
        (given_name(patient), LONG),
        (street[0] if street else "", SHORT),
        (" ".join(street[1:]), SHORT),
        (town, LONG),
        (_french(patient.birth_day), CODE),
        (patient.ins[:13] + (" " + patient.ins[13:] if patient.ins else ""), SHORT),
        (order_number, SHORT),
        (_day(document.service_at), CODE),
    ]
    yield from (_line(text)[:most] for text, most in said)
    for party in (sender, recipient):
        yield f"{_line(party.code)[:CODE].rjust(CODE)} {_line(party.name)[:LONG]}"


def _text(document: HealthDocument) -> Iterator[str]:
    text = document.text.strip() or results_text(document.observations)
    for line in text.splitlines():
        yield _line(line, strip=False)


def _results(document: HealthDocument) -> Iterator[str]:
    if not document.observations:
        return
    yield "****LAB****"
    above: tuple[str, ...] = ()
    for each in document.observations:
        for heading in each.group if each.group != above else ():
            yield f"TEX|{_cell(heading)}|||||||||"
        above = each.group
        yield _result(each)
        if each.abnormality in NO_SIGN:
            yield f"TEX|Résultat anormal ({each.abnormality})|||||||||"
        for line in each.comment.splitlines():
            yield f"TEX|{_cell(line)}|||||||||"


def _result(observation: Observation) -> str:
    value = observation.value
    kind = "N" if observation.number is not None else "A"
    sign = "" if observation.abnormality in NO_SIGN else observation.abnormality.value
    state = STATES.get(observation.status, "")
    cells = (
        *(observation.label, observation.code, kind, value, observation.unit),
        *(observation.low, observation.high, sign, state),
    )
    return "|".join(["RES", *map(_cell, cells)]) + "|||||"


def _cell(text: str) -> str:
    return _line(text).replace("|", "/")


def _line(text: str, *, strip: bool = True) -> str:
    """`text` on one line, which no end mark can begin."""
    line = CONTROL.sub(" ", text)
    return MARK.sub("*** *", " ".join(line.split()) if strip else line)


def _day(moment: Moment | None) -> str:
    return _french(moment.day) if moment else ""


def _french(day: str) -> str:
    """'28/03/1979' of '1979-03-28'; '' when it is not a whole day."""
    digits = day_digits(day)
    return f"{digits[6:8]}/{digits[4:6]}/{digits[:4]}" if len(digits) == 8 else ""


def party_of(person: Professional, code: str = "") -> Party:
    """A professional as a line of the header."""
    name = f"{person.prefix} {person.given_name} {person.family_name}"
    return Party(name=" ".join(name.split()) or person.organization, code=code)

"""The body of a level 3 CR-BIO: results in codes, and the same ones to read.

All or nothing: one result that cannot be said exactly, and the document stays at level 1. A LOINC
code that is guessed, or "UI/L" sent as if it were UCUM, would be believed by a machine.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator
from enum import StrEnum

from store.model.document import Abnormality, HealthDocument, Moment, Observation, Rendition, Status
from sync.documents import said as said_in_words
from sync.documents.cda_people import UNKNOWN, code_tag, time_tag
from sync.documents.facts import (
    Coded,
    Context,
    timestamp,
)
from sync.documents.oids import LOINC
from sync.documents.results_text import range_of, row_of
from sync.documents.xml_text import tag, text_tag, words

CR_BIO = "11502-2"
INTERPRETATION = "2.16.840.1.113883.5.83"
INTERPRETATION_NAMES = {Abnormality.NORMAL: "Normal", Abnormality.LOW: "Anormalement bas"}
LOINC_CODE = re.compile(r"[0-9]{1,7}-[0-9]")
STATES = {Status.FINAL: "completed", Status.CORRECTED: "completed", Status.PARTIAL: "active"}
COPY = Coded(code="55108-5", system=LOINC, name="Copie du document")
ATTACHED = Coded(code="55107-7", system=LOINC, name="Document attaché")
KIND = Coded(code="69764-9", system=LOINC, name="Type de document")
HEADINGS = ("Examen", "Résultat", "Valeurs de référence", "")
# Units that a laboratory uses, as UCUM writes them: a prefix, an atom, an exponent; '/' and '.'.
ATOM = (
    r"(?:10\*[0-9]{1,2}|%|\[pH\]|\[ppth\]|mm\[Hg\]|\{[!-z|~]{1,30}\}"
    r"|[TGMkhdcmunpf]?(?:mol|osm|kat|eq|g|L|l|m|s|U|\[IU\]|Pa|J)[23]?|min|h|d|wk|mo|a|Cel)"
)
UCUM = re.compile(rf"/?{ATOM}(?:[./]{ATOM}){{0,3}}")


class Why(StrEnum):
    """Why a document cannot be said in codes."""

    NOT_BIOLOGY = "not_biology"
    NO_CHAPTER = "no_chapter"
    NO_RESULTS = "no_results"
    NO_LOINC = "no_loinc"
    NO_VALUE = "no_value"
    NO_STATUS = "no_status"
    NO_TIME = "no_time"
    UNIT = "unit"
    EARLIER = "earlier"
    """It repeats values of another day, which level 3 would have to date."""


def unstructured_because(document: HealthDocument, context: Context) -> Why | None:
    """None when all of a document can be said in codes."""
    if document.code != CR_BIO or document.code_system != LOINC:
        return Why.NOT_BIOLOGY
    if context.act is None or context.act.system != LOINC or not context.act.name:
        return Why.NO_CHAPTER
    if not document.observations:
        return Why.NO_RESULTS
    for observation in document.observations:
        if why := _inexact(observation, document.service_at):
            return why
    return None


def _inexact(observation: Observation, service_at: Moment | None) -> Why | None:
    if observation.code_system != LOINC or not LOINC_CODE.fullmatch(observation.code):
        return Why.NO_LOINC
    if not observation.value.strip():
        return Why.NO_VALUE
    if observation.status not in STATES:
        return Why.NO_STATUS
    if not timestamp(observation.observed_at or service_at):
        return Why.NO_TIME
    if observation.unit and not UCUM.fullmatch(observation.unit):
        return Why.UNIT
    return Why.EARLIER if observation.earlier else None


def body(document: HealthDocument, context: Context, copy: Rendition) -> str:
    """structuredBody: the chapter, and a copy of the PDF where there is one."""
    assert context.act
    inner = tag(
        "section",
        {},
        _templates("1.3.6.1.4.1.19376.1.3.3.2.2", "1.2.250.1.213.1.1.2.71"),
        code_tag(context.act),
        _narrative(document),
        _entry(document, context.act),
    )
    chapter = tag(
        "section",
        {},
        _templates("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70"),
        code_tag(context.act),
        text_tag("title", context.act.name),
        tag("component", {}, inner),
    )
    sections = [chapter]
    if copy.media_type == "application/pdf":
        sections.append(_copy(document, copy))
    return tag("structuredBody", {}, *(tag("component", {}, each) for each in sections))


def _templates(*roots: str) -> str:
    return "".join(tag("templateId", {"root": root}) for root in roots)


def _narrative(document: HealthDocument) -> str:
    head = tag("thead", {}, tag("tr", {}, *(tag("th", {}, words(each)) for each in HEADINGS)))
    rows: list[str] = []
    above: tuple[str, ...] = ()
    for number, observation in enumerate(document.observations, 1):
        for heading in observation.group if observation.group != above else ():
            rows.append(tag("tr", {}, tag("th", {"colspan": "4"}, words(heading))))
        above = observation.group
        rows.append(tag("tr", {}, *_cells(number, observation)))
    return tag("text", {}, tag("table", {}, head, tag("tbody", {}, *rows)))


def _cells(number: int, observation: Observation) -> Iterator[str]:
    label, *others = row_of(observation)
    said = tag("content", {"ID": f"resultat-{number}"}, words(label))
    note = words(observation.comment)
    yield tag("td", {}, said, f"<br/>{note}" if note else "")
    for each in others:
        yield tag("td", {}, words(each))


def _entry(document: HealthDocument, chapter: Coded) -> str:
    results = (
        tag("entryRelationship", {"typeCode": "COMP"}, _observation(number, each, document))
        for number, each in enumerate(document.observations, 1)
    )
    act = tag(
        "act",
        {"classCode": "ACT", "moodCode": "EVN"},
        code_tag(chapter),
        tag("statusCode", {"code": _together(document)}),
        *results,
    )
    templates = _templates("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21")
    return tag("entry", {"typeCode": "DRIV"}, templates, act)


def _together(document: HealthDocument) -> str:
    partial = any(each.status is Status.PARTIAL for each in document.observations)
    return "active" if partial else "completed"


def _observation(number: int, observation: Observation, document: HealthDocument) -> str:
    reference = tag("reference", {"value": f"#resultat-{number}"})
    code = Coded(code=observation.code, system=LOINC, name=observation.label)
    return tag(
        "observation",
        {"classCode": "OBS", "moodCode": "EVN"},
        _templates("1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80"),
        code_tag(code, "code", tag("originalText", {}, reference)),
        tag("statusCode", {"code": STATES[observation.status]}),
        time_tag("effectiveTime", observation.observed_at or document.service_at),
        _value(observation),
        _interpretation(observation.abnormality),
        _range(observation),
    )


def _value(observation: Observation) -> str:
    number = observation.number
    if number is None or not number.is_finite():
        value = " ".join(f"{observation.value} {observation.unit}".split())
        return tag("value", {"xsi:type": "ST"}, words(value))
    amount = {"value": format(number, "f"), "unit": observation.unit}
    if not observation.comparator:
        return tag("value", {"xsi:type": "PQ"} | amount)
    end = "high" if observation.comparator[0] == "<" else "low"
    inclusive = "true" if observation.comparator.endswith("=") else "false"
    return tag("value", {"xsi:type": "IVL_PQ"}, tag(end, amount | {"inclusive": inclusive}))


def _interpretation(abnormality: Abnormality) -> str:
    if abnormality is Abnormality.UNKNOWN:
        return ""
    name = INTERPRETATION_NAMES.get(abnormality, "")
    code = Coded(code=abnormality.value, system=INTERPRETATION, name=name)
    return code_tag(code, "interpretationCode")


def _range(observation: Observation) -> str:
    said = range_of(observation)
    if not said:
        return ""
    bounds = {"low": observation.low, "high": observation.high}
    ends = {end: bound for end, bound in bounds.items() if bound.strip()}
    # 2.920 may be three or three thousand: as words it is believed by nobody but a reader.
    numbers = said_in_words.numbers_of(tuple(ends.values()), beside=(observation.value,))
    if ends and numbers:
        unit = observation.unit
        tags = (
            tag(end, {"value": format(number, "f"), "unit": unit})
            for end, number in zip(ends, numbers, strict=True)
        )
        value = tag("value", {"xsi:type": "IVL_PQ"}, *tags)
    else:
        value = text_tag("text", said[1:-1])
    inner = tag("observationRange", {"classCode": "OBS", "moodCode": "EVN.CRT"}, value)
    return tag("referenceRange", {"typeCode": "REFV"}, inner)


def _copy(document: HealthDocument, copy: Rendition) -> str:
    """The laboratory's own paper beside its results, as the CR-BIO volet places it."""
    kind = tag(
        "observation",
        {"classCode": "OBS", "moodCode": "EVN"},
        _templates(
            "1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48", "1.2.250.1.213.1.1.3.48.18"
        ),
        _own_id(document, "kind"),
        code_tag(KIND),
        tag("statusCode", {"code": "completed"}),
        tag("effectiveTime", UNKNOWN),
        code_tag(COPY, "value", **{"xsi:type": "CD"}),
    )
    encoded = base64.b64encode(copy.octets).decode()
    data = tag("value", {"mediaType": copy.media_type, "representation": "B64"}, encoded)
    media = tag("observationMedia", {"classCode": "OBS", "moodCode": "EVN", "ID": "copie"}, data)
    organizer = tag(
        "organizer",
        {"classCode": "CLUSTER", "moodCode": "EVN"},
        _templates("1.2.250.1.213.1.1.3.18"),
        _own_id(document, "attached"),
        code_tag(ATTACHED),
        tag("statusCode", {"code": "completed"}),
        tag("component", {}, kind),
        tag("component", {}, media),
    )
    shown = tag("renderMultiMedia", {"referencedObject": "copie"})
    table = tag("table", {}, tag("tbody", {}, tag("tr", {}, tag("td", {}, shown))))
    return tag(
        "section",
        {},
        _templates("1.2.250.1.213.1.1.2.243"),
        _own_id(document, "copy"),
        code_tag(COPY),
        text_tag("title", COPY.name),
        tag("text", {}, table),
        tag("entry", {}, organizer),
    )


def _own_id(document: HealthDocument, part: str) -> str:
    """An identifier for a part, made from the document's: no chance, no two alike."""
    assert document.identifier
    whole = f"{document.identifier.root}^{document.identifier.extension}^{part}"
    return tag("id", {"root": str(uuid.uuid5(uuid.NAMESPACE_OID, whole)).upper()})

"""The structured results of a CDA: batteries, isolates, values with all that is said of each. Pure.

Made for the laboratory's report (IHE XD-LAB, CR-BIO of the CI-SIS), and takes a number, or a value
that was judged, from any other document too. Diagnoses and the like are left to the narrative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from store.model.document import Abnormality, Observation, Status
from sync.documents import cda_values
from sync.documents.cda_types import attribute, beginning, words
from sync.documents.judgement import SEVERITY, judged
from sync.documents.oids import LOINC
from sync.documents.xml import Element

INTERPRETATIONS = ("2.16.840.1.113883.5.83", "")
LABORATORY = "1.3.6.1.4.1.19376.1.3.1.6"
"""templateId of a laboratory observation (IHE PALM)."""
COMMENT = "48767-8"
STATUSES = {"completed": Status.FINAL, "active": Status.PARTIAL, "nullified": Status.DELETED}
MOST_OBSERVATIONS = 20_000
MOST_EARLIER = 100
MOST_WORDS = 1_000
STATEMENTS = ("observation", "organizer", "act", "procedure")


@dataclass(frozen=True, slots=True)
class Context:
    """What is said above a result."""

    group: tuple[str, ...] = ()
    specimen: str = ""
    subject: str = ""
    """Whom it is about, when that is not the patient."""


class Reader:
    """The results of one document. It holds where each ID of the narrative lies."""

    def __init__(self, document: Element) -> None:
        self.document = document
        self.warnings: dict[str, None] = {}
        self._by_id = {each.get("ID"): each for each in document.iterfind(".//*[@ID]")}
        self._said: dict[str, str] = {}

    def resolved(self, element: Element | None) -> str:
        """The words of a coded element or a text: those it points at are the laboratory's own."""
        if element is None:
            return ""
        pointed = [
            self._at(attribute(found, "value").removeprefix("#"))
            for path in ("reference", "originalText/reference")
            for found in element.iterfind(path)
        ]
        said = (*pointed, words(element.find("originalText"), MOST_WORDS))
        translated = (attribute(each, "displayName") for each in element.iterfind("translation"))
        coded = (attribute(element, "displayName"), *translated, attribute(element, "code"))
        return next((each for each in (*said, *coded) if each), _own_words(element))

    def _at(self, name: str) -> str:
        if name not in self._said:
            self._said[name] = words(self._by_id.get(name), MOST_WORDS)
        return self._said[name]

    def read(self) -> Iterator[Observation]:
        """Every result, in the order of the document."""
        todo: list[tuple[Element, Context]] = []
        todo += [(each, Context()) for each in self.document.iterfind("component/structuredBody")]
        while todo:
            element, context = todo.pop()
            if element.tag == "observation" and self._is_result(element):
                yield self._observation(element, context)
            inner = self._within(element, context)
            todo += [(each, inner) for each in reversed(list(_statements(element)))]

    def _within(self, element: Element, context: Context) -> Context:
        """What is above all that this element holds."""
        group, specimen, subject = context.group, context.specimen, context.subject
        heading = ""
        if element.tag == "section":
            heading = words(element.find("title"), MOST_WORDS)
        elif element.tag == "organizer":
            heading = self.resolved(element.find("code"))
        if examined := self._specimen(element):
            specimen = examined
            heading = heading or (examined if element.tag == "organizer" else "")
        if other := self._other_subject(element):
            group, subject = (*group, other), other
        if heading and heading != (group[-1] if group else ""):
            group = (*group, heading)
        return Context(group=group, specimen=specimen, subject=subject)

    def _specimen(self, element: Element) -> str:
        """Of an isolate, or of the sampling that stands beside its results."""
        direct = element.find("specimen/specimenRole/specimenPlayingEntity")
        if direct is not None:
            return self.resolved(direct.find("code")) or words(direct.find("name"), MOST_WORDS)
        sampled = (
            self.resolved(each)
            for procedure in element.iterfind("entryRelationship/procedure")
            for each in procedure.iterfind(
                "participant/participantRole[@classCode='SPEC']/playingEntity/code"
            )
        )
        return next((each for each in sampled if each), "")

    def _other_subject(self, element: Element) -> str:
        """Whom a result is about where it is not the patient: a foetus, a water tank."""
        subject = element.find("subject")
        if subject is None:
            return ""
        self.warnings["cda.other_subject"] = None
        kind = self.resolved(subject.find("relatedSubject/code"))
        return kind or words(subject.find("relatedSubject/subject/name"), MOST_WORDS) or "?"

    def _is_result(self, element: Element) -> bool:
        if attribute(element, "moodCode") not in ("EVN", ""):
            return False
        if element.find(f"templateId[@root='{LABORATORY}']") is not None:
            return True
        value = element.find("value")
        if value is None:
            return False
        judged = first_of(element, "interpretationCode", "referenceRange")
        return cda_values.type_of(value) in cda_values.NUMERIC or judged

    def _observation(self, element: Element, context: Context, depth: int = 0) -> Observation:
        values = [cda_values.value_of(each, self.resolved) for each in element.iterfind("value")]
        value = values[0] if values else cda_values.Value()
        if len(values) > 1:
            value = cda_values.Value(text=", ".join(each.text for each in values), unit=value.unit)
        reference = cda_values.range_of(element, value.unit, self.resolved)
        abnormality, judged_so = self._judged(element)
        state = attribute(element.find("statusCode"), "code")
        if state and state not in STATUSES:
            # Aborted, suspended, held: no state of ours, and no result to be taken for a final one.
            judged_so = (f"statusCode {state}", *judged_so)
        code, system = _code(element.find("code"))
        about = self._within(element, context)
        if attribute(element, "negationInd") == "true":
            self.warnings["cda.negated"] = None
            judged_so = ("negationInd", *judged_so)
        return Observation(
            label=self.resolved(element.find("code")),
            code=code,
            code_system=system,
            value=value.text,
            number=value.number,
            comparator=value.comparator,
            unit=value.unit,
            low=reference.low,
            high=reference.high,
            reference=reference.words,
            abnormality=abnormality,
            status=STATUSES.get(state, Status.UNKNOWN),
            observed_at=beginning(element.find("effectiveTime")),
            method="; ".join(filter(None, map(self.resolved, element.iterfind("methodCode")))),
            specimen=about.specimen,
            subject=about.subject,
            comment="; ".join(filter(None, (value.remark, *judged_so, *self._comments(element)))),
            group=about.group,
            earlier=() if depth else tuple(self._earlier(element, context)),
        )

    def _judged(self, element: Element) -> tuple[Abnormality, tuple[str, ...]]:
        """The gravest of the laboratory's judgements; others ('Résistant') in its words."""
        codes: list[str] = []
        others: list[str] = []
        for each in element.iterfind("interpretationCode"):
            code = attribute(each, "code")
            if code in SEVERITY and attribute(each, "codeSystem") in INTERPRETATIONS:
                codes.append(code)
            elif said := " ".join(dict.fromkeys(filter(None, (code, self.resolved(each))))):
                others.append(said)
        return judged(codes)[0], tuple(others)

    def _comments(self, element: Element) -> Iterator[str]:
        for act in element.iterfind("entryRelationship/act"):
            if attribute(act.find("code"), "code") == COMMENT:
                yield self.resolved(act.find("text"))

    def _earlier(self, element: Element, context: Context) -> Iterator[Observation]:
        """Values of another day (REFR), then the same value in other units."""
        found = element.findall("entryRelationship[@typeCode='REFR']/observation")
        for each in found[:MOST_EARLIER]:
            if each.find("value") is not None:
                yield self._observation(each, context, depth=1)
        for each in element.findall("value/translation[@value]")[:MOST_EARLIER]:
            said = cda_values.value_of(each, self.resolved)
            unit = said.unit or self.resolved(each)
            label = self.resolved(element.find("code"))
            yield Observation(label=label, value=said.text, number=said.number, unit=unit)


def observations(document: Element) -> tuple[tuple[Observation, ...], tuple[str, ...]]:
    """All results of a document, and what is odd about them."""
    reader = Reader(document)
    found: list[Observation] = []
    for each in reader.read():
        if len(found) >= MOST_OBSERVATIONS:
            reader.warnings["cda.too_many_results"] = None
            break
        found.append(each)
    return tuple(found), tuple(reader.warnings)


def first_of(element: Element, *paths: str) -> bool:
    """Whether one of these is there."""
    return any(element.find(path) is not None for path in paths)


def _statements(element: Element) -> Iterator[Element]:
    """What stands directly in a section or a statement; earlier values are read with theirs."""
    for child in element:
        if child.tag in ("component", "entry", "section") or (
            child.tag == "entryRelationship" and attribute(child, "typeCode") != "REFR"
        ):
            inside = [child] if child.tag == "section" else child
            yield from (each for each in inside if each.tag in (*STATEMENTS, "section"))


def _own_words(element: Element) -> str:
    """The text of an ST or an ED, without that of the parts it may have."""
    return (
        words(element, MOST_WORDS)
        if not len(element)
        else (element.text or "").strip()[:MOST_WORDS]
    )


def _code(code: Element | None) -> tuple[str, str]:
    """LOINC, where the code or a translation of it is one; else the laboratory's own."""
    if code is None:
        return "", ""
    every = [code, *code.iterfind("translation")]
    said = [(attribute(each, "code"), attribute(each, "codeSystem")) for each in every]
    loinc = (each for each in said if each[0] and each[1] == LOINC)
    return next(loinc, next((each for each in said if each[0]), ("", "")))

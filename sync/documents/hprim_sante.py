"""HPRIM Santé 2.x: ASTM-like lines H, P, OBR, OBX, C, A and L. Pure.

Rules: the grammar of libHprim (aiderpmsi) and Mediboard's CHprim21Patient for what each field is,
as the recommendation itself is not public (docs/documents.md). The separators are said by H. A file
beside the message is named by an OBX of type FIC: its name is told, for whoever holds the folder to
fetch it, when it is a name and no path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from store.errors import Permanent
from store.model.document import (
    Format,
    HealthDocument,
    Identifier,
    Moment,
    Observation,
    Professional,
    Status,
)
from sync.documents import hprim_sante_fields, said
from sync.documents.charset import decode
from sync.documents.delimited import (
    MOST_LINES,
    Segment,
    Separators,
    line_ends,
    lines_of,
    segment,
    unique,
)
from sync.documents.hprim_results import STATES
from sync.documents.judgement import state_of_whole
from sync.documents.results_table import commented, results_table

MOST_OCTETS = 32 * 1024 * 1024
HEAD = re.compile(r"H([^\w\s])([^\w\s]{3,4})\1")
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Sante:
    """A document, and the files beside it that it speaks of."""

    document: HealthDocument
    wanted: tuple[str, ...] = ()
    """Names of files of the same folder; each is safe to join to it."""
    request: str = ""
    """The number of the first request: of who does it (OBR-3), else of who asked for it (OBR-2)."""


@dataclass(slots=True)
class _Open:
    """A patient while their lines are read."""

    head: Segment
    patient: Segment | None
    warnings: list[str]
    group: tuple[str, ...] = ()
    results: list[Observation] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    """Below each result, by its place."""
    notes: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    prescribers: list[Professional] = field(default_factory=list)
    states: list[Status] = field(default_factory=list)
    done_as: list[str] = field(default_factory=list)
    asked_as: list[str] = field(default_factory=list)
    collected: Moment | None = None


def looks_so(text: str) -> bool:
    """Whether a text begins by an H that says its separators, and names a version or holds a P."""
    lines = [line for line in lines_of(text[:65536]) if line.strip()]
    if not lines or not (head := HEAD.match(lines[0].lstrip("\ufeff"))):
        return False
    starts = tuple(f"{name}{head[1]}" for name in ("P", "OBR", "OBX", "L"))
    return any(line.startswith(starts) for line in lines[1:])


def read(octets: bytes) -> tuple[Sante, ...]:
    """One document for each patient, in the order of the message.

    Raises:
        Permanent: `hprim.too_large`, `hprim.not_one`, `hprim.no_results`.
    """
    if len(octets) > MOST_OCTETS:
        raise Permanent("hprim.too_large")
    decoded = decode(octets)
    if line_ends(decoded.text) > MOST_LINES:
        raise Permanent("hprim.too_large")
    if not looks_so(decoded.text):
        raise Permanent("hprim.not_one")
    read_patients = list(_patients(_segments(decoded.text), list(decoded.warnings)))
    found = tuple(_document(each) for each in read_patients if each.patient or each.results)
    if not found:
        raise Permanent("hprim.no_results")
    return found


def _segments(text: str) -> Iterator[Segment]:
    """The lines, those that go on (A) joined to what they continue."""
    separators = Separators()
    held: list[str] = []
    for line in lines_of(text):
        line = line.lstrip("\ufeff")
        if not line.strip():
            continue
        if line.startswith(f"A{separators.field}"):
            held.append(line[2:])
            continue
        if held:
            yield segment("".join(held), separators)
        if head := HEAD.match(line):
            separators = _separators(head[1], head[2])
        held = [line]
    if held:
        yield segment("".join(held), separators)


def _separators(between: str, others: str) -> Separators:
    r"""H|~^\&|: component, repetition, escape, subcomponent."""
    return Separators(
        field=between,
        component=others[0],
        repetition=others[1],
        escape=others[2],
        subcomponent=others[3:4],
    )


def _patients(segments: Iterator[Segment], told: list[str]) -> Iterator[_Open]:
    now: _Open | None = None
    head: Segment | None = None
    ended = True
    for each in segments:
        if each.name == "H":
            head, ended = each, False
        elif each.name == "L":
            ended = True
        elif each.name == "P" and head:
            if now:
                yield now
            now = _Open(head=head, patient=each, warnings=list(told))
        elif head:
            now = now or _Open(head=head, patient=None, warnings=[*told, "hprim.no_header"])
            _take(now, each)
    if now:
        if not ended:
            now.warnings.append("hprim.end_marks")
        yield now


def _take(now: _Open, each: Segment) -> None:
    """One line below a P."""
    if each.name == "OBR":
        now.group = hprim_sante_fields.group(each)
        now.collected = now.collected or said.hl7_moment(each.part(7))
        now.prescribers += hprim_sante_fields.prescriber(each)
        now.done_as.append(each.part(3).strip())
        now.asked_as.append(each.part(2).strip())
        now.states.append(STATES.get(each.part(25), Status.UNKNOWN))
    elif each.name == "OBX" and each.part(2) == "FIC":
        _want(now, each)
    elif each.name == "OBX":
        now.results.append(hprim_sante_fields.result(each, now.group, now.collected))
    elif each.name == "C":
        _comment(now, each.text(3).strip())


def _comment(now: _Open, words: str) -> None:
    """A C belongs to the line above it: a result, else the request or the patient."""
    if not words:
        return
    if now.results:
        now.comments.setdefault(len(now.results) - 1, []).append(words)
    else:
        now.notes.append(words)


def _want(now: _Open, each: Segment) -> None:
    for repetition in each.repetitions(5):
        # Whose it is, then its name; some say the name alone.
        name = each.component(repetition, 2) or each.component(repetition, 1)
        if is_safe_name(name):
            now.wanted.append(name)
        else:
            now.warnings.append("hprim.unsafe_name")


def is_safe_name(name: str) -> bool:
    """Whether a name is one file of one folder: no way out of it, nothing that is not shown."""
    return (
        0 < len(name) <= LONGEST_NAME
        and name.isprintable()
        and not name.startswith(".")
        and not re.search(r'[/\\:*?"<>|]', name)
        and name == name.strip()
    )


def _document(now: _Open) -> Sante:
    results = commented(now.results, now.comments)
    words = "\n".join(now.notes)
    document = HealthDocument(
        format=Format.HPRIM_SANTE,
        identifier=Identifier(root="", extension=now.head.part(2)) if now.head.part(2) else None,
        status=state_of_whole(now.states, (each.status for each in results)),
        created_at=said.hl7_moment(now.head.part(13)),
        service_at=now.collected,
        patient=hprim_sante_fields.traits(now.patient) if now.patient else None,
        authors=hprim_sante_fields.sender(now.head),
        recipients=tuple(dict.fromkeys(now.prescribers)),
        text="\n\n".join(part for part in (words, results_table(results)) if part),
        observations=results,
        warnings=unique(now.warnings),
    )
    request = next(filter(None, [*now.done_as, *now.asked_as]), "")
    return Sante(document=document, wanted=unique(now.wanted), request=request)

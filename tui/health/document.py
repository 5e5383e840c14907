"""A health document as lines to read: whom it is about, its results, what it says, its warnings.

What must not be missed stands first: that something took its place, that its patient is not sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from store.health_words import (
    certainty_words,
    day_words,
    document_words,
    patient_words,
    superseding_words,
)
from store.host.i18n import sentence
from store.model.document import Format, Observation, Professional, Status
from store.model.health import Certainty, DocumentFile, PatientRow
from tui.health.reading import DocumentLook, Likeness
from tui.health.rows import Line, flag, range_words, table
from tui.plain import NOTHING, Plain, plain_block, plain_words, said
from tui.when import size
from tui.wrap import wrap

MOST = (14, 10, 17, 15)
"""Columns of value, unit, range, flag; labels take the rest."""
CERTAINTY_SIGNS = {
    Certainty.CERTAIN: "=",
    Certainty.PROBABLE: "≈",
    Certainty.POSSIBLE: "?",
    Certainty.CONFLICT: "≠",
}
TOLD_STATUS = (Status.PARTIAL, Status.CORRECTED, Status.DELETED)


def document_lines(look: DocumentLook, width: int) -> list[Line]:
    """All of it, none wider than `width` cells."""
    document = look.kept.document
    lines = [
        Line(each, strong=strong) for words, strong in head(look) for each in wrap(words, width)
    ]
    if document.observations:
        lines += [Line(NOTHING), *result_lines(document.observations, width)]
    if document.text.strip():
        lines += [Line(NOTHING), Line(said("health.text"), strong=True)]
        lines += [Line(each) for each in wrap(text_of(look), width)]
    elif not document.observations:
        lines += [Line(NOTHING), *(Line(each) for each in wrap(said("health.no_text"), width))]
    return lines


def text_of(look: DocumentLook) -> Plain:
    """What it says in words."""
    return plain_block(look.kept.document.text.strip("\n"))


def title_of(look: DocumentLook) -> Plain:
    """Its title, else what it is and of which day."""
    row = look.kept.row
    kind = sentence(f"health.format.{format_(row.format)}")
    return plain_words(row.title or sentence("health.untitled", kind=kind, day=day_words(row.day)))


def head(look: DocumentLook) -> Iterator[tuple[Plain, bool]]:
    """Each thing to be known of it, and whether it must stand out."""
    row = look.kept.row
    yield from ((words, True) for words in superseded_words(look))
    yield from ((words, words[:1] != "?") for words in whom(look))
    for label, words in _facts(look):
        if words:
            yield said("health.fact", label=said(label), words=words), False
    for other in look.replaces:
        yield said("health.replaces", document=plain_words(document_words(other))), False
    if row.worst.is_alert and row.superseded_how is None:
        yield said("document.alert"), True
    for code in look.kept.document.warnings:
        yield said("health.warning", words=said(code)), False


def superseded_words(look: DocumentLook) -> list[Plain]:
    """That something took its place, how that is known, and what did."""
    row = look.kept.row
    if row.superseded_how is None:
        return []
    how = plain_words(superseding_words(row.superseded_how))
    lines = [said("health.superseded", how=how)]
    if look.replaced_by is not None:
        lines.append(
            said("health.superseded_by", document=plain_words(document_words(look.replaced_by)))
        )
    return lines


def whom(look: DocumentLook) -> list[Plain]:
    """The patient, how sure that is, and who else it could be."""
    if look.patient is None:
        return [said("health.nobody")]
    lines = [plain_words(patient_words(look.patient))]
    if look.patient.ins:
        lines.append(said("health.ins", ins=plain_words(look.patient.ins)))
    if look.kept.row.certainty is not None:
        lines.append(known_line(look.patient, look.kept.row.certainty))
    return [*lines, *map(likeness_words, look.others)]


def known_line(patient: PatientRow, certainty: Certainty) -> Plain:
    """How surely somebody is known, with its sign; never surely under a number of two people."""
    certainty = Certainty.CONFLICT if patient.conflict else certainty
    return plain_words(f"{CERTAINTY_SIGNS[certainty]} {sentence(f'health.known.{certainty}')}")


def certainty_line(certainty: Certainty) -> Plain:
    """How sure it is that two are one patient, with its sign."""
    return plain_words(f"{CERTAINTY_SIGNS[certainty]} {certainty_words(certainty)}")


def likeness_words(other: Likeness) -> Plain:
    """'! même INS, autres traits : DUPONT Marie (même matricule INS, nom différent)'."""
    key = "health.conflict" if other.certainty is Certainty.CONFLICT else "health.maybe"
    told = why(other.certainty, other.reasons)
    return plain_words(f"! {sentence(key, patient=patient_words(other.patient), why=told)}")


def why(certainty: Certainty, reasons: Sequence[str]) -> str:
    """What is the same and what differs; of a contradiction, what differs alone."""
    differs = [code for code in reasons if code.endswith("_differs")]
    told = differs if certainty is Certainty.CONFLICT and differs else reasons
    return ", ".join(sentence(code) for code in told)


def _facts(look: DocumentLook) -> Iterator[tuple[str, Plain]]:
    row, document = look.kept.row, look.kept.document
    yield "health.kind", said(f"health.format.{format_(document.format)}")
    yield (
        "health.author",
        plain_words(", ".join(map(professional_words, document.authors)) or row.author),
    )
    if document.signer is not None:
        yield "health.signer", plain_words(professional_words(document.signer))
    yield "health.day", Plain(day_words(plain_words(row.day)))
    if row.status in TOLD_STATUS:
        yield "health.status", said(f"health.status.{row.status.name.lower()}")
    if look.kept.files:
        yield "health.files", Plain(" ; ".join(map(file_words, look.kept.files)))
    where = _place(look)
    if where:
        yield "health.which", where


def format_(of: Format) -> str:
    """Both kinds of CDA read alike."""
    return "cda" if of in (Format.CDA_N1, Format.CDA_N3) else of.value


def _place(look: DocumentLook) -> Plain:
    """'2 sur 3', where its letter holds several."""
    of = len(look.siblings)
    if of < 2:
        return NOTHING
    return said("health.one_of", n=look.siblings.index(look.kept.row.id) + 1, of=of)


def professional_words(one: Professional) -> str:
    """'Dr Loïc KERMADEC (Biologiste), Laboratoire de la Côte'."""
    name = " ".join(filter(None, (one.prefix, one.given_name, one.family_name)))
    name += f" ({one.profession})" if one.profession and name else ""
    return ", ".join(filter(None, (name, one.organization)))


def file_words(file: DocumentFile) -> Plain:
    """'r.pdf, 48 ko'."""
    return plain_words(f"{file.name or file.media_type}, {size(file.size)}")


def result_lines(results: Sequence[Observation], width: int) -> list[Line]:
    """The table: a heading for each group, a row for each result, what it adds below."""
    rows = [_columns(each) for each in results]
    titles, *folded = table([_titles(), *rows], MOST, width)
    lines = [Line(each, strong=True) for each in titles]
    group: tuple[str, ...] = ()
    for n, (one, columns) in enumerate(zip(results, rows, strict=True)):
        for depth, words in enumerate(one.group):
            if one.group[: depth + 1] != group[: depth + 1]:
                heading = Plain("  " * depth + plain_words(words))
                lines += [Line(each, strong=True) for each in wrap(heading, width)]
        group = one.group
        odd = bool(columns[4])
        lines += [Line(each, n, odd=odd) for each in folded[n]]
        for words in below(one):
            lines += [Line(Plain(f"    {each}"), n) for each in wrap(words, max(2, width - 4))]
    return lines


def _titles() -> tuple[Plain, ...]:
    keys = ("label", "value", "unit", "range", "flag")
    return tuple(said(f"health.column.{key}") for key in keys)


def _columns(one: Observation) -> tuple[Plain, ...]:
    label = one.label or sentence("health.unnamed")
    return (
        plain_words(f"{label} ({one.specimen})" if one.specimen else label),
        plain_words(one.value),
        plain_words(one.unit),
        range_words(one.low, one.high, one.reference),
        flag(one.abnormality),
    )


def below(one: Observation) -> Iterator[Plain]:
    """What does not stand in a column."""
    if one.status in TOLD_STATUS:
        yield said(f"health.status.{one.status.name.lower()}")
    if (one.low or one.high) and one.reference:
        yield said("health.reference", words=plain_words(one.reference))
    if one.method:
        yield said("health.method", words=plain_words(one.method))
    if one.comment:
        yield plain_words(one.comment)
    for each in one.earlier:
        day = plain_words(day_words(each.observed_at.day)) if each.observed_at else NOTHING
        words = plain_words(" ".join(filter(None, (each.value, each.unit))))
        key = "health.earlier" if day else "health.also"
        yield Plain(f"{said(key, value=words, day=day)} {flag(each.abnormality)}".rstrip())

"""What the fields of an HPRIM Santé line are (`sync/documents/hprim_sante.py` says from where)."""

from __future__ import annotations

from store.model.document import (
    Identifier,
    Moment,
    Observation,
    Professional,
    Sex,
    Status,
    Traits,
)
from sync.documents import said
from sync.documents.delimited import Segment
from sync.documents.hprim_results import STATES
from sync.documents.judgement import judged

SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}
CODED = ("CE", "GC")


def traits(patient: Segment) -> Traits:
    """P-2 and P-3 the numbers of both sides, P-5 the name, P-6 that of birth, P-7 the birth day."""
    numbers = (patient.part(2), patient.part(3))
    name = patient.part(5)
    given = (patient.part(5, 2), patient.part(5, 3))
    # P-6 is the "nom de jeune fille": without it, P-5 may be a name of birth or one that is used.
    return Traits(
        birth_name=patient.part(6),
        used_name=name,
        given_names=tuple(each for each in given if each),
        birth_day=said.hl7_day(patient.part(7)),
        sex=SEXES.get(patient.part(8), Sex.UNKNOWN),
        identifiers=tuple(Identifier(root="", extension=each) for each in numbers if each),
        address=_address(patient),
        phones=tuple(each for each in patient.text(12).splitlines() if each.strip()),
    )


def _address(patient: Segment) -> str:
    """P-10: two lines, town, department, postal code, country."""
    first, second, town, code, country = (patient.part(10, place) for place in (1, 2, 3, 5, 6))
    lines = (first, second, " ".join(part for part in (code, town) if part), country)
    return "\n".join(line for line in lines if line)


def sender(head: Segment) -> tuple[Professional, ...]:
    """H-4: a code and a name."""
    code, name = head.part(4), head.part(4, 2)
    if not (code or name):
        return ()
    identifier = Identifier(root="", extension=code) if code and name else None
    return (Professional(organization=name or code, organization_identifier=identifier),)


def result(each: Segment, group: tuple[str, ...], collected: Moment | None) -> Observation:
    words = _coded(each) if each.part(2) in CODED else _plain(each)
    quantity = said.quantity(words)
    if each.part(2) == "NM" and (number := said.point_number(words)) is not None:
        quantity = said.Quantity(number=number)
    usual = said.bounds(each.text(7))
    abnormality, remark = judged(each.component(flag, 1) for flag in each.repetitions(8))
    return Observation(
        label=each.part(3, 2) or each.part(3),
        code=each.part(3),
        # "L" says that the code is of the laboratory; what a third component else says is its name.
        code_system=each.part(3, 3) if each.part(3, 3) != "L" else "",
        value=words,
        number=quantity.number,
        comparator=quantity.comparator,
        unit=each.part(6),
        low=usual[0] if usual else "",
        high=usual[1] if usual else "",
        reference="" if usual else each.text(7).strip(),
        abnormality=abnormality,
        comment=remark,
        status=STATES.get(each.part(11), Status.UNKNOWN),
        observed_at=said.hl7_moment(each.part(14)) or collected,
        group=group,
    )


def _plain(each: Segment) -> str:
    """All that a value says: of a type we do not know, no component is less than another."""
    said_so = (" ".join(each.components(one)) for one in each.repetitions(5))
    return "\n".join(said_so).strip()


def _coded(each: Segment) -> str:
    """CE and its like: the words of a code, else the code."""
    said_so = []
    for repetition in each.repetitions(5):
        parts = [part.strip() for part in each.components(repetition)]
        said_so.append(parts[1] if len(parts) > 1 and parts[1] else parts[0])
    return "\n".join(said_so)


def group(request: Segment) -> tuple[str, ...]:
    """The test that was asked for, where a request is about one only."""
    if len(request.repetitions(4)) != 1:
        return ()
    name = request.part(4, 2) or request.part(4)
    return (name,) if name else ()


def prescriber(request: Segment) -> list[Professional]:
    """OBR-16: code, name, code system; code, name of the structure."""
    name, structure = request.part(16, 2), request.part(16, 5)
    if not (name or structure or request.part(16)):
        return []
    code, phones = request.part(16), request.repetitions(17)
    return [
        Professional(
            identifier=Identifier(root="", extension=code) if code else None,
            family_name=name,
            organization=structure,
            phones=tuple(filter(None, (request.component(each, 1) for each in phones))),
        )
    ]

"""Who an HL7 v2 message speaks of: PID, XCN, XON, PRT.

Rules: HL7 v2.5 chapters 2.A and 3; IHE PAM France for PID-5 (L is the name of birth, D the name
that is used) and PID-11 (BDL is the place of birth); CI-SIS "Transmission de documents CDA en
HL7v2" 2.1 for PRT. An INS is known by its OID alone (docs/documents.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from store.model.document import Identifier, Professional, Sex, Traits
from store.model.identifiers import problem_with_ins, problem_with_national_id
from sync.documents import said
from sync.documents.delimited import Segment
from sync.documents.hl7_message import subcomponents
from sync.documents.oids import IDNPS, INS_ROOTS

PATIENTS_DOMAIN = "@patient.mssante.fr"
SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "O": Sex.UNDIFFERENTIATED, "A": Sex.UNDIFFERENTIATED}
BIRTH, USED = ("L",), ("D", "U", "M")
BIRTH_PLACE, HOME = "BDL", ("", "H", "P", "C", "M", "L")


def traits(pid: Segment) -> tuple[Traits, list[str]]:
    """A patient, and what is wrong with their numbers."""
    ins, others = _numbers(pid)
    birth, used, given = _names(pid)
    warnings = []
    if ins and (problem := problem_with_ins(ins.extension)):
        warnings.append(problem)
    found = Traits(
        ins=ins.extension if ins else "",
        ins_root=ins.root if ins else "",
        birth_name=birth,
        used_name=used,
        given_names=given,
        birth_day=said.hl7_day(pid.part(7)),
        sex=SEXES.get(pid.part(8).upper(), Sex.UNKNOWN),
        birth_place=_birth_place(pid),
        identifiers=others,
        address=_address(pid),
        phones=tuple(_phones(pid)),
    )
    return found, warnings


def _numbers(pid: Segment) -> tuple[Identifier | None, tuple[Identifier, ...]]:
    """PID-3: the INS, and every other one."""
    ins: Identifier | None = None
    others = []
    for each in pid.repetitions(3):
        number = Identifier(root=_root(pid, each, 4), extension=pid.component(each, 1))
        if number.root in INS_ROOTS and number.extension and ins is None:
            ins = number
        elif number.extension:
            others.append(number)
    return ins, tuple(others)


def _root(each: Segment, repetition: str, component: int) -> str:
    """The OID of an authority, else the name it goes by; '' when nobody says."""
    pieces = each.pieces(repetition)
    parts = subcomponents(each, pieces[component - 1]) if component <= len(pieces) else []
    return (parts[1] if len(parts) > 1 and parts[1] else parts[0]) if parts else ""


def _names(pid: Segment) -> tuple[str, str, tuple[str, ...]]:
    """PID-5. A name of which no type is said may be either: it is the one that is used."""
    birth = used = ""
    given: tuple[str, ...] = ()
    for each in pid.repetitions(5):
        kind = pid.component(each, 7).upper()
        family = pid.component(each, 1, 1)
        names = _given(pid.component(each, 2), pid.component(each, 3).replace(",", " "))
        if kind in BIRTH:
            birth = birth or family
            given = names
        elif kind in USED or not kind:
            used = used or family
        given = given or names
    return birth, used, given


def _given(first: str, every: str) -> tuple[str, ...]:
    """XPN-2 is the first given name, XPN-3 all of them; the first may hold a blank."""
    rest = every[len(first) :] if f"{every} ".startswith(f"{first} ") else every
    others = rest.split()
    return tuple(name for name in dict.fromkeys([first, *others]) if name)


def _birth_place(pid: Segment) -> str:
    """The INSEE code of the place of birth (PID-11.9 of type BDL), else the town (PID-23)."""
    for each in pid.repetitions(11):
        if pid.component(each, 7).upper() == BIRTH_PLACE:
            return pid.component(each, 9) or pid.component(each, 3)
    return pid.part(23)


def _address(pid: Segment) -> str:
    for each in pid.repetitions(11):
        if pid.component(each, 7).upper() not in HOME:
            continue
        street, second, town, code = (pid.component(each, place) for place in (1, 2, 3, 5))
        street = street.replace(pid.separators.subcomponent, " ")
        lines = (street, second, " ".join(part for part in (code, town) if part))
        if any(lines):
            return "\n".join(line for line in lines if line)
    return ""


def _phones(pid: Segment) -> Iterator[str]:
    for field in (13, 14):
        for each in pid.repetitions(field):
            number = pid.component(each, 1) or pid.component(each, 12)
            if number and "@" not in number:
                yield number


def person(each: Segment, repetition: str) -> Professional | None:
    """XCN: number, family name, given name, prefix, authority."""
    number = each.component(repetition, 1)
    family, given = each.component(repetition, 2, 1), each.component(repetition, 3)
    if not (number or family or given):
        return None
    root = _root(each, repetition, 9)
    return Professional(
        identifier=Identifier(root=root, extension=number) if number else None,
        family_name=family,
        given_name=given,
        prefix=each.component(repetition, 6),
    )


def participant(prt: Segment) -> Professional:
    """PRT: a person (5), a structure (8) and an address to write to (15)."""
    somebody = person(prt, prt.repetitions(5)[0]) if prt.repetitions(5) else None
    somebody = somebody or Professional()
    structure = prt.repetitions(8)[0] if prt.repetitions(8) else ""
    number = prt.component(structure, 10) or prt.component(structure, 3)
    return Professional(
        identifier=somebody.identifier,
        family_name=somebody.family_name,
        given_name=somebody.given_name,
        prefix=somebody.prefix,
        organization=prt.component(structure, 1),
        organization_identifier=(
            Identifier(root=_root(prt, structure, 6), extension=number) if number else None
        ),
        emails=tuple(_addresses(prt)),
    )


def _addresses(prt: Segment) -> Iterator[str]:
    """PRT-15, or wherever behind it a program that counted wrong has put the address."""
    for field in (15, 14, 16):
        for each in prt.repetitions(field):
            address = prt.component(each, 4)
            if "@" in address:
                yield address


def is_patient(prt: Segment) -> bool:
    """Whether a recipient is the patient: by their number, else by their address."""
    first = prt.repetitions(5)[0] if prt.repetitions(5) else ""
    if _root(prt, first, 9) in INS_ROOTS or prt.component(first, 13).upper() == "INS":
        return True
    return any(address.lower().endswith(PATIENTS_DOMAIN) for address in _addresses(prt))


def number_problem(who: Professional) -> str:
    """What is wrong with the national number of a professional; '' when it has none or is right."""
    if who.identifier is None or who.identifier.root != IDNPS:
        return ""
    return problem_with_national_id(who.identifier.extension)

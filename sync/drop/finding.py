"""To whom a dispatch goes and about whom it is, as its own files say. Pure.

The sources are asked in the order of the rule, and the first one that names somebody decides: an
address it cannot be led to is a reason to hold, never to ask the next one. The patient is read
from every source, whatever the order, because that is what the wrong-patient guard compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from store.compose import is_address
from store.errors import MailError
from store.model.document import Format, HealthDocument, Identifier, Professional, Traits
from store.model.drop import NOT_READ
from store.model.drop_options import FoundIn, RuleOptions
from sync.documents import cda, hl7, hl7_people, hprim_medecin, hprim_sante
from sync.documents.delimited import Segment
from sync.documents.hl7_message import Message, messages
from sync.documents.recognise import recognise
from sync.documents.sidecar import read_sidecar
from sync.drop.doctors import Doctors, plain_code
from sync.drop.further import (
    NOTHING_ASKED,
    Asked,
    goes,
    is_allowed,
    of_message,
    of_sidecar,
    together,
)
from sync.drop.identity import Named
from sync.drop.names import MESSAGES, decode, ending
from sync.drop.pattern import read_name
from sync.drop.plan import Reason

CDA = (Format.CDA_N1, Format.CDA_N3)
READ = (*CDA, Format.HL7_V2, Format.HPRIM_MEDECIN, Format.HPRIM_SANTE)
PRACTITIONERS = (("PV1", 8), ("PV1", 7), ("ORC", 12), ("OBR", 16))
"""Who referred, who attends, who asked: the first field that names somebody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of a dispatch."""

    name: bytes
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files say, and what stops them from leaving."""

    recipients: tuple[str, ...] = ()
    found_in: FoundIn | None = None
    problem: Reason | None = None
    named: tuple[Named, ...] = ()
    control_ids: tuple[str, ...] = ()
    """MSH-10 of the messages that carry a document."""
    urgent: bool = False
    asked: Asked = NOTHING_ASKED
    replaces: tuple[Identifier, ...] | None = None
    """Of a ready-made CDA: the documents it says that it replaces; None where there is none."""


@dataclass(slots=True)
class _Says:
    """What one kind of source says: each an address, or a code that leads to one."""

    people: dict[str, None] = field(default_factory=dict)
    only_one: bool = False
    """Several are a doubt, not a list."""
    somebody_unknown: bool = False
    """One of a list is said by name alone: to leave for the others only would be to lose a copy."""


@dataclass(slots=True)
class _Reading:
    """All of a dispatch, while it is read."""

    says: dict[FoundIn, _Says] = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)
    control_ids: list[str] = field(default_factory=list)
    urgent: bool = False
    asked: list[Asked] = field(default_factory=list)
    replaces: list[Identifier] | None = None
    origins: int = 0
    problem: Reason | None = None
    """Of a file that cannot be followed: it may have named somebody else than the others do."""

    def doubt(self, reason: Reason) -> None:
        """What stops it. That a file cannot be read is said first: of that, somebody must look."""
        if self.problem not in NOT_READ:
            self.problem = reason

    def of(self, source: FoundIn, people: Iterable[str], *, only_one: bool = False) -> None:
        """A source names these."""
        said = self.says.setdefault(source, _Says(only_one=only_one))
        named = list(people)
        said.people.update(dict.fromkeys(filter(None, named)))
        said.somebody_unknown |= "" in named and not only_one

    def patients(self, source: FoundIn, traits: Iterable[Traits | None]) -> None:
        """The patients one file, or name, speaks of."""
        self.origins += 1
        self.named += [
            Named(origin=self.origins, found_in=source, traits=each) for each in traits if each
        ]


def find(
    pieces: Sequence[Piece],
    sidecar: bytes | None,
    options: RuleOptions,
    fixed: tuple[str, ...],
    doctors: Doctors,
) -> Found:
    """Read all of a dispatch.

    Args:
        pieces: the files that leave, the one it is named by first.
        sidecar: the octets of the file that says what they are.
        fixed: the rule's own addresses.
        doctors: the laboratory's own codes.
    """
    reading = _Reading()
    if sidecar is not None:
        _read_sidecar(reading, sidecar)
    for piece in pieces:
        _read_piece(reading, piece)
    if options.pattern and pieces:
        said = read_name(options.pattern, decode(pieces[0].name))
        reading.of(FoundIn.NAME, [said.recipient])
        reading.patients(FoundIn.NAME, [said.patient])
    reading.of(FoundIn.FIXED, fixed)
    asked = together(reading.asked)
    if asked is None or not is_allowed(asked, options):
        reading.doubt(Reason.DESTINATIONS)
    asked = asked or NOTHING_ASKED
    search = options.search if asked.professionals is not False else ()
    recipients, found_in, problem = _recipients(reading, search, doctors)
    if problem is Reason.NO_RECIPIENT and _is_not_theirs(asked, options):
        problem = None
    return Found(
        recipients=recipients,
        found_in=found_in,
        problem=problem,
        named=tuple(reading.named),
        control_ids=tuple(dict.fromkeys(reading.control_ids)),
        urgent=reading.urgent or options.urgent,
        asked=asked,
        replaces=None if reading.replaces is None else tuple(reading.replaces),
    )


def _is_not_theirs(asked: Asked, options: RuleOptions) -> bool:
    """Whether it goes to the patient or the DMP, and is for no professional on purpose."""
    if asked.professionals is not False:
        return False
    return goes(asked.patient, options.to_patient) or goes(asked.dmp, options.to_dmp)


def _recipients(
    reading: _Reading, search: tuple[FoundIn, ...], doctors: Doctors
) -> tuple[tuple[str, ...], FoundIn | None, Reason | None]:
    """Whom the first source that names somebody means, and why not where that is not known."""
    if reading.problem:
        return (), None, reading.problem
    for source in search:
        said = reading.says.get(source)
        if said is None or not said.people:
            continue
        addresses: dict[str, None] = {}
        for person in said.people:
            led = _addresses(person, doctors)
            if not led or not all(map(is_address, led)):
                return (), source, Reason.UNKNOWN_DOCTOR
            if len(led) > 1:
                return (), source, Reason.SEVERAL_DOCTORS
            addresses.update(dict.fromkeys(led))
        if said.somebody_unknown:
            return (), source, Reason.UNKNOWN_DOCTOR
        if said.only_one and len(addresses) > 1:
            return (), source, Reason.SEVERAL_DOCTORS
        return tuple(addresses), source, None
    return (), None, Reason.NO_RECIPIENT


def _addresses(person: str, doctors: Doctors) -> frozenset[str]:
    """Where an address, a laboratory's code or a national number leads."""
    if "@" in person:
        return frozenset([person])
    code = plain_code(person)
    # A national number is an RPPS behind an 8; a laboratory's list has the RPPS.
    without = code[1:] if len(code) == 12 and code.startswith("8") else code
    return doctors.get(code) or doctors.get(without) or frozenset()


def _read_sidecar(reading: _Reading, octets: bytes) -> None:
    try:
        said = read_sidecar(octets)
    except MailError:
        reading.doubt(Reason.SIDECAR_BAD)
        return
    reading.of(FoundIn.SIDECAR, (each.email or each.code or each.rpps for each in said.recipients))
    reading.patients(FoundIn.SIDECAR, [said.patient])
    reading.urgent = said.urgent
    reading.asked.append(of_sidecar(said))


def _read_piece(reading: _Reading, piece: Piece) -> None:
    kind = recognise(decode(piece.name), piece.octets)
    if kind not in READ:
        if kind is None and ending(piece.name) in MESSAGES:
            reading.doubt(Reason.COMPANION_BAD)  # so little of it came that it says nobody
        return
    try:
        if kind in CDA:
            _read_cda(reading, piece.octets)
        elif kind is Format.HL7_V2:
            _read_hl7(reading, piece.octets)
        else:
            _read_hprim(reading, kind, piece.octets)
    except MailError:
        reading.doubt(Reason.COMPANION_BAD)


def _read_hprim(reading: _Reading, kind: Format | None, octets: bytes) -> None:
    documents: tuple[HealthDocument, ...]
    if kind is Format.HPRIM_SANTE:
        documents = tuple(each.document for each in hprim_sante.read(octets))
    else:
        documents = hprim_medecin.read(octets)
    people = (who for each in documents for who in each.recipients)
    reading.of(FoundIn.HPRIM, map(_person, people), only_one=True)
    reading.patients(FoundIn.HPRIM, [each.patient for each in documents])


def _read_cda(reading: _Reading, octets: bytes) -> None:
    document = cda.read_cda(octets)
    reading.of(FoundIn.CDA, map(_person, document.recipients))
    _read_whole(reading, document)


def _read_whole(reading: _Reading, document: HealthDocument) -> None:
    """A ready-made CDA, alone or in a message."""
    reading.patients(FoundIn.CDA, [document.patient])
    reading.replaces = [*(reading.replaces or []), *document.replaces]


def _read_hl7(reading: _Reading, octets: bytes) -> None:
    exchanges = hl7.read(octets)
    documents = [document for each in exchanges for document in each.documents]
    reading.control_ids += [each.control_id for each in exchanges if each.documents]
    if any("hl7.destinations" in each.warnings for each in exchanges):
        reading.doubt(Reason.DESTINATIONS)
    every = messages(octets)
    pairs = zip(every, (each.orders for each in exchanges), strict=True)
    reading.asked += [of_message(*each) for each in pairs]
    listed = [_person(who) for each in exchanges if each.orders for who in each.orders.recipients]
    named = [] if any(listed) else [_practitioners(each) for each in every]
    reading.of(
        FoundIn.HL7,
        listed or [code for codes in named for code in codes],
        only_one=not any(listed),
    )
    reading.patients(FoundIn.HL7, [each.patient for each in documents])
    for document in documents:
        for inside in document.renditions:
            if recognise(inside.name, inside.octets) in CDA:
                _read_whole(reading, cda.read_cda(inside.octets))


def _practitioners(message: Message) -> list[str]:
    for name, field_number in PRACTITIONERS:
        found = [code for segment in message.named(name) for code in _codes(segment, field_number)]
        if found:
            return found
    return []


def _codes(segment: Segment, number: int) -> Iterator[str]:
    for each in segment.repetitions(number):
        who = hl7_people.person(segment, each)
        if who and who.identifier:
            yield who.identifier.extension


def _person(who: Professional) -> str:
    """An address where there is one, else a number; '' when only a name is said."""
    if who.emails:
        return who.emails[0].removeprefix("mailto:")
    return who.identifier.extension if who.identifier else ""

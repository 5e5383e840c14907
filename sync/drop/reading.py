"""What each file of a dispatch says: for whom, about whom, where else it is to go. Pure.

Read alike whatever the rule asks: what is decided of it is in finding.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from store.errors import MailError
from store.model.document import Format, HealthDocument, Identifier, Professional, Traits
from store.model.drop import NOT_READ
from store.model.drop_options import FoundIn
from sync.documents import cda, hl7, hl7_people, hprim_medecin, hprim_sante
from sync.documents.charset import decode as decoded
from sync.documents.delimited import lines_of
from sync.documents.hl7_message import Message, messages
from sync.documents.recognise import recognise
from sync.documents.sidecar import Sidecar, read_sidecar
from sync.documents.traits import plain_name
from sync.drop.further import Asked, of_message, of_sidecar
from sync.drop.identity import Named
from sync.drop.names import MESSAGES, decode, ending
from sync.drop.reasons import Reason

CDA = (Format.CDA_N1, Format.CDA_N3)
READ = (*CDA, Format.HL7_V2, Format.HPRIM_MEDECIN, Format.HPRIM_SANTE)
PRACTITIONERS = (("PV1", 8), ("PV1", 7), ("ORC", 12), ("OBR", 16))
"""Who referred, who attends, who asked: the first field that names somebody counts."""
REQUESTS = (("ORC", 3), ("OBR", 3), ("ORC", 2), ("OBR", 2))
"""The number of the request: of who does it, else of who asked for it."""
SAID = ("ORC", "OBR", "OBX", "TXA")
BEGUN_BY = {"ADT": ("PV1",)}
"""What a message says after whom it is about: a request, a result, a document; a stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of a dispatch."""

    name: bytes
    octets: bytes


@dataclass(slots=True)
class Says:
    """What one kind of source says: each an address, or a code that leads to one."""

    people: dict[str, None] = field(default_factory=dict)
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What else the same person is said to be known by."""
    only_one: bool = False
    """Several are a doubt, not a list."""
    somebody_unknown: bool = False
    """One is said by name alone: to leave for the others only would be to lose a copy, and for
    whom another source names, perhaps to send it to somebody else."""


@dataclass(slots=True)
class Reading:
    """All of a dispatch, while it is read."""

    says: dict[FoundIn, Says] = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)
    control_ids: list[str] = field(default_factory=list)
    requests: dict[str, None] = field(default_factory=dict)
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
        said = self.says.setdefault(source, Says(only_one=only_one))
        named = list(people)
        said.people.update(dict.fromkeys(filter(None, named)))
        said.somebody_unknown |= "" in named

    def patients(self, source: FoundIn, traits: Iterable[Traits | None]) -> None:
        """The patients one file, or name, speaks of."""
        self.origins += 1
        self.named += [
            Named(origin=self.origins, found_in=source, traits=each) for each in traits if each
        ]


def sidecar_into(reading: Reading, octets: bytes) -> None:
    try:
        said = read_sidecar(octets)
    except MailError:
        said = Sidecar()
    if said == Sidecar():
        reading.doubt(Reason.SIDECAR_BAD)  # so little of it came that it says nothing
        return
    every = [(each.email, each.code, each.rpps) for each in said.recipients]
    reading.of(FoundIn.SIDECAR, (next(filter(None, each), "") for each in every))
    for first, *others in (filter(None, each) for each in every if any(each)):
        also = reading.says[FoundIn.SIDECAR].also
        also[first] = (*also.get(first, ()), *others)
    reading.patients(FoundIn.SIDECAR, [said.patient])
    reading.urgent = said.urgent
    reading.asked.append(of_sidecar(said))


def piece_into(reading: Reading, piece: Piece) -> None:
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


def _read_hprim(reading: Reading, kind: Format | None, octets: bytes) -> None:
    documents: tuple[HealthDocument, ...]
    if kind is Format.HPRIM_SANTE:
        found = hprim_sante.read(octets)
        documents = tuple(each.document for each in found)
        numbers = [each.request for each in found]
    else:
        documents = hprim_medecin.read(octets)
        numbers = [each.identifier.extension for each in documents if each.identifier]
    reading.requests.update(dict.fromkeys(filter(None, numbers)))
    people = [_person(who) for each in documents for who in each.recipients]
    if not any(people) and len(lines_of(decoded(octets).text)) <= hprim_medecin.HEADER:
        reading.doubt(Reason.COMPANION_BAD)  # its last line, that of the doctor, never came
    reading.of(FoundIn.HPRIM, people, only_one=True)
    reading.patients(FoundIn.HPRIM, [each.patient for each in documents])


def _read_cda(reading: Reading, octets: bytes) -> None:
    document = cda.read_cda(octets)
    reading.of(FoundIn.CDA, map(_person, document.recipients))
    _read_whole(reading, document)


def _read_whole(reading: Reading, document: HealthDocument) -> None:
    """A ready-made CDA, alone or in a message."""
    reading.patients(FoundIn.CDA, [document.patient])
    reading.replaces = [*(reading.replaces or []), *document.replaces]


def _read_hl7(reading: Reading, octets: bytes) -> None:
    exchanges = hl7.read(octets)
    documents = [document for each in exchanges for document in each.documents]
    reading.control_ids += [each.control_id for each in exchanges if each.documents]
    if any("hl7.destinations" in each.warnings for each in exchanges):
        reading.doubt(Reason.DESTINATIONS)
    every = messages(octets)
    reading.requests.update(dict.fromkeys(filter(None, map(_request, every))))
    pairs = zip(every, (each.orders for each in exchanges), strict=True)
    reading.asked += [of_message(*each) for each in pairs]
    if not all(map(_is_whole, every, exchanges)):
        reading.doubt(Reason.COMPANION_BAD)
    listed = [_person(who) for each in exchanges if each.orders for who in each.orders.recipients]
    named = listed or [who for each in every for who in _practitioners(each)]
    reading.of(FoundIn.HL7, named, only_one=not listed)
    # Of each message, be there a document in it or only the request of the one that lies beside it.
    pids = (pid for each in every for pid in each.named("PID"))
    reading.patients(FoundIn.HL7, [hl7_people.traits(pid)[0] for pid in pids])
    for document in documents:
        for inside in document.renditions:
            if recognise(inside.name, inside.octets) in CDA:
                _read_whole(reading, cda.read_cda(inside.octets))


def _is_whole(message: Message, exchange: hl7.Exchange) -> bool:
    """False when it was broken off before it said more than whom it is about."""
    return bool(exchange.receipt) or any(message.named(*BEGUN_BY.get(message.kind[0], SAID)))


def _request(message: Message) -> str:
    said = (
        segment.part(number).strip() for name, number in REQUESTS for segment in message.named(name)
    )
    return next(filter(None, said), "")


def _practitioners(message: Message) -> list[str]:
    """The numbers of those whom the first field names; one without a number has that of a later
    field for the same name, else ''."""
    fields = [list(_named_in(message, *field)) for field in PRACTITIONERS]
    numbers = {name: number for people in reversed(fields) for name, number in people if number}
    first = next(filter(None, fields), [])
    return [number or numbers.get(name, "") for name, number in first]


def _named_in(message: Message, name: str, number: int) -> Iterator[tuple[str, str]]:
    """Family and given name of each, with a number or ''."""
    for segment in message.named(name):
        for each in segment.repetitions(number):
            if who := hl7_people.person(segment, each):
                called = plain_name(f"{who.family_name} {who.given_name}")
                yield called, who.identifier.extension if who.identifier else ""


def _person(who: Professional) -> str:
    """An address where there is one, else a number; '' when only a name is said."""
    if who.emails:
        return who.emails[0].removeprefix("mailto:")
    return who.identifier.extension if who.identifier else ""

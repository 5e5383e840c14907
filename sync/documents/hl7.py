"""HL7 v2 of laboratories and hospitals: ORU^R01, MDM^T02, T04 and T10, ACK and ZAM. Pure.

Rules: HL7 v2.5 and 2.6; CI-SIS "Transmission de documents CDA en HL7v2" 2.1 and "Transmission au
LPS" 1.1 (docs/documents.md). A message that carries a file is one document: its files are
renditions, for the readers of CDA and of PDF. One that carries results is a document for each
patient.
"""

from __future__ import annotations

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
    Rendition,
    Status,
)
from sync.documents import (
    hl7_orders,
    hl7_people,
    hl7_receipts,
    hl7_results,
    hprim_results,
    said,
)
from sync.documents.charset import decode
from sync.documents.delimited import Segment, unique
from sync.documents.hl7_message import Message, messages
from sync.documents.hl7_orders import Orders
from sync.documents.hl7_receipts import Receipt
from sync.documents.judgement import state_of_whole
from sync.documents.results_table import commented, results_table

MAIL_SUBJECT = "XDM/1.0/DDM"
"""OBX-3.2 of the mail itself, in what an MSSanté mail is handed to a practice system as (1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One message: what it says, what it asks for, or what it answers."""

    control_id: str
    """MSH-10."""
    kind: str
    """'ORU^R01'."""
    profile: str = ""
    """MSH-21: '2.1^CISIS_CDA_HL7_V2'."""
    documents: tuple[HealthDocument, ...] = ()
    orders: Orders | None = None
    receipt: Receipt | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Open:
    """A patient while their segments are read."""

    pid: Segment | None
    obr: list[Segment] = field(default_factory=list)
    group: tuple[str, ...] = ()
    collected: Moment | None = None
    results: list[Observation] = field(default_factory=list)
    renditions: list[Rendition] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    """Below each result, by its place."""
    notes: list[str] = field(default_factory=list)
    file_code: tuple[str, str, str] = ("", "", "")
    warnings: list[str] = field(default_factory=list)


def read(octets: bytes) -> tuple[Exchange, ...]:
    """Every message of a file, in its order.

    Raises:
        Permanent: `hl7.too_large`, `hl7.not_one`.
    """
    return tuple(_exchange(message) for message in messages(octets))


def documents(octets: bytes) -> tuple[HealthDocument, ...]:
    """The documents of every message of a file.

    Raises:
        Permanent: `hl7.too_large`, `hl7.not_one`, `hl7.no_document`.
    """
    found = tuple(each for exchange in read(octets) for each in exchange.documents)
    if not found:
        raise Permanent("hl7.no_document")
    return found


def _exchange(message: Message) -> Exchange:
    head = message.head
    receipt = hl7_receipts.receipt(message)
    orders, problems = (None, []) if receipt else hl7_orders.orders(message)
    told = unique([*message.warnings, *problems])
    profile = "^".join(part for part in (head.part(21), head.part(21, 2)) if part)
    return Exchange(
        control_id=head.part(10),
        kind="^".join(part for part in message.kind if part),
        profile=profile,
        documents=() if receipt else tuple(_documents(message, told)),
        orders=orders,
        receipt=receipt,
        warnings=told,
    )


def _documents(message: Message, told: tuple[str, ...]) -> Iterator[HealthDocument]:
    txa = next(message.named("TXA"), None)
    # Once for the whole message: it may speak of a hundred thousand patients.
    action = hl7_orders.action(message)
    for each in _patients(message):
        if each.results or each.renditions or each.notes:
            yield _document(message.head, txa, each, action, told)


def _patients(message: Message) -> list[_Open]:
    """What is said of each patient. A PID that says the same again goes on with the same one."""
    known: dict[tuple[str, str], _Open] = {}
    now = _Open(pid=None)
    found = [now]
    below: Segment | None = None
    for each in message.body:
        if each.name == "PID":
            same = (each.raw(3), each.raw(5))
            if same not in known or not any(same):
                known[same] = _Open(pid=each)
                found.append(known[same])
            now = known[same]
        elif each.name == "OBR":
            _ask(now, each)
        elif each.name == "OBX":
            _take(now, each)
        elif each.name == "NTE" and not (below and hl7_orders.is_order(below)):
            _note(now, each, below)
        if each.name in ("OBX", "OBR", "PID"):
            below = each if each.name == "OBX" else None
    return found


def _take(now: _Open, obx: Segment) -> None:
    """An OBX that is no order: a file or a result."""
    if hl7_orders.is_order(obx):
        return
    kind = obx.part(2).upper()
    if kind == "ED" or hl7_results.is_bare_pdf(obx):
        _carry(now, obx)
        return
    if kind == "RP":
        # A file that lies elsewhere, on a server: nothing is fetched.
        now.warnings.append("hl7.file_elsewhere")
    now.results.append(hl7_results.observation(obx, group=now.group, collected=now.collected))


def _carry(now: _Open, obx: Segment) -> None:
    """The files of an OBX; the mail itself is words."""
    carried = hl7_results.every_carried(obx)
    if not carried:
        now.warnings.append("hl7.file_unreadable")
    elif obx.part(3, 2).startswith(MAIL_SUBJECT):
        now.notes.append(decode(carried[0].octets).text)
    else:
        now.renditions += carried
        now.file_code = now.file_code if any(now.file_code) else hl7_results.coded(obx, 3)


def _ask(now: _Open, obr: Segment) -> None:
    """An OBR: what the results below it answer."""
    now.obr.append(obr)
    name = hl7_results.coded(obr, 4)[1]
    now.group = (name,) if name else ()
    now.collected = said.hl7_moment(obr.part(7))


def _note(now: _Open, nte: Segment, below: Segment | None) -> None:
    """NTE: of the result above it, else of the whole."""
    words = nte.text(3).strip()
    if not words:
        return
    if below and now.results:
        now.comments.setdefault(len(now.results) - 1, []).append(words)
    else:
        now.notes.append(words)


def _document(
    head: Segment,
    txa: Segment | None,
    now: _Open,
    action: tuple[Status, list[str]],
    told: tuple[str, ...],
) -> HealthDocument:
    patient, problems = hl7_people.traits(now.pid) if now.pid else (None, ["hl7.no_patient"])
    status, differs = action if now.renditions else (_status(now), [])
    code, title, system = _code(now)
    first = now.obr[0] if now.obr else None
    results = commented(now.results, now.comments)
    words = "\n".join(now.notes)
    return HealthDocument(
        format=Format.HL7_V2,
        identifier=_number(txa, 12) or _plain(head.part(10)),
        replaces=tuple(filter(None, [_number(txa, 13)])),
        status=status,
        code=code,
        code_system=system,
        title=title,
        created_at=said.hl7_moment(head.part(7)),
        service_at=said.hl7_moment(first.part(7)) if first else None,
        patient=patient,
        authors=_sender(head),
        recipients=tuple(_prescribers(now)),
        text="\n\n".join(part for part in (words, results_table(results)) if part),
        observations=results,
        renditions=tuple(now.renditions),
        warnings=unique([*told, *problems, *differs, *now.warnings]),
    )


def _status(now: _Open) -> Status:
    """OBR-25 of every request, else OBX-11 of every result."""
    return state_of_whole(
        [hprim_results.STATES.get(obr.part(25).upper(), Status.UNKNOWN) for obr in now.obr],
        (each.status for each in now.results),
    )


def _code(now: _Open) -> tuple[str, str, str]:
    """What kind of document: what the file is said to be, else what was asked for if one thing."""
    kinds = list(dict.fromkeys(hl7_results.coded(obr, 4) for obr in now.obr))
    asked = kinds[0] if len(kinds) == 1 else ("", "", "")
    code, title, system = now.file_code
    if not (code or title):
        return asked
    # Version 1 of the profile names the list of a code in OBR-4 only.
    return code, title, system or (asked[2] if code == asked[0] else "")


def _number(txa: Segment | None, number: int) -> Identifier | None:
    """EI: extension^^root^ISO, or a whole OID alone (TXA-12, TXA-13)."""
    if txa is None or not txa.part(number):
        return None
    root = txa.part(number, 3)
    return Identifier(root=root, extension=txa.part(number))


def _plain(control_id: str) -> Identifier | None:
    return Identifier(root="", extension=control_id) if control_id else None


def _sender(head: Segment) -> tuple[Professional, ...]:
    """MSH-4, the structure that sent it."""
    name = head.part(4)
    number = head.part(4, 2)
    if not name:
        return ()
    identifier = Identifier(root="", extension=number) if number else None
    return (Professional(organization=name, organization_identifier=identifier),)


def _prescribers(now: _Open) -> Iterator[Professional]:
    """OBR-16, who asked, and OBR-28, who gets a copy: each once."""
    found: dict[Professional, None] = {}
    for obr in now.obr:
        for number in (16, 28):
            for each in obr.repetitions(number):
                if who := hl7_people.person(obr, each):
                    found[who] = None
    yield from found

"""The file beside a document that says whom it is about, what it is, and who is to have it.

A PDF says none of this to a machine. `lettre.toml` beside `lettre.pdf` does, written by whatever
made both or by a person (docs/documents-build.md says every key). Pure: octets in, facts out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from store.model.document import Identifier, Moment, Professional, Sex, Traits
from store.model.identifiers import problem_with_ins, problem_with_rpps
from sync.documents.facts import IDNPS, INS_ROOTS, LOINC, TRE_A05, Coded
from sync.documents.strict_table import Table, read_table

SYSTEMS = {"loinc": LOINC, "tre_a05": TRE_A05}
SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "UN": Sex.UNDIFFERENTIATED}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KIND = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """One who is to have the document: by an address, or by a number that leads to one."""

    email: str = ""
    name: str = ""
    rpps: str = ""
    code: str = ""
    """What the laboratory's own program calls this doctor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The document of ours that this one corrects, as the letter that carried it named it."""

    identifier: Identifier
    set_identifier: Identifier
    version: int
    entry_uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the document is. `kind` names an entry of the account's own settings
    (author_file.py); what stands here beside it goes before what that entry says."""

    kind: str = ""
    title: str = ""
    code: str = ""
    code_system: str = ""
    code_name: str = ""
    class_code: Coded | None = None
    act: Coded | None = None
    created_at: Moment | None = None
    service_at: Moment | None = None
    service_ended_at: Moment | None = None
    encounter_at: Moment | None = None
    confidentiality: str = ""
    order_number: str = ""
    order: Identifier | None = None
    prescriber: Professional | None = None
    replaces: Replaced | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """All that a sidecar says."""

    patient: Traits | None = None
    ins_is_qualified: bool = False
    """The practice says so: by the INSi teleservice and a checked identity."""
    document: Described = Described()
    recipients: tuple[Addressed, ...] = ()
    to_patient: bool = False
    """The patient gets a letter of their own, in Mon espace santé."""
    closes: bool = False
    """And may not answer it."""
    to_dmp: bool = False
    urgent: bool = False
    body: str = ""
    patient_body: str = ""
    """What the patient's letter says: words for a colleague are not for them."""
    warnings: tuple[str, ...] = ()
    """Codes, each with a sentence: `identifier.ins_key`..."""


def read_sidecar(octets: bytes) -> Sidecar:
    """What a sidecar says, in TOML or in JSON.

    Raises:
        NeedsUser: `sidecar.not_read`, `sidecar.too_large`, `sidecar.unknown_key`,
            `sidecar.bad_value`.
    """
    whole = read_table(octets)
    patient, qualified = _patient(whole)
    with whole.table("document") as table:
        document = Described() if table is None else _document(table)
    recipients = tuple(_addressed(each, whole) for each in whole.tables("recipients"))
    with whole.table("letter") as table:
        letter = table or Table({})
        found = Sidecar(
            patient=patient,
            ins_is_qualified=qualified,
            document=document,
            recipients=recipients,
            to_patient=letter.flag("to_patient"),
            closes=letter.flag("closes"),
            to_dmp=letter.flag("to_dmp"),
            urgent=letter.flag("urgent"),
            body=letter.lines("body"),
            patient_body=letter.lines("patient_body"),
            warnings=tuple(dict.fromkeys(_warnings(patient, recipients, document))),
        )
    whole.end()
    return found


def _patient(whole: Table) -> tuple[Traits | None, bool]:
    with whole.table("patient") as table:
        if table is None:
            return None, False
        ins = table.text("ins").replace(" ", "").upper()
        root = table.text("ins_oid")
        if root and root not in INS_ROOTS:
            raise table.bad("ins_oid")
        identifiers = tuple(each.itself(table.bad("identifiers")) for each in _ids(table))
        qualified = table.flag("ins_qualified")
        traits = Traits(
            ins=ins,
            ins_root=root,
            birth_name=table.text("birth_name"),
            used_name=table.text("used_name"),
            given_names=table.texts("given_names"),
            used_given_name=table.text("used_given_name"),
            birth_day=table.day("birth_day"),
            sex=SEXES.get(table.one_of("sex", tuple(SEXES)), Sex.UNKNOWN),
            birth_place=table.text("birth_place"),
            identifiers=identifiers,
            address=table.lines("address"),
            phones=table.texts("phones"),
        )
    return traits, qualified


def _ids(table: Table) -> Iterator[Table]:
    return table.tables("identifiers")


def _document(table: Table) -> Described:
    kind = table.text("kind")
    if kind and not KIND.fullmatch(kind):
        raise table.bad("kind")
    return Described(
        kind=kind,
        title=table.text("title"),
        code=table.text("code"),
        code_system=SYSTEMS.get(table.one_of("code_system", tuple(SYSTEMS)), ""),
        code_name=table.text("code_name"),
        class_code=table.coded("class"),
        act=table.coded("act", LOINC),
        created_at=table.moment("created"),
        service_at=table.moment("service"),
        service_ended_at=table.moment("service_end"),
        encounter_at=table.moment("encounter"),
        confidentiality=table.text("confidentiality"),
        order_number=table.text("order_number"),
        order=table.identifier("order"),
        prescriber=_prescriber(table),
        replaces=_replaced(table),
    )


def _prescriber(table: Table) -> Professional | None:
    with table.table("prescriber") as inner:
        return None if inner is None else professional(inner)


def professional(table: Table) -> Professional:
    """A person of a settings file, by name and RPPS or ADELI."""
    return Professional(
        identifier=_national(table),
        family_name=table.text("family_name"),
        given_name=table.text("given_name"),
        prefix=table.text("title"),
        profession=table.text("profession"),
        profession_code=table.text("profession_code"),
    )


def _national(table: Table) -> Identifier | None:
    """IDNPS: 8 before an RPPS, 0 before an ADELI."""
    rpps, adeli = table.text("rpps"), table.text("adeli").upper()
    if rpps and not re.fullmatch(r"[0-9]{11}", rpps):
        raise table.bad("rpps")
    if adeli and not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", adeli):
        raise table.bad("adeli")
    number = f"8{rpps}" if rpps else f"0{adeli}" if adeli else ""
    return Identifier(root=IDNPS, extension=number) if number else None


def _replaced(table: Table) -> Replaced | None:
    with table.table("replaces") as inner:
        if inner is None:
            return None
        identifier, whole = inner.identifier("identifier"), inner.identifier("set")
        version, entry = inner.number("version"), inner.text("entry")
        if identifier is None or whole is None or version is None or not UUID.fullmatch(entry):
            raise table.bad("replaces")
        return Replaced(
            identifier=identifier, set_identifier=whole, version=version, entry_uuid=entry
        )


def _addressed(table: Table, whole: Table) -> Addressed:
    found = Addressed(
        email=table.address("email"),
        name=table.text("name"),
        rpps=table.text("rpps"),
        code=table.text("code"),
    )
    if not (found.email or found.rpps or found.code):
        raise whole.bad("recipients")
    return found


def _warnings(
    patient: Traits | None, recipients: tuple[Addressed, ...], document: Described
) -> Iterator[str]:
    """What is odd, and told; it refuses nothing (store/model/identifiers.py)."""
    if patient and patient.ins and (problem := problem_with_ins(patient.ins)):
        yield problem
    numbers = [each.rpps for each in recipients if each.rpps]
    if document.prescriber and document.prescriber.identifier:
        number = document.prescriber.identifier.extension
        numbers += [number[1:]] if number.startswith("8") else []
    for rpps in numbers:
        if problem := problem_with_rpps(rpps):
            yield problem

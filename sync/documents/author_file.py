"""What a practice says once of an account: who writes by it, from where, and where files go.

A CDA header wants some forty facts of which a document says fifteen. The others are the same for
every document of one mailbox, so they stand in one file, given by `pli account set NAME --author`.
Nothing in it has a default that would be a statement: who signs, who performed the act and who
keeps the document are said, or missing (docs/documents-build.md says every key). Pure.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from store.model.document import Identifier, Professional
from store.model.email import EmailAddress
from sync.documents.export_hl7 import Route, Visibility
from sync.documents.facts import IDNST, LOINC, OID, Coded
from sync.documents.sidecar import KIND, SYSTEMS, professional
from sync.documents.strict_table import Table, read_table

FACILITIES = "1.2.250.1.71.4.2.4"
SETTINGS = "1.2.250.1.213.1.1.4.9"
STRUCTURES = {
    "finess": (re.compile(r"[0-9][0-9AB][0-9]{7}"), "1"),
    "siret": (re.compile(r"[0-9]{14}"), "3"),
    "rpps_rang": (re.compile(r"[0-9]{11,14}"), "4"),
}
"""Key -> what its number looks like, and the digit that IDNST puts before it."""


class Whose(StrEnum):
    """Whose mailbox it is (ECO.2.2.7)."""

    PERSONAL = "personal"
    ORGANIZATION = "organization"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """What letters say of the mailbox they leave from."""

    whose: Whose = Whose.PERSONAL
    service: str = ""
    reply_to: EmailAddress | None = None
    nil: str = ""
    """X-MSS-NIL."""


class Export(StrEnum):
    """What the practice's own software takes."""

    HL7 = "hl7"
    HPRIM = "hprim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of document that this mailbox sends."""

    title: str = ""
    code: str = ""
    code_system: str = ""
    code_name: str = ""
    class_code: Coded | None = None
    act: Coded | None = None
    confidentiality: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """The practice's own software, which takes documents from a folder."""

    export: Export
    folder: str
    answers: str
    """The folder where it answers; '' for nowhere."""
    route: Route
    visibility: Visibility | None
    """None while somebody still has to say it."""
    code: str = ""
    """What laboratories call this practice, on line 12 of an HPRIM file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """All that the file says."""

    person: Professional = field(default_factory=Professional)
    """With the structure they work in."""
    facility: Coded | None = None
    setting: Coded | None = None
    oid: str = ""
    """The practice's own; the identifiers of its documents lie under it."""
    signs: bool = False
    """The person answers for what leaves by this account (legalAuthenticator)."""
    performs: bool = False
    """And did what the document tells of."""
    keeps: bool = False
    """The structure keeps it (custodian)."""
    confidentiality: str = ""
    content_type: Coded | None = None
    default_kind: str = ""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    mailbox: Mailbox = Mailbox()
    dmp_folder: str = ""
    software: Software | None = None


def read_author(octets: bytes) -> Author:
    """What a settings file says, in TOML or in JSON.

    Raises:
        NeedsUser: as `read_sidecar`.
    """
    whole = read_table(octets)
    person, facility, setting = _people(whole)
    with whole.table("documents") as table:
        documents = table or Table({})
        found = Author(
            person=person,
            facility=facility,
            setting=setting,
            oid=_oid(documents),
            signs=documents.flag("signs"),
            performs=documents.flag("performs"),
            keeps=documents.flag("keeps"),
            confidentiality=documents.text("confidentiality"),
            content_type=documents.coded("content_type"),
            default_kind=documents.text("kind"),
            kinds=_kinds(whole),
            mailbox=_mailbox(whole),
            dmp_folder=_dmp(whole),
            software=_software(whole),
        )
    if found.default_kind and found.default_kind not in found.kinds:
        raise whole.bad("documents.kind")
    whole.end()
    return found


def _people(whole: Table) -> tuple[Professional, Coded | None, Coded | None]:
    """The person with their structure, its kind, and the setting."""
    with whole.table("person") as table:
        person = Professional() if table is None else professional(table)
    with whole.table("structure") as table:
        structure = table or Table({})
        facility = structure.coded("facility", FACILITIES)
        setting = structure.coded("setting", SETTINGS)
        whole_person = Professional(
            identifier=person.identifier,
            family_name=person.family_name,
            given_name=person.given_name,
            prefix=person.prefix,
            profession=person.profession,
            profession_code=person.profession_code,
            organization=structure.text("name"),
            organization_identifier=_structure_number(structure),
            address=structure.lines("address"),
            phones=structure.texts("phones"),
        )
    return whole_person, facility, setting


def _structure_number(table: Table) -> Identifier | None:
    """IDNST: 1 before a FINESS, 3 before a SIRET, 4 before an RPPS and its rank."""
    found = None
    for key, (shape, first) in STRUCTURES.items():
        number = table.text(key).replace(" ", "").upper()
        if not number:
            continue
        if found is not None or not shape.fullmatch(number):
            raise table.bad(key)
        found = Identifier(root=IDNST, extension=first + number)
    return found


def _oid(table: Table) -> str:
    oid = table.text("oid")
    if oid and (not OID.fullmatch(oid) or len(oid) > 48):
        raise table.bad("oid")
    return oid


def _kinds(whole: Table) -> dict[str, Kind]:
    found = {}
    with whole.table("kinds") as table:
        for name in () if table is None else table.names():
            assert table is not None
            with table.table(name) as inner:
                if inner is None or not KIND.fullmatch(name):
                    raise table.bad(name)
                found[name] = _kind(inner)
    return found


def _kind(table: Table) -> Kind:
    return Kind(
        title=table.text("title"),
        code=table.text("code"),
        code_system=SYSTEMS.get(table.one_of("code_system", tuple(SYSTEMS)), ""),
        code_name=table.text("code_name"),
        class_code=table.coded("class"),
        act=table.coded("act", LOINC),
        confidentiality=table.text("confidentiality"),
    )


def _mailbox(whole: Table) -> Mailbox:
    with whole.table("mailbox") as table:
        mailbox = table or Table({})
        reply_to = mailbox.address("reply_to")
        name = mailbox.text("reply_to_name")
        return Mailbox(
            whose=Whose(mailbox.one_of("kind", tuple(Whose), Whose.PERSONAL)),
            service=mailbox.text("service"),
            reply_to=EmailAddress(name=name, email=reply_to) if reply_to else None,
            nil=mailbox.text("nil"),
        )


def _dmp(whole: Table) -> str:
    with whole.table("dmp") as table:
        return "" if table is None else folder_at(table, "folder")


def _software(whole: Table) -> Software | None:
    with whole.table("software") as table:
        if table is None:
            return None
        folder = folder_at(table, "folder")
        export = table.one_of("export", tuple(Export))
        if not export:
            raise table.bad("export")
        if not folder:
            raise table.bad("folder")
        return Software(
            export=Export(export),
            folder=folder,
            answers=folder_at(table, "answers"),
            route=Route(
                sending_application=table.text("sending_application"),
                sending_facility=table.text("sending_facility"),
                receiving_application=table.text("receiving_application"),
                receiving_facility=table.text("receiving_facility"),
                processing=table.one_of("processing", ("P", "T", "D"), "P"),
            ),
            visibility=_visibility(table),
            code=table.text("code"),
        )


def _visibility(table: Table) -> Visibility | None:
    with table.table("visibility") as inner:
        if inner is None:
            return None
        names = inner.names()
        said = Visibility(
            hidden_from_professionals=inner.flag("hidden_from_professionals"),
            hidden_from_patient=inner.flag("hidden_from_patient"),
            hidden_from_guardians=inner.flag("hidden_from_guardians"),
            changes_confidentiality=inner.flag("changes_confidentiality"),
        )
        # All four are said, or none is: what hides a document is nobody's default.
        if len(names) != 4 and not inner.names():
            raise table.bad("visibility")
        return said


def folder_at(table: Table, key: str) -> str:
    """An absolute path; '' when it is not there."""
    path = table.text(key)
    if path and not (posixpath.isabs(path) and path.isprintable()):
        raise table.bad(key)
    return posixpath.normpath(path) if path else ""

"""An invented laboratory, an invented patient, and their documents."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any

from store.model.document import (
    Abnormality,
    Format,
    HealthDocument,
    Identifier,
    Moment,
    Observation,
    Professional,
    Rendition,
    Sex,
    Status,
    Traits,
)
from store.model.identifiers import luhn_digit
from sync.documents.build_cda import BuiltCda, build_cda
from sync.documents.build_xdm import Application, build_xdm
from sync.documents.facts import (
    Coded,
    Context,
)
from sync.documents.oids import IDNPS, IDNST, INS_TEST, LOINC
from sync.documents.xdm_metadata import Entry, Submission
from tests.unit.documents.validity import valid_cda as valid_cda
from tests.unit.documents.validity import valid_metadata as valid_metadata

RPPS = [f"{stem}{luhn_digit(stem)}" for stem in ("9970000001", "9970000002")]
STEM = "2850375120034"
INS = STEM + f"{97 - int(STEM) % 97:02}"
OUR_OID = "1.2.250.1.999.7"

PATIENT = Traits(
    ins=INS,
    ins_root=INS_TEST,
    birth_name="LEROUX-ESSAI",
    used_name="MARTIN-ESSAI",
    given_names=("ANAÏS", "LUCE"),
    birth_day="1985-03-14",
    sex=Sex.FEMALE,
    birth_place="75120",
    identifiers=(Identifier(root=OUR_OID + ".9", extension="D-4471"),),
    address="3 rue des Essais\n69003 LYON",
    phones=("04 00 00 00 01",),
)
BIOLOGIST = Professional(
    identifier=Identifier(root=IDNPS, extension=f"8{RPPS[0]}"),
    family_name="Péridot",
    given_name="Éloïse",
    prefix="Dr",
    profession="Médecin - Biologie médicale (SM)",
    profession_code="G15_10/SM03",
    organization="Laboratoire des Essais",
    organization_identifier=Identifier(root=IDNST, extension="1690000017"),
    address="8 quai des Essais\n69002 LYON",
    phones=("0400000002",),
    at=Moment(said="20261124103000+0100", day="2026-11-24", at=1795512600),
)
DOCTOR = Professional(
    identifier=Identifier(root=IDNPS, extension=f"8{RPPS[1]}"),
    family_name="Chênevert",
    given_name="Alice",
    prefix="Dr",
    emails=("alice@cabinet.example",),
)
TAKEN = Moment(said="202611240815+0100", day="2026-11-24", at=1795504500)
TSH = Observation(
    label="Thyréostimuline (TSH)",
    code="3016-3",
    code_system=LOINC,
    value="7,95",
    number=Decimal("7.95"),
    unit="m[IU]/L",
    low="0,270",
    high="4,200",
    abnormality=Abnormality.HIGH,
    status=Status.FINAL,
    observed_at=TAKEN,
    group=("BILAN THYROÏDIEN",),
    comment="Contrôle conseillé.",
)
CRP = Observation(
    label="Protéine C réactive",
    code="1988-5",
    code_system=LOINC,
    value="<4",
    number=Decimal(4),
    comparator="<",
    unit="mg/L",
    high="5",
    abnormality=Abnormality.NORMAL,
    status=Status.FINAL,
)
PDF_OCTETS = b"%PDF-1.4\n1 0 obj\n<</Type /Catalog>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DOCUMENT = HealthDocument(
    format=Format.HPRIM_MEDECIN,
    identifier=Identifier(root=OUR_OID + ".1", extension="4471-1"),
    set_identifier=Identifier(root=OUR_OID + ".1", extension="4471"),
    version=1,
    status=Status.FINAL,
    code="11502-2",
    code_system=LOINC,
    title="Compte rendu d'examens biologiques",
    created_at=Moment(said="20261124104500+0100", day="2026-11-24", at=1795513500),
    service_at=TAKEN,
    confidentiality="N",
    patient=PATIENT,
    authors=(BIOLOGIST,),
    signer=BIOLOGIST,
    custodian=BIOLOGIST,
    recipients=(DOCTOR,),
    renditions=(Rendition(media_type="application/pdf", octets=PDF_OCTETS, name="4471.pdf"),),
)
CONTEXT = Context(
    type_name="CR d'examens biologiques",
    facility=Coded(
        code="SA25", system="1.2.250.1.71.4.2.4", name="Laboratoire de biologie médicale"
    ),
    facility_name="Laboratoire des Essais",
    practice=Coded(code="AMBULATOIRE", system="1.2.250.1.213.1.1.4.9", name="Ambulatoire"),
    act=Coded(code="18719-5", system=LOINC, name="Biochimie"),
    performer=BIOLOGIST,
    order=Identifier(root=OUR_OID + ".3", extension="26112400178"),
    prescriber=DOCTOR,
)
IN_CODES = replace(DOCUMENT, observations=(TSH, CRP))
CORRECTION = replace(
    DOCUMENT,
    identifier=Identifier(root=OUR_OID + ".1", extension="4471-2"),
    version=2,
    replaces=(Identifier(root=OUR_OID + ".1", extension="4471-1"),),
)
CLASS = Coded(code="11", system="1.2.250.1.213.1.1.4.1", name="Classe inventée")
SUBMISSION = Submission(
    unique_id=OUR_OID + ".5.1",
    source_id=OUR_OID,
    submitted_at=1795514000,
    content_type=Coded(code="07", system="1.2.250.1.213.2.2", name="Consultation"),
    author=BIOLOGIST,
)
PLI = Application(name="Pli", version="0.1.0")
UUIDS = tuple(f"0000000{n}-1111-4222-8333-444444444444" for n in range(1, 6))


def cda(document: HealthDocument = DOCUMENT, context: Context = CONTEXT) -> BuiltCda:
    """A CDA, seen to be valid: no test builds one by another door."""
    built = build_cda(document, context)
    valid_cda(built.octets)
    return built


def entry(document: HealthDocument = DOCUMENT, number: int = 0, **facts: Any) -> Entry:
    return Entry(cda=cda(document), entry_uuid=UUIDS[number], class_code=CLASS, **facts)


def package(*entries: Entry, submission: Submission = SUBMISSION) -> bytes:
    return build_xdm(entries or (entry(),), submission, PLI)


def unzipped(octets: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}

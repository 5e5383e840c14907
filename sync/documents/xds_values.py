"""Values of HL7 v2 in XDS metadata: CX, and the patient of sourcePatientInfo. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from store.model.document import Identifier, Sex, Traits
from sync.documents.cda_types import moment
from sync.documents.oids import INS_ROOTS
from sync.documents.xds_model import DocumentEntry


def identifier_of(cx: str) -> Identifier | None:
    """'279...^^^&1.2.250.1.213.1.4.8&ISO^NH': who gave it is between the ampersands."""
    parts = cx.split("^")
    authority = parts[3].split("&") if len(parts) > 3 else []
    root = authority[1].strip() if len(authority) > 1 else ""
    extension = parts[0].strip()
    return Identifier(root=root, extension=extension) if extension else None


def unique_identifier(said: str) -> Identifier | None:
    """uniqueId: 'root^extension', or a root alone."""
    root, _, extension = said.partition("^")
    return Identifier(root=root, extension=extension) if root or extension else None


def patient_of(entry: DocumentEntry) -> Traits | None:
    """Whom an entry says its document is about; None when it does not."""
    fields = _fields(entry.source_patient_info)
    told = (entry.patient_id, entry.source_patient_id)
    every = [each for each in map(identifier_of, told) if each]
    every = list(dict.fromkeys(every))
    ins = next((each for each in every if each.root in INS_ROOTS), None)
    names = (fields.get("PID-5", "").split("~")[0].split("^") + [""] * 7)[:7]
    is_birth_name = names[6].strip() == "L"
    family, given = names[0].strip(), names[1].strip()
    birth = moment(fields.get("PID-7", ""))
    sex = fields.get("PID-8", "").strip()
    traits = Traits(
        ins=ins.extension if ins else "",
        ins_root=ins.root if ins else "",
        birth_name=family if is_birth_name else "",
        used_name="" if is_birth_name else family,
        given_names=(given,) if given and is_birth_name else (),
        used_given_name="" if is_birth_name else given,
        birth_day=birth.day if birth else "",
        sex=Sex(sex) if sex in ("F", "M") else Sex.UNKNOWN,
        identifiers=tuple(each for each in every if each is not ins),
    )
    return traits if traits != Traits() else None


def _fields(info: Sequence[str]) -> dict[str, str]:
    """'PID-7|19790328' by its number."""
    pairs = (each.partition("|") for each in info)
    return {name.strip().upper(): value for name, bar, value in pairs if bar}

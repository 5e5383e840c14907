"""What METADATA.XML adds to a document of a package, and where the two disagree. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from store.model.document import ENTRY, HealthDocument, Identifier
from sync.documents.cda_types import moment
from sync.documents.metadata import plain_uuid
from sync.documents.traits import Degree, compare
from sync.documents.xds_model import DocumentEntry
from sync.documents.xds_values import patient_of, unique_identifier

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_REPLACED = 100


def completed(
    document: HealthDocument, entry: DocumentEntry | None, odd: tuple[str, ...]
) -> HealthDocument:
    """With what its entry says where the document itself does not: of a PDF, everything."""
    warnings = [*document.warnings, *odd]
    if entry is None:
        return replace(document, warnings=tuple(dict.fromkeys(warnings)))
    told = patient_of(entry)
    if told and document.patient and compare(told, document.patient).degree is Degree.DIFFERENT:
        warnings.append("xdm.patient_differs")
    kind = entry.type_code
    return replace(
        document,
        entry=_uuid(entry.entry_uuid),
        replaces=tuple(dict.fromkeys((*document.replaces, *_replaced(entry)))),
        identifier=document.identifier or unique_identifier(entry.unique_id),
        code=document.code or (kind.code if kind else ""),
        code_system=document.code_system or (kind.scheme if kind else ""),
        title=document.title or entry.title or (kind.display if kind else ""),
        created_at=document.created_at or moment(entry.creation_time),
        service_at=document.service_at or moment(entry.service_start_time),
        language=document.language or entry.language_code,
        confidentiality=document.confidentiality or _one_code(entry),
        patient=document.patient or told,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _replaced(entry: DocumentEntry) -> Iterator[Identifier]:
    """What an association RPLC says: an entry of the sender's, by its UUID."""
    for each in entry.replaces[:MOST_REPLACED]:
        if found := _uuid(each):
            yield Identifier(root=ENTRY, extension=found)


def _uuid(said: str) -> str:
    """'' for a name that holds within its package only: 'Document01'."""
    bare = plain_uuid(said)
    return bare if UUID.fullmatch(bare) else ""


def _one_code(entry: DocumentEntry) -> str:
    return entry.confidentiality_codes[0].code if len(entry.confidentiality_codes) == 1 else ""


def differences(entry: DocumentEntry, octets: bytes) -> tuple[str, ...]:
    """Where the file is not what the metadata says it is."""
    checks = {
        "xdm.hash_differs": bool(entry.hash) and entry.hash.lower() != sha1(octets),
        "xdm.hash_case": entry.hash != entry.hash.lower(),
        "xdm.size_differs": bool(entry.size) and entry.size != str(len(octets)),
    }
    return tuple(code for code, odd in checks.items() if odd)


def sha1(octets: bytes) -> str:
    return hashlib.sha1(octets, usedforsecurity=False).hexdigest()

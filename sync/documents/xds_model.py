"""What IHE calls a DocumentEntry and a SubmissionSet (ITI TF-3 §4.2), read from METADATA.XML. Pure.

Names are IHE's own, in small letters.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A code, whose it is, and its words."""

    code: str
    scheme: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """As written: XCN and XON of HL7 v2, or whatever stands there."""

    person: str = ""
    institutions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntry:
    """XDSDocumentEntry. Times, identifiers, hash and size are as written."""

    entry_uuid: str = ""
    unique_id: str = ""
    logical_id: str = ""
    mime_type: str = ""
    uri: str = ""
    hash: str = ""
    size: str = ""
    title: str = ""
    comments: str = ""
    creation_time: str = ""
    service_start_time: str = ""
    service_stop_time: str = ""
    language_code: str = ""
    patient_id: str = ""
    source_patient_id: str = ""
    source_patient_info: tuple[str, ...] = ()
    legal_authenticator: str = ""
    authors: tuple[Author, ...] = ()
    class_code: Coded | None = None
    type_code: Coded | None = None
    format_code: Coded | None = None
    healthcare_facility_type_code: Coded | None = None
    practice_setting_code: Coded | None = None
    confidentiality_codes: tuple[Coded, ...] = ()
    event_code_list: tuple[Coded, ...] = ()
    replaces: tuple[str, ...] = ()
    """The entry UUIDs that an association RPLC says it replaces."""
    transforms: tuple[str, ...] = ()
    """Those of which XFRM says it is the same in another format: the PDF of a CDA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSet:
    """XDSSubmissionSet: one sending."""

    entry_uuid: str = ""
    unique_id: str = ""
    source_id: str = ""
    patient_id: str = ""
    submission_time: str = ""
    title: str = ""
    comments: str = ""
    content_type_code: Coded | None = None
    authors: tuple[Author, ...] = ()
    intended_recipients: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """The entry UUIDs of its documents."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one METADATA.XML says."""

    submission_sets: tuple[SubmissionSet, ...]
    entries: tuple[DocumentEntry, ...]
    warnings: tuple[str, ...] = ()

"""What one dispatch is made from, and what becomes of it: "these files, about this patient".

Pure values. The clock and chance are in `at` and `marks`, drawn once by whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.errors import MailError
from store.model.document import Format, HealthDocument, Identifier
from store.model.email import EmailAddress
from sync.documents.author_file import Author
from sync.documents.build_xdm import Application
from sync.documents.cda_biology import Why
from sync.documents.mss_letter import MssLetter
from sync.documents.pdf_a import PdfClaim
from sync.documents.sidecar import Sidecar


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Names that nothing else has."""

    document: str
    """32 hexadecimal digits."""
    set: str
    entry: str
    """A UUID."""
    submissions: tuple[int, int, int]
    """Of the colleagues' letter, the patient's, and the DMP's set: UUIDs as numbers, for 2.25."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFacts:
    """All that is known."""

    author: Author
    email: str
    """The mailbox it leaves from."""
    sidecar: Sidecar
    to: tuple[EmailAddress, ...] = ()
    """Colleagues; the patient is not among them."""
    pdf: bytes = b""
    cda: bytes = b""
    """A document that another program wrote whole: it leaves as it is."""
    results: tuple[HealthDocument, ...] = ()
    """What a results file says, one for each patient of it."""
    at: int
    """Unix seconds."""
    marks: Marks
    application: Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How a correction names this document (sidecar key `replaces`)."""

    identifier: Identifier
    set_identifier: Identifier
    version: int
    entry_uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What leaves."""

    letter: MssLetter | None
    """To the colleagues; None when there are none."""
    patient_letter: MssLetter | None = None
    dmp: Mapping[str, bytes] = field(default_factory=dict)
    """Paths and octets of the set for the practice's DMP software; {} when it was not asked for."""
    named: Named
    level: Format
    not_coded: Why | None
    """Why results that were given are not in codes."""
    pdf: PdfClaim | None
    remarks: tuple[str, ...] = ()
    """Codes of what a person should know all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why nothing leaves: each missing fact by name, or what forbids it."""

    reasons: tuple[MailError, ...]

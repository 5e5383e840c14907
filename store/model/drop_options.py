"""What a rule of a watched folder says beyond where it is: a person's wishes, kept as written.

`drop.toml` says them (docs/drop-folder.md); the store keeps them with the rule, so that the node
goes on by the last file that could be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grouping(StrEnum):
    """What counts as one dispatch."""

    ALONE = "alone"
    """Each file."""
    STEM = "stem"
    """A PDF and the files that have its name with another ending."""
    DONE = "done"
    """The same, once a file whose name ends in `.done` says that all of it is there."""
    FOLDER = "folder"
    """A subfolder, moved in whole."""


class FoundIn(StrEnum):
    """Where a recipient and a patient may be read."""

    SIDECAR = "sidecar"
    HPRIM = "hprim"
    HL7 = "hl7"
    CDA = "cda"
    NAME = "name"
    """The file's own name, by the rule's pattern."""
    FIXED = "fixed"
    """The rule's own addresses."""
    PDF = "pdf"
    """The words of the document: they confirm a patient, and never name a recipient."""
    PERSON = "person"
    """Somebody decided, for this document."""


class Form(StrEnum):
    """What a document leaves as."""

    AS_IT_CAME = ""
    XDM = "xdm"
    """A health document in its MSSanté letter, built with the account's settings file."""


class SameName(StrEnum):
    """What a new content under a name that left before is (sync/drop/correcting.py)."""

    PATIENT = ""
    """A correction where both are known to be about one patient, else a new document."""
    CORRECTION = "correction"
    """The names are numbers of requests."""
    NEW = "new"
    """The names say nothing."""


class Further(StrEnum):
    """Whether a document goes where its recipients are not: to the patient, to the DMP."""

    NEVER = ""
    ASKED = "asked"
    """Where the document's own files ask for it."""
    ALWAYS = "always"
    """And where they do not say."""


SEARCHED = (
    *(FoundIn.SIDECAR, FoundIn.HPRIM, FoundIn.HL7, FoundIn.CDA, FoundIn.NAME, FoundIn.FIXED),
)
"""In the order they are asked for a recipient, unless the rule says another."""
LARGEST = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """So many files in so long a time, within the hours when the laboratory works."""

    files: int
    seconds: int
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    """0 is Monday."""
    opens: int = 0
    """Minutes after midnight, local time."""
    closes: int = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Beyond them nothing is taken. 0 and '' are no limit."""

    largest: int = LARGEST
    """Octets of one dispatch."""
    most_waiting: int = 0
    """Files in the folder at once."""
    most_per_hour: int = 0
    free: int = 0
    """Octets that must stay free on the folder's disk."""
    owner: str = ""
    """Of the folder: a user's name or number."""
    group: str = ""
    mode: int = -1
    """Permissions of the folder; -1 for any."""
    writer: str = ""
    """Of each file: a user's name or number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions:
    """All of it. What is left out is what a rule of one folder and one doctor needs."""

    grouping: Grouping = Grouping.ALONE
    search: tuple[FoundIn, ...] = (FoundIn.FIXED,)
    """Where a recipient is looked for, in order."""
    pattern: str = ""
    """Of file names: '{recipient}_{name}_{given}_{birth}.pdf'."""
    doctors: str = ""
    """Path of the CSV that leads from the laboratory's own codes to addresses."""
    identity: str = ""
    """Who the letters say they are from; '' for the account's own name."""
    urgent: bool = False
    marker: str = ""
    """A file that must be in the folder: without it the rule is down, not idle."""
    expects: Expectation | None = None
    results: str = ""
    """Folder where receipts are written; '' for none."""
    acknowledges: bool = False
    """With HL7 acknowledgements beside the receipts."""
    polls: bool = False
    """The folder is a share that hints at nothing: it is looked at every second."""
    limits: Limits = Limits()
    form: Form = Form.AS_IT_CAME
    to_patient: Further = Further.NEVER
    to_dmp: Further = Further.NEVER
    same_name: SameName = SameName.PATIENT

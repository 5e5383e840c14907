"""Handover: files put once into another program's folder, and what that program answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import AccountId, BlobId, DispatchId, EmailId, HandoverId


class HandoverKind(StrEnum):
    """For whom, and in which form."""

    DMP = "dmp"
    """An XDM set, for the software that feeds the patient's national record."""
    HL7 = "hl7"
    """MDM of HL7 v2, for the practice's software."""
    HPRIM = "hprim"
    """A text and its PDF, for the practice's software."""


class HandoverState(StrEnum):
    """How far it is. Each has a sentence."""

    WAITING = "waiting"
    """To be put there; `reason` says what kept it from that the last time."""
    PLACING = "placing"
    """Its next piece is about to get its name, or has it: the disk knows."""
    PLACED = "placed"
    ACCEPTED = "accepted"
    """The other program said so."""
    REFUSED = "refused"
    HELD = "held"
    """Only a person can unblock it: `reason`."""
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverFile:
    """One file: its path in the folder. A first directory is put there whole."""

    path: str
    blob_id: BlobId


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A row."""

    id: HandoverId
    account_id: AccountId
    kind: HandoverKind
    dispatch_id: DispatchId | None = None
    email_id: EmailId | None = None
    number: int = 1
    folder: str
    answers: str = ""
    control_id: str = ""
    state: HandoverState = HandoverState.WAITING
    placed: int = 0
    """Pieces that are there."""
    mount: str = ""
    """Of the disk that holds the next piece under its hidden name."""
    reason: str = ""
    reply: str = ""
    """What the other program said; words from outside."""
    created_at: int
    updated_at: int
    files: tuple[HandoverFile, ...] = ()

    @property
    def pieces(self) -> tuple[str, ...]:
        """What is renamed into place, in order: a file alone, or a whole directory."""
        return tuple(dict.fromkeys(each.path.partition("/")[0] for each in self.files))

    @property
    def awaits_answer(self) -> bool:
        """Whether its answer is looked for."""
        return self.state is HandoverState.PLACED and bool(self.answers and self.control_id)

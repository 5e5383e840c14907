"""What is known of a letter's parts before any of it is downloaded, and of a part fetched alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from store.model.email import TransferEncoding
from store.model.ids import EmailId, MailboxId


class Kind(StrEnum):
    """What a letter that is not whole seems to carry: its lane depends on it."""

    LETTER = ""
    RESULT = "result"
    """A laboratory's result: CDA biology, HPRIM, HL7."""
    IMAGE = "image"
    """Most of it is pictures, sound or film."""


class Marks(NamedTuple):
    """What the first octets of a letter tell of it."""

    kind: Kind = Kind.LETTER
    urgent: bool = False
    """Its sender says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedPart:
    """One leaf as the server's BODYSTRUCTURE describes it: servers have been wrong about each."""

    number: str
    media_type: str
    charset: str = ""
    name: str = ""
    """Words from outside."""
    disposition: str = ""
    transfer_encoding: TransferEncoding = TransferEncoding.IDENTITY
    length: int
    """Encoded octets."""
    is_body: bool = False


class WantedPart(NamedTuple):
    """A part that a person asked for alone, where its server has it."""

    email_id: EmailId
    mailbox_id: MailboxId
    uid: int
    number: str
    length: int
    """Encoded octets, as announced."""
    binary: int
    """1 when what is held is decoded octets (RFC 3516), 0 when they are as encoded."""
    no_binary: int
    """1 when the server was asked to decode it and could not, else 0."""
    size: int | None
    """Decoded octets, where the server said."""
    held: int
    """Octets, from the first on."""
    wanted_at: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCame:
    """Octets that came of a part alone."""

    offset: int
    """Octets before them in the part."""
    octets: bytes
    binary: bool
    """Whether they are decoded."""
    ends: bool
    """Whether they are its last."""
    size: int | None = None
    """Decoded octets of all of it, where the server said just now."""

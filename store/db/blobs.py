"""Octets kept once each, by their SHA-256, compressed where that helps.

Received octets are stored whole before anything reads them: a parser's bug must never lose a
letter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import zstandard

from store.db.open import Connection
from store.errors import Permanent
from store.model.ids import BlobId

LEVEL = 1
"""zstd level 1: half the size of most letters at several hundred MB/s."""
LARGEST = 200 * 1024 * 1024
FORGET_BLOB = (
    "DELETE FROM blob WHERE digest = ?1"
    " AND NOT EXISTS (SELECT 1 FROM email WHERE digest = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM email_submission WHERE digest = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM draft_attachment WHERE digest = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM announced_part WHERE digest = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM email_opened WHERE digest = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM handover_file WHERE digest = ?1)"
)
"""Let go of octets that nothing refers to any more."""


def blob_id(octets: bytes) -> BlobId:
    """The name of these octets."""
    return BlobId(hashlib.sha256(octets).digest())


@dataclass(frozen=True, slots=True)
class Packed:
    """Octets as they are kept: made ready by a thread, so that a transaction is short."""

    name: BlobId
    size: int
    """Of the octets themselves."""
    coding: str
    kept: bytes


def pack(octets: bytes) -> Packed:
    """Make ready for `put`."""
    return Packed(blob_id(octets), len(octets), *coded(octets))


def put(db: Connection, octets: bytes | Packed) -> BlobId:
    """Keep `octets`; nothing happens when they are already there. Call inside `write`."""
    name = octets.name if isinstance(octets, Packed) else blob_id(octets)
    if db.execute("SELECT 1 FROM blob WHERE digest = ?", (name,)).fetchone():
        return name
    packed = octets if isinstance(octets, Packed) else Packed(name, len(octets), *coded(octets))
    db.execute(
        "INSERT INTO blob (digest, size, coding, octets) VALUES (?, ?, ?, ?)",
        (packed.name, packed.size, packed.coding, packed.kept),
    )
    return name


def coded(octets: bytes) -> tuple[str, bytes]:
    """How octets are kept: the coding, and what it gives."""
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(octets)
    return ("zstd", packed) if len(packed) < len(octets) else ("raw", octets)


def decoded(coding: str, kept: bytes) -> bytes:
    """The inverse of `coded`.

    Raises:
        Permanent: `blob.damaged`.
    """
    if coding != "zstd":
        return bytes(kept)
    try:
        return zstandard.ZstdDecompressor().decompress(kept, max_output_size=LARGEST)
    except zstandard.ZstdError as error:
        raise Permanent("blob.damaged") from error


def get(db: Connection, name: BlobId) -> bytes:
    """The octets called `name`, verified.

    Raises:
        Permanent: `blob.missing`, `blob.damaged`.
    """
    row = db.execute("SELECT coding, octets FROM blob WHERE digest = ?", (name,)).fetchone()
    if row is None:
        raise Permanent("blob.missing")
    octets = decoded(*row)
    if blob_id(octets) != name:
        raise Permanent("blob.damaged")
    return octets

"""One dispatch, claimed and read whole: the documents that leave, and the file that says what they
are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from store.model.ids import BlobId
from sync.drop import names
from sync.drop.plan import HEAD_OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A claimed file, read whole."""

    name: bytes
    octets: bytes
    digest: BlobId
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one letter is made of."""

    name: bytes
    """What it is called: the document, or the subfolder."""
    documents: tuple[Document, ...]
    """They leave; the one it is named by first."""
    sidecar: bytes | None = None

    @property
    def digest(self) -> BlobId:
        """Of what leaves: the same document under another name is the same."""
        if len(self.documents) == 1:
            return self.documents[0].digest
        each = sorted(document.digest for document in self.documents)
        return BlobId(hashlib.sha256(b"".join(each)).digest())

    @property
    def held_as(self) -> bytes:
        """Digest of all of it, what stays here and the names too: a sidecar says for whom."""
        each = sorted((document.name, document.digest) for document in self.documents)
        beside = b"" if self.sidecar is None else hashlib.sha256(self.sidecar).digest()
        return hashlib.sha256(repr((each, beside)).encode()).digest()

    @property
    def size(self) -> int:
        """Octets of what leaves."""
        return sum(len(document.octets) for document in self.documents)


def is_read(name: bytes) -> bool:
    """Whether a file of a dispatch is looked into: not what only says that it is finished."""
    hidden = name.lower() in names.LITTER or name.startswith(b".")
    return not hidden and names.ending(name) != names.DONE


def parcel_of(name: bytes, read: Sequence[tuple[bytes, bytes]], *, alone: bool) -> Parcel:
    """Put together what was read, each a name and its octets.

    Args:
        alone: it is one file, which leaves whatever its ending is.
    """
    documents = tuple(
        document(named, octets) for named, octets in read if alone or not names.is_sidecar(named)
    )
    sidecars = [octets for named, octets in read if not alone and names.is_sidecar(named)]
    return Parcel(name=name, documents=documents, sidecar=sidecars[0] if sidecars else None)


def document(name: bytes, octets: bytes) -> Document:
    """One file."""
    return Document(
        name=name,
        octets=octets,
        digest=BlobId(hashlib.sha256(octets).digest()),
        media_type=names.media_type(name, octets[:HEAD_OCTETS]),
    )

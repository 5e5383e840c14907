"""Open a letter layer by layer (RFC 8551 §3): sealed, signed, sealed again, compressed.

Only the root of a letter is a layer. A signed part beside another part, below a multipart/mixed or
in a forwarded letter is an attachment like any other: whoever reads the letter could not tell
which words were signed. What is verified is the octets that came, cut out and never written anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from store.errors import MailError, Permanent
from store.model.transfer import decode
from sync.mime.protected import ProtectedHeader, read_protected
from sync.mime.structure import Entity, scan
from sync.smime import oids
from sync.smime.compressed import decompress
from sync.smime.evidence import CompressedEvidence, Evidence, Oddity, SignedEvidence
from sync.smime.key_wrapping import Opener
from sync.smime.media_types import SIGNATURE_TYPES, TYPES, VAGUE_TYPES
from sync.smime.outline import outline
from sync.smime.unseal import unseal
from sync.smime.verify import Verified, verify

MOST_LAYERS = 6
"""Triple wrapping (RFC 2634) is three, and each may be compressed."""
NAMES = re.compile(r".*\.p7[mzc]", re.IGNORECASE | re.DOTALL)
NO_KEY = "smime.no_key"
TOO_MANY = "smime.too_complex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """All that was found in a letter, the outermost first."""

    layers: tuple[Evidence, ...] = ()
    payload: bytes = field(default=b"", repr=False)
    """The innermost MIME entity that could be reached; the letter where there is no layer."""
    readable: bytes = field(default=b"", repr=False)
    """The innermost entity that leaves nothing beside it: `payload`, but above a signed part that
    has more than its signature beside it, for whoever reads the letter would lose the rest."""
    header: ProtectedHeader = field(default_factory=ProtectedHeader)
    """The header inside the innermost layer; empty where there is no layer."""
    stopped: str = ""
    """The code of what kept us out of the next layer: `smime.no_key`...; '' when all are open."""


def open_letter(
    letter: bytes, openers: Sequence[Opener] = (), *, known: Sequence[bytes] = ()
) -> Opened:
    """Open and verify whatever a letter is wrapped in. Takes any octets.

    Args:
        openers: the keys we hold, valid or expired.
        known: certificates, DER, for signatures that come without one.

    Raises:
        MailError: what an opener raises: a card that is not there.
    """
    found, current = Opened(payload=letter, readable=letter), letter
    while True:
        try:
            layer = _layer(current, openers, known)
        except (Permanent, MailError) as error:
            if not isinstance(error, Permanent) and error.code != NO_KEY:
                raise
            return replace(found, stopped=error.code)
        if layer is None:
            return found
        if len(found.layers) == MOST_LAYERS:
            return replace(found, stopped=TOO_MANY)
        evidence, current = layer
        found = replace(
            found,
            layers=(*found.layers, evidence),
            payload=current,
            readable=found.readable if _beside((*found.layers, evidence)) else current,
            header=read_protected(current),
        )


def _beside(layers: Sequence[Evidence]) -> bool:
    """Whether something that is not signed lies beside what is."""
    signed = (each for each in layers if isinstance(each, SignedEvidence))
    return any(Oddity.MORE_THAN_TWO_PARTS in each.oddities for each in signed)


def _layer(
    entity: bytes, openers: Sequence[Opener], known: Sequence[bytes]
) -> tuple[Evidence, bytes] | None:
    """The layer an entity is, and what lies in it; None when it is none."""
    root = scan(entity).root
    media_type, named = root.content.media_type, NAMES.fullmatch(root.content.name)
    if media_type == "multipart/signed":
        return _multipart(entity, root, known)
    if media_type not in TYPES and not (named and media_type in VAGUE_TYPES | SIGNATURE_TYPES):
        return None
    octets = _decoded(entity, root)
    kind = outline(octets).kind
    if kind == oids.COMPRESSED:
        clear = decompress(octets)
        return CompressedEvidence(size=len(clear)), clear
    if kind == oids.SIGNED:
        evidence, content = _joined(verify(octets, known=known))
        if Oddity.NO_SIGNERS in evidence.oddities and not content:
            return None  # certificates that are handed over (RFC 8551 §3.8): a document
        if media_type not in TYPES:
            evidence = replace(evidence, oddities=(*evidence.oddities, Oddity.WRONG_TYPE))
        return evidence, content
    opened = unseal(octets, openers)
    return opened.evidence, opened.content


def _joined(verified: Verified) -> tuple[SignedEvidence, bytes]:
    return verified.evidence, b"".join(verified.content)


def _decoded(octets: bytes, entity: Entity) -> bytes:
    body = octets[entity.offset : entity.offset + entity.length]
    return decode(body, entity.content.encoding)


def _multipart(
    entity: bytes, root: Entity, known: Sequence[bytes]
) -> tuple[Evidence, bytes] | None:
    """multipart/signed (RFC 1847 §2.1): a content, and a signature of its octets."""
    if len(root.children) < 2:
        raise Permanent("smime.malformed")
    first, second = root.children[:2]
    kind, name = second.content.media_type, second.content.name.lower()
    odd: tuple[Oddity, ...] = () if kind in SIGNATURE_TYPES else (Oddity.WRONG_TYPE,)
    if odd and not name.endswith(".p7s"):
        return None  # another kind of signature: OpenPGP
    start = _after_delimiter(entity, root, first)
    content = entity[start : first.offset + first.length]
    evidence = verify(_decoded(entity, second), content, known=known).evidence
    if len(root.children) > 2:
        odd += (Oddity.MORE_THAN_TWO_PARTS,)
    return replace(evidence, oddities=(*evidence.oddities, *odd)), content


def _after_delimiter(entity: bytes, root: Entity, first: Entity) -> int:
    """Where the header of the first part begins: on the line after the first delimiter."""
    delimiter = re.compile(
        rb"^--" + re.escape(root.content.boundary) + rb"[ \t]*\r?\n", re.MULTILINE
    )
    found = delimiter.search(entity, root.offset)
    if found is None or found.end() > first.offset:
        raise Permanent("smime.malformed")
    return found.end()

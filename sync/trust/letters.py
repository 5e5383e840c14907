"""From what the S/MIME engine found in a letter to the evidence that is judged.

The engine tells facts layer by layer; here they become the few that a verdict needs. Which
signature counts: the innermost that no more than one decryption hides, because what is shown lies
in it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from store.model import trust
from store.model.trust import Root, Sealing, Signer
from sync.mime.addresses import read_addresses
from sync.mime.protected import NONE, Field, fields_of
from sync.mime.structure import Entity, scan
from sync.smime.evidence import (
    Oddity,
    SealedEvidence,
    Signature,
    SignatureState,
    SignedEvidence,
    Weakness,
)
from sync.smime.layers import Opened
from sync.smime.media_types import SIGNATURE_TYPES, TYPES
from sync.trust.verdict import MOST_DECRYPTIONS

NOT_WHOLE = {Oddity.MORE_THAN_TWO_PARTS, Oddity.CONTENT_NOT_DATA}
"""What is signed is then not, or not only, what a reader shows."""
NOT_LOOKED_AT = Signer(certificate=None, verified=False, digest="")
"""For those beyond what the engine looks at: that every signer verifies cannot be said."""


def evidence_of(letter: bytes, opened: Opened, *, arrived_at: int | None = None) -> trust.Evidence:
    """What there is to judge in a letter that was opened.

    Args:
        arrived_at: when this letter was first seen here, by our own clock. Unix seconds.
    """
    sealed = [each for each in opened.layers if isinstance(each, SealedEvidence)]
    outside = _senders(fields_of(letter)[0])
    common = trust.Evidence(
        sealing=_sealing(sealed, opened),
        decryptions=len(sealed),
        from_fields=len(outside),
        from_addresses=tuple(address for each in outside for address in each),
        arrived_at=arrived_at,
    )
    place = _innermost(opened)
    if place is None:
        return replace(common, root=_unsigned_root(opened))
    signed = opened.layers[place]
    assert isinstance(signed, SignedEvidence)
    return _judged(common, opened, signed, _decryptions_before(opened, place))


def _judged(
    common: trust.Evidence, opened: Opened, signed: SignedEvidence, decryptions: int
) -> trust.Evidence:
    odd, protected = set(signed.oddities), opened.header.kind != NONE
    inside = _senders(opened.header.fields)
    signers = [_signer(each) for each in signed.signatures]
    if Oddity.TOO_MANY_SIGNERS in odd:
        signers.append(NOT_LOOKED_AT)
    return replace(
        common,
        root=Root.PART if odd & NOT_WHOLE else Root.WHOLE,
        decryptions=decryptions,
        signers=tuple(signers),
        detached=signed.detached,
        embedded=Oddity.CONTENT_TWICE in odd or not (signed.detached or Oddity.NO_CONTENT in odd),
        certificates=signed.certificates,
        crls=signed.crls,
        signed_from_fields=len(inside) if protected else None,
        signed_from_addresses=tuple(address for each in inside for address in each),
    )


def _innermost(opened: Opened) -> int | None:
    """Which layer is judged; one that too much hides, when there is no other."""
    signed = [at for at, each in enumerate(opened.layers) if isinstance(each, SignedEvidence)]
    near = [at for at in signed if _decryptions_before(opened, at) <= MOST_DECRYPTIONS]
    return next(iter([*reversed(near), *reversed(signed)]), None)


def _decryptions_before(opened: Opened, place: int) -> int:
    return sum(isinstance(each, SealedEvidence) for each in opened.layers[:place])


def _signer(signature: Signature) -> Signer:
    weak = set(signature.weaknesses)
    worse = "md5" if Weakness.MD5 in weak else "sha1" if Weakness.SHA1 in weak else ""
    missing = signature.state is SignatureState.NO_CERTIFICATE
    return Signer(
        certificate=None if missing else signature.certificate,
        verified=signature.state is SignatureState.VERIFIED,
        digest=worse or signature.digest_algorithm,
        known=signature.state is not SignatureState.UNKNOWN_ALGORITHM,
        signed_at=signature.signing_time_at,
        capabilities=signature.capabilities,
        encryption_certificate=signature.encryption_certificate,
    )


def _sealing(sealed: list[SealedEvidence], opened: Opened) -> Sealing:
    if opened.stopped and not _claims_signature(opened.payload):
        return Sealing.CLOSED
    if not sealed:
        return Sealing.NONE
    sound = all(each.authenticated for each in sealed)
    return Sealing.AUTHENTICATED if sound else Sealing.UNAUTHENTICATED


def _unsigned_root(opened: Opened) -> Root:
    """Of a letter in which none could be read: a claim to one, a part with one, or nothing."""
    if opened.stopped:
        return Root.WHOLE if _claims_signature(opened.payload) else Root.NONE
    below = _descendants(scan(opened.payload).root)
    return Root.PART if any(_is_signed(each) for each in below) else Root.NONE


def _claims_signature(entity: bytes) -> bool:
    return scan(entity).root.content.media_type == "multipart/signed"


def _is_signed(entity: Entity) -> bool:
    return entity.content.media_type in {"multipart/signed", *TYPES, *SIGNATURE_TYPES}


def _descendants(entity: Entity) -> Iterable[Entity]:
    for each in entity.children:
        yield each
        yield from _descendants(each)


def _senders(fields: Iterable[Field]) -> list[tuple[str, ...]]:
    """The addresses of each From field."""
    found = (each.value for each in fields if each.name == b"from")
    return [tuple(address.email for address in read_addresses(value)) for value in found]

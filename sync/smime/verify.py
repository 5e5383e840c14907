"""Look at a SignedData (RFC 5652 §5) and tell all that was found; judge nothing.

Each signer is looked at by itself: one that is malformed or unknown is told as that, and the
others still count. The traps this closes: a detached signature that carries another content inside
(both are told, the outer one is verified), attributes said twice, a certificate exchanged for
another of the same key (RFC 5035), signed attributes presented as a content without attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import new
from hmac import compare_digest

from store.errors import Permanent
from sync.smime import oids, signed_attributes
from sync.smime.ber import SEQUENCE, SET, Element, Octets, Reader, context, set_of
from sync.smime.certificates import SHORT_RSA, Certificate, KeyKind, matching, read_certificate
from sync.smime.evidence import Oddity, Signature, SignatureState, SignedEvidence, Weakness
from sync.smime.outline import (
    MOST_CERTIFICATES,
    MOST_SIGNERS,
    encapsulated,
    members,
    need,
    outline,
    take,
)
from sync.smime.signatures import NotKnown, Scheme, digest_of, scheme_of, verifies
from sync.smime.signed_attributes import Contradictory, Said, read_attributes
from sync.smime.structures import SignerInfo, reading

BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
MOST_TRIES = 2 * MOST_SIGNERS
"""Signatures computed for one message: it may bring a hundred certificates that all bear the name
of each signer, and without attributes each costs a digest of the whole content."""
WEAK_DIGESTS = {"md5": Weakness.MD5, "sha1": Weakness.SHA1}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a SignedData says, and the content it says it of."""

    evidence: SignedEvidence
    content: Sequence[Octets]
    """In pieces, in order."""


def verify(
    octets: Octets, content: Octets | None = None, *, known: Iterable[bytes] = ()
) -> Verified:
    """Verify every signature of a SignedData.

    Args:
        content: what a detached signature is said to be of; None for an opaque message.
        known: certificates, DER, to be tried where the message holds none.

    Raises:
        Permanent: `smime.malformed`, `smime.too_complex`, `smime.not_cms`.
    """
    found = outline(octets)
    if found.kind != oids.SIGNED:
        raise Permanent("smime.not_cms")
    reader, fields = found.reader, found.fields[1:]
    need(fields, SET)
    inside = encapsulated(reader, need(fields, SEQUENCE))
    certificates = members(reader, take(fields, context(0)), MOST_CERTIFICATES)
    crls = members(reader, take(fields, context(1)), MOST_CERTIFICATES)
    infos = list(reader.children(signers)) if (signers := take(fields, SET)) else []
    ders = tuple(reader.raw(each) for each in certificates if each.tag == SEQUENCE)
    pieces = inside.pieces if content is None else [memoryview(content)]
    oddities = _oddities(infos, inside.pieces, content)
    if inside.content_type != oids.DATA or not inside.string:
        oddities.append(Oddity.CONTENT_NOT_DATA)
    readable = [each for der in ders if (each := _readable(der)) is not None]
    if len(readable) != len(ders):
        oddities.append(Oddity.BAD_CERTIFICATE)
    readable += [each for der in known if (each := _readable(der)) and each not in readable]
    looking = Looking(
        reader, pieces or [], inside.content_type, readable, detached=content is not None
    )
    signatures = tuple(looking.at(info) for info in infos[:MOST_SIGNERS])
    if looking.rewritten:
        oddities.append(Oddity.LINES_REWRITTEN)
    evidence = SignedEvidence(
        signatures=signatures,
        detached=content is not None,
        certificates=ders,
        crls=tuple(reader.raw(each) for each in crls if each.tag == SEQUENCE),
        oddities=tuple(oddities),
    )
    return Verified(evidence, pieces or [])


def _oddities(
    infos: list[Element], inside: list[memoryview] | None, content: Octets | None
) -> list[Oddity]:
    found = []
    if not infos:
        found.append(Oddity.NO_SIGNERS)
    if len(infos) > MOST_SIGNERS:
        found.append(Oddity.TOO_MANY_SIGNERS)
    if content is not None and inside is not None:
        found.append(Oddity.CONTENT_TWICE)
    if content is None and inside is None and infos:
        found.append(Oddity.NO_CONTENT)
    return found


def _readable(der: bytes) -> Certificate | None:
    try:
        return read_certificate(der)
    except Permanent:
        return None


class Looking:
    """One look at one SignedData; remembers the digests of its content."""

    def __init__(
        self,
        reader: Reader,
        pieces: Sequence[Octets],
        content_type: str,
        certificates: list[Certificate],
        *,
        detached: bool,
    ) -> None:
        self.reader, self.pieces, self.content_type = reader, pieces, content_type
        self.certificates, self.detached = certificates, detached
        self.digests: dict[tuple[str, bool], bytes] = {}
        self.rewritten = False
        self.tries = 0

    def at(self, element: Element) -> Signature:
        """What comes of one SignerInfo. Never raises."""
        try:
            with reading():
                return self._looked_at(element)
        except (Contradictory, Permanent):
            return Signature(state=SignatureState.MALFORMED)
        except NotKnown as unknown:
            return Signature(
                state=SignatureState.UNKNOWN_ALGORITHM, signature_algorithm=str(unknown)
            )

    def _looked_at(self, element: Element) -> Signature:
        info = SignerInfo.load(self.reader.der(element), strict=True)
        digest = digest_of(info["digest_algorithm"])
        scheme = scheme_of(info["signature_algorithm"], digest)
        signed = list(self.reader.children(element))[3:]
        attributes = take(signed, context(0))
        said = Said({}) if attributes is None else read_attributes(info["signed_attributes"])
        bare = Signature(
            state=SignatureState.VERIFIED,
            digest_algorithm=digest,
            signature_algorithm=scheme.kind,
            signing_time_at=signed_attributes.signing_time_at(said),
            capabilities=signed_attributes.capabilities(said),
            weaknesses=_weaknesses(digest, scheme, attributed=attributes is not None),
        )
        candidates = matching(self.certificates, info["sid"])
        signature = bytes(info["signature"].native)
        if attributes is None:
            return self._of_content(bare, candidates, signature, scheme)
        if signed_attributes.content_type(said) != self.content_type:
            raise Contradictory(oids.CONTENT_TYPE)
        if not self._digest_is(signed_attributes.message_digest(said), digest):
            first = candidates[0] if candidates else None
            return _of(replace(bare, state=SignatureState.CONTENT_CHANGED), first)
        return self._of_attributes(bare, candidates, signature, scheme, said, attributes)

    def _of_attributes(
        self,
        bare: Signature,
        candidates: list[Certificate],
        signature: bytes,
        scheme: Scheme,
        said: Said,
        attributes: Element,
    ) -> Signature:
        # As they came, which is how they were signed; else in DER order, for those who sent them
        # in another one (RFC 5652 §5.4).
        sent = self.reader.der(attributes, tag=SET)
        ordered = set_of(self.reader.der(each) for each in self.reader.children(attributes))
        for octets in dict.fromkeys((sent, ordered)):
            for certificate in candidates:
                named = signed_attributes.names(said, certificate)
                if named is not False and self._made(certificate, signature, octets, scheme):
                    preferred = signed_attributes.preferred(said, self.certificates)
                    found = replace(
                        bare, names_certificate=bool(named), encryption_certificate=preferred
                    )
                    return _of(found, certificate)
        return _failed(bare, candidates)

    def _of_content(
        self, bare: Signature, candidates: list[Certificate], signature: bytes, scheme: Scheme
    ) -> Signature:
        content = b"".join(self.pieces)
        if self.content_type != oids.DATA or content[:1] == bytes((SET,)):
            # Else signed attributes could be passed off as a content (draft-ietf-lamps 2024).
            raise Contradictory(oids.CONTENT_TYPE)
        for certificate in candidates:
            if self._made(certificate, signature, content, scheme):
                return _of(bare, certificate)
        return _failed(bare, candidates)

    def _made(
        self, certificate: Certificate, signature: bytes, octets: bytes, scheme: Scheme
    ) -> bool:
        """Whether that key made it; no more is computed beyond a limit, and nothing verifies."""
        self.tries += 1
        return self.tries <= MOST_TRIES and verifies(certificate, signature, octets, scheme)

    def _digest_is(self, claimed: bytes, algorithm: str) -> bool:
        if compare_digest(claimed, self._digest(algorithm, rewritten=False)):
            return True
        if not self.detached:
            return False
        same = compare_digest(claimed, self._digest(algorithm, rewritten=True))
        self.rewritten = self.rewritten or same
        return same

    def _digest(self, algorithm: str, *, rewritten: bool) -> bytes:
        if (known := self.digests.get((algorithm, rewritten))) is not None:
            return known
        digest, pieces = new(algorithm, usedforsecurity=False), self.pieces
        if rewritten:
            pieces = [BARE_LINE_FEED.sub(b"\r\n", b"".join(pieces))]
        for piece in pieces:
            digest.update(piece)
        return self.digests.setdefault((algorithm, rewritten), digest.digest())


def _weaknesses(digest: str, scheme: Scheme, *, attributed: bool) -> tuple[Weakness, ...]:
    found = {WEAK_DIGESTS[each] for each in (digest, scheme.digest) if each in WEAK_DIGESTS}
    if not attributed:
        found.add(Weakness.NO_ATTRIBUTES)
    return tuple(sorted(found))


def _of(signature: Signature, certificate: Certificate | None) -> Signature:
    if certificate is None:
        return signature
    short = certificate.kind is KeyKind.RSA and certificate.bits < SHORT_RSA
    weaknesses = (*signature.weaknesses, Weakness.SHORT_RSA) if short else signature.weaknesses
    return replace(signature, certificate=certificate.der, weaknesses=weaknesses)


def _failed(bare: Signature, candidates: list[Certificate]) -> Signature:
    if not candidates:
        return replace(bare, state=SignatureState.NO_CERTIFICATE)
    return _of(replace(bare, state=SignatureState.NOT_THIS_KEY), candidates[0])

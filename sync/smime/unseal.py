"""Open what was sealed to a key we hold: EnvelopedData and AuthEnvelopedData, as others make them.

Nothing here looks at the validity of a certificate: an expired key opens the letters of its time.
A reader's entry that cannot be read is passed over, for the letter may still be ours by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from store.errors import NeedsUser, Permanent
from sync.smime import oids
from sync.smime.ber import OCTET_STRING, SEQUENCE, SET, Element, Octets, Reader, context
from sync.smime.certificates import Certificate, matching
from sync.smime.ciphers import ContentCipher, DoesNotOpen, opened, read_cipher
from sync.smime.evidence import SealedEvidence, Weakness
from sync.smime.key_wrapping import ECDH, V15, Opener, agreed, holders, transported
from sync.smime.outline import MOST_RECIPIENTS, encrypted, members, need, outline, take
from sync.smime.signatures import NotKnown
from sync.smime.structures import KeyAgreement, KeyTransport, reading

Try = tuple[Certificate, Callable[[], tuple[bytes, str]]]
"""A key of ours that an entry names, and how the key of the content comes out of it."""
MOST_TRIES = 16
MOST_SLOW_TRIES = 2
"""RC2 takes 2 s for 1 MB: sixteen tries of 8 MB would hold up all other letters for minutes."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What was inside, and how it had been sealed."""

    evidence: SealedEvidence
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts of an EnvelopedData or AuthEnvelopedData."""

    infos: list[Element]
    cipher: ContentCipher
    pieces: list[memoryview]
    said: bytes = b""
    """AuthEnvelopedData: its authAttrs as they are authenticated."""
    tag: bytes = b""


def unseal(octets: Octets, openers: Iterable[Opener]) -> Unsealed:
    """Open a sealed message with whichever key it was sealed to.

    Raises:
        NeedsUser: `smime.no_key`, it is sealed to others only.
        Permanent: `smime.cannot_open`, a wrong key or a changed content; `smime.unknown_cipher`,
            `smime.malformed`, `smime.too_complex`, `smime.too_large`, `smime.not_cms`.
        MailError: what an opener raises: a card that is not there.
    """
    found = outline(octets)
    if found.kind not in (oids.ENVELOPED, oids.AUTH_ENVELOPED):
        raise Permanent("smime.not_cms")
    envelope = _envelope(found.reader, found.fields[1:], found.kind == oids.AUTH_ENVELOPED)
    cipher, tried = envelope.cipher, 0
    for certificate, attempt in _tries(found.reader, envelope, openers):
        tried += 1
        try:
            with reading("smime.cannot_open"):
                key, way = attempt()
            content = opened(cipher, key, envelope.pieces, tag=envelope.tag, said=envelope.said)
        except (DoesNotOpen, NotKnown):
            continue
        weaknesses = cipher.weaknesses + ([Weakness.RSA_V15] if way == V15 else [])
        evidence = SealedEvidence(
            cipher=cipher.name,
            opened_with=certificate.der,
            key_algorithm=way,
            recipients=len(envelope.infos),
            authenticated=cipher.authenticated,
            weaknesses=tuple(weaknesses),
        )
        return Unsealed(evidence, content)
    if not tried:
        raise NeedsUser("smime.no_key")
    raise Permanent("smime.cannot_open")


def _envelope(reader: Reader, fields: list[Element], authenticated: bool) -> Envelope:
    take(fields, context(0))
    infos = members(reader, need(fields, SET), MOST_RECIPIENTS)
    inside = encrypted(reader, need(fields, SEQUENCE))
    assert inside.algorithm is not None
    cipher = read_cipher(reader.der(inside.algorithm), authenticated=authenticated)
    if inside.pieces is None:
        raise Permanent("smime.malformed")
    if not authenticated:
        return Envelope(infos=infos, cipher=cipher, pieces=inside.pieces)
    attributes = take(fields, context(1))
    tag = b"".join(reader.pieces(need(fields, OCTET_STRING, 0x24)))
    said = b"" if attributes is None else reader.der(attributes, tag=SET)
    return Envelope(infos=infos, cipher=cipher, pieces=inside.pieces, said=said, tag=tag)


def _tries(reader: Reader, envelope: Envelope, openers: Iterable[Opener]) -> Iterator[Try]:
    """Every entry that names a key of ours, up to a limit."""
    slow = Weakness.RC2 in envelope.cipher.weaknesses
    held, left = holders(openers), MOST_SLOW_TRIES if slow else MOST_TRIES
    for element in envelope.infos:
        try:
            with reading():
                found = list(_named(reader.der(element), held, envelope.cipher.key_sizes))
        except Permanent:
            continue
        yield from found[:left]
        left -= min(left, len(found))


def _named(octets: bytes, held: list[tuple[Certificate, Opener]], sizes: range) -> Iterator[Try]:
    certificates = [certificate for certificate, _ in held]
    by_der = {certificate.der: opener for certificate, opener in held}
    if octets[0] == SEQUENCE:
        info = KeyTransport.load(octets, strict=True)
        for each in matching(certificates, info["rid"]):
            opener = by_der[each.der]
            yield each, lambda info=info, opener=opener: transported(info, opener, sizes)  # type: ignore[misc]
    elif octets[0] == context(1):
        info = KeyAgreement.load(bytes((SEQUENCE,)) + octets[1:], strict=True)
        for key in info["keys"]:
            for each in matching(certificates, key["rid"]):
                opener, wrapped = by_der[each.der], bytes(key["encrypted_key"].native)
                yield (
                    each,
                    lambda opener=opener, wrapped=wrapped: (  # type: ignore[misc]
                        agreed(info, wrapped, opener),
                        ECDH,
                    ),
                )

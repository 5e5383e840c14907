"""Make a SignedData (RFC 5652 §5, RFC 8551): detached or opaque, by one signer or several.

The content is never copied: an opaque message comes out in pieces, the content among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import new

from sync.smime import oids
from sync.smime.ber import (
    NULL,
    OCTET_STRING,
    SEQUENCE,
    Octets,
    context,
    der,
    head,
    integer,
    octet_string,
    oid,
    sequence,
    set_of,
)
from sync.smime.capabilities import encoded_capabilities
from sync.smime.certificates import Certificate, read_certificate
from sync.smime.signatures import Signer, chosen_scheme, encoded_scheme
from sync.smime.signed_attributes import issuer_and_serial, written


def sign(
    content: Sequence[Octets],
    signers: Sequence[Signer],
    *,
    signing_time: int,
    detached: bool = True,
    digest: str = "",
    pss: bool = False,
    sealed_to: bytes | None = None,
) -> Iterator[Octets]:
    """Sign octets; the SignedData comes in pieces.

    Args:
        content: exactly what is signed, in pieces; a MIME entity with CRLF line ends.
        signing_time: Unix seconds.
        digest: 'sha256', 'sha384', 'sha512'; '' for what suits each key.
        pss: sign with RSA-PSS where the key is RSA.
        sealed_to: the certificate, DER, letters to us are to be sealed to, where it is another.

    Raises:
        Permanent: `smime.key_cannot_sign`, `smime.bad_certificate`.
        MailError: what the signer raises: a card that is not there.
    """
    preferred = None if sealed_to is None else read_certificate(sealed_to)
    infos, digests = [], []
    for signer in signers:
        certificate = read_certificate(signer.certificate)
        scheme = chosen_scheme(certificate, digest=digest, pss=pss)
        algorithm = sequence(oid(oids.DIGEST_OIDS[scheme.digest]), der(NULL))
        other = preferred if preferred and preferred.der != certificate.der else None
        attributes = written(
            content=oids.DATA,
            digest=digested(content, scheme.digest),
            signing_time=signing_time,
            capabilities=encoded_capabilities(),
            certificate=certificate,
            sealed_to=other,
        )
        signature = signer.sign(attributes, scheme)
        infos.append(_info(certificate, algorithm, attributes, encoded_scheme(scheme), signature))
        digests.append(algorithm)
    extra = [preferred.der] if preferred else []
    certificates = [c for s in signers for c in (s.certificate, *s.chain)] + extra
    yield from _signed_data(
        None if detached else content, digests, list(dict.fromkeys(certificates)), infos
    )


def digested(content: Sequence[Octets], algorithm: str) -> bytes:
    """The digest of octets that come in pieces."""
    digest = new(algorithm)
    for piece in content:
        digest.update(piece)
    return digest.digest()


def _info(
    certificate: Certificate, digest: bytes, attributes: bytes, scheme: bytes, signature: bytes
) -> bytes:
    # Signed as a SET OF, sent as [0] IMPLICIT: the same octets but for the first.
    tagged = bytes((context(0),)) + attributes[1:]
    parts = (integer(1), issuer_and_serial(certificate), digest, tagged, scheme)
    return sequence(*parts, octet_string(signature))


def _signed_data(
    content: Sequence[Octets] | None,
    digests: list[bytes],
    certificates: list[bytes],
    infos: list[bytes],
) -> Iterator[Octets]:
    before = integer(1) + set_of(set(digests))
    after = der(context(0), *sorted(certificates)) + set_of(infos)
    kind = oid(oids.DATA)
    if content is None:
        inner = sequence(kind)
        whole = sequence(before, inner, after)
        yield sequence(oid(oids.SIGNED), der(context(0), whole))
        return
    length = sum(map(len, content))
    string = head(OCTET_STRING, length)
    tagged = head(context(0), len(string) + length)
    size = len(kind) + len(tagged) + len(string) + length
    inner = head(SEQUENCE, size) + kind + tagged + string
    yield framed(oids.SIGNED, before + inner, length + len(after))
    yield from content
    yield after


def framed(kind: str, beginning: bytes, more: int) -> bytes:
    """The first octets of a ContentInfo whose held SEQUENCE has `beginning`, then `more` octets."""
    held = head(SEQUENCE, len(beginning) + more) + beginning
    tagged = head(context(0), len(held) + more) + held
    inside = oid(kind) + tagged
    return head(SEQUENCE, len(inside) + more) + inside

"""An OCSP response that somebody gave us (RFC 6960): whether to believe it, and what it says.

Pli never asks a responder: the question would tell who reads whose letter, and when. Responses
come with a signature (RFC 5652 revocation information) or from whoever else has one. Python's ssl
does not hand over what a server staples. One that answers several questions is not used. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from store.model.trust import Revocation, RevocationFact
from sync.trust.certificate import (
    BAD_VALUE,
    STRONG,
    WITHOUT_DIGEST,
    Certificate,
    read,
    short_key,
    weaknesses,
)
from sync.trust.crl import SLACK_SECONDS

LONGEST_SECONDS = 24 * 3600
"""How long an answer without a nextUpdate is of use."""
ID_DIGESTS = (hashes.SHA1, *STRONG)
"""SHA-1 only names here: it protects nothing."""
PKCS1 = padding.PKCS1v15()
STATES = {
    ocsp.OCSPCertStatus.GOOD: Revocation.GOOD,
    ocsp.OCSPCertStatus.REVOKED: Revocation.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: Revocation.UNKNOWN,
}


def ocsp_says(
    der: bytes, certificate: Certificate, issuer: Certificate, now: int, nonce: bytes | None = None
) -> RevocationFact | None:
    """What a response says of a certificate; None when it cannot be believed or says nothing of it.

    Args:
        nonce: of the question, when there was one: an answer with another is not the answer.
    """
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        said = [*response.extensions, *response.single_extensions]  # raises when it says several
        if any(each.critical for each in said) or not _fresh(response, nonce):
            return None
        if not (_is_about(response, certificate, issuer) and _believed(response, issuer)):
            return None
        return _said(response, now)
    except BAD_VALUE:
        return None


def _said(response: ocsp.OCSPResponse, now: int) -> RevocationFact:
    since = int(response.this_update_utc.timestamp())
    until = response.next_update_utc
    until_at = since + LONGEST_SECONDS if until is None else int(until.timestamp())
    state = STATES[response.certificate_status]
    current = since - SLACK_SECONDS <= now <= until_at + SLACK_SECONDS
    if not current and state is not Revocation.REVOKED:
        state = Revocation.UNKNOWN
    revoked = response.revocation_time_utc
    revoked_at = None if revoked is None else int(revoked.timestamp())
    return RevocationFact(state=state, as_of_at=since, until_at=until_at, revoked_at=revoked_at)


def _is_about(response: ocsp.OCSPResponse, certificate: Certificate, issuer: Certificate) -> bool:
    digest = response.hash_algorithm
    if not isinstance(digest, ID_DIGESTS):
        return False
    builder = ocsp.OCSPRequestBuilder()
    asked = builder.add_certificate(certificate.parsed, issuer.parsed, digest).build()
    return (
        response.serial_number == asked.serial_number
        and response.issuer_name_hash == asked.issuer_name_hash
        and response.issuer_key_hash == asked.issuer_key_hash
    )


def _believed(response: ocsp.OCSPResponse, issuer: Certificate) -> bool:
    """Whether the authority answered, or one it appointed for that (RFC 6960 §4.2.2.2)."""
    digest = response.signature_hash_algorithm
    if not (isinstance(digest, STRONG) or response.signature_algorithm_oid in WITHOUT_DIGEST):
        return False
    return any(
        _holds(response, each.parsed.public_key(), digest) for each in _responders(response, issuer)
    )


def _responders(response: ocsp.OCSPResponse, issuer: Certificate) -> Iterator[Certificate]:
    produced_at = int(response.produced_at_utc.timestamp())
    if _named(response, issuer) and not short_key(issuer):
        yield issuer
    for each in _given(response.certificates):
        purposes = each.extension(x509.ExtendedKeyUsage)
        if (
            _named(response, each)
            and purposes is not None
            and ExtendedKeyUsageOID.OCSP_SIGNING in purposes
            # Without it, whether the responder itself is revoked would have to be asked too.
            and each.extension(x509.OCSPNoCheck) is not None
            and each.from_at <= produced_at <= each.until_at
            and not weaknesses(each, issuer)
            and each.signed_by(issuer)
        ):
            yield each


def _given(certificates: Iterable[x509.Certificate]) -> Iterator[Certificate]:
    for each in certificates:
        found = read(each.public_bytes(serialization.Encoding.DER))
        if found is not None:
            yield found


def _named(response: ocsp.OCSPResponse, responder: Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name.public_bytes() == responder.subject
    key = x509.SubjectKeyIdentifier.from_public_key(responder.parsed.public_key())
    return response.responder_key_hash == key.digest


def _fresh(response: ocsp.OCSPResponse, nonce: bytes | None) -> bool:
    if nonce is None:
        return True
    try:
        said = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return True  # most responders answer with prepared answers
    return said == nonce


def _holds(response: ocsp.OCSPResponse, key: object, digest: hashes.HashAlgorithm | None) -> bool:
    signature, signed = response.signature, response.tbs_response_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            pss = response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
            way = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO) if pss else PKCS1
            key.verify(signature, signed, way, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(signature, signed, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, signed)
        else:
            return False
    except InvalidSignature:
        return False
    return True

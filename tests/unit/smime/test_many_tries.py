"""A message may not make us compute for minutes, though each of its parts is within its limit."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from sync.smime import oids
from sync.smime import verify as verifying
from sync.smime.ber import context, der, integer, octet_string, oid, sequence, set_of
from sync.smime.certificates import read_certificate
from sync.smime.evidence import SignatureState
from sync.smime.signed_attributes import issuer_and_serial
from sync.smime.verify import MOST_TRIES, verify
from tests.unit.smime.people import BEGAN, ENDS, ENTITY

NAME = x509.Name.from_rfc4514_string("CN=Dr Alice Martin")


def namesake() -> bytes:
    """Another key under the same issuer and number."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).serial_number(7)
    builder = builder.public_key(key.public_key()).not_valid_before(BEGAN).not_valid_after(ENDS)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_hundred_namesakes_are_not_all_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = [namesake() for _ in range(100)]
    sha256, ecdsa = sequence(oid("2.16.840.1.101.3.4.2.1")), sequence(oid("1.2.840.10045.4.3.2"))
    named = issuer_and_serial(read_certificate(certificates[0]))
    info = sequence(
        integer(1), named, sha256, ecdsa, octet_string(b"\x30\x06\x02\x01\x01\x02\x01\x01")
    )
    held = sequence(
        integer(1),
        set_of([sha256]),
        sequence(oid(oids.DATA)),
        der(context(0), *certificates),
        der(0x31, *[info] * 16),
    )
    computed = []

    def counted(*given: object) -> bool:
        computed.append(given)
        return False

    monkeypatch.setattr(verifying, "verifies", counted)
    found = verify(sequence(oid(oids.SIGNED), der(context(0), held)), ENTITY).evidence
    assert len(computed) == MOST_TRIES
    assert {each.state for each in found.signatures} == {SignatureState.NOT_THIS_KEY}

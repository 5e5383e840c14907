"""A second judge: pyHanko reads what we sign and seal, and we read what it makes."""

from __future__ import annotations

import asyncio

import pytest
from asn1crypto import cms, keys, x509
from pyhanko.pdf_utils.crypt.pubkey import (
    PubKeyPermissions,
    RecipientEncryptionPolicy,
    SimpleEnvelopeKeyDecrypter,
    construct_recipient_cms,
    read_envelope_key,
)
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.validation import KeyUsageConstraints
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sync.smime import oids
from sync.smime.capabilities import Choice
from sync.smime.evidence import Oddity
from sync.smime.seal import seal
from sync.smime.sign import sign
from sync.smime.unseal import unseal
from sync.smime.verify import verify
from tests.unit.smime.people import AT, ENTITY, person

KINDS = [
    *(("rsa", pss, digest) for pss in (False, True) for digest in ("sha256", "sha512")),
    *(("p256", False, "sha256"), ("p384", False, "sha384"), ("p521", False, "sha512")),
]
FOR_MAIL = KeyUsageConstraints(key_usage={"digital_signature"})
CURVES = ["p256", "p384", "p521"]


def certificate(kind: str) -> x509.Certificate:
    return x509.Certificate.load(person(kind).certificate)


@pytest.mark.parametrize(("kind", "pss", "digest"), KINDS)
def test_pyhanko_verifies_what_we_sign(kind: str, pss: bool, digest: str) -> None:
    octets = b"".join(sign([ENTITY], [person(kind)], signing_time=AT, digest=digest, pss=pss))
    root = x509.Certificate.load(person(kind).chain[0])
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    held = cms.ContentInfo.load(octets)["content"]
    status = asyncio.run(
        async_validate_detached_cms(ENTITY, held, context, key_usage_settings=FOR_MAIL)
    )
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert int(status.signer_reported_dt.timestamp()) == AT


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize(("kind", "pss", "digest"), KINDS)
def test_we_verify_what_pyhanko_signs(kind: str, pss: bool, digest: str, detached: bool) -> None:
    signer = SimpleSigner(
        signing_cert=certificate(kind),
        signing_key=keys.PrivateKeyInfo.load(person(kind).pkcs8()),
        cert_registry=SimpleCertificateStore(),
        prefer_pss=pss,
    )
    signing = signer.async_sign_general_data(ENTITY, digest, detached=detached)
    found = verify(asyncio.run(signing).dump(), ENTITY if detached else None)
    assert found.evidence.all_verified
    assert found.evidence.signatures[0].certificate == person(kind).certificate
    assert Oddity.CONTENT_TWICE not in found.evidence.oddities


@pytest.mark.parametrize("kind", ["rsa", *CURVES])
def test_pyhanko_opens_what_we_seal(kind: str) -> None:
    who = person(kind)
    choice = Choice(cipher=oids.AES_256_CBC, oaep=(True,))
    octets = b"".join(seal([ENTITY], len(ENTITY), [who.certificate], choice).octets)
    held = cms.ContentInfo.load(octets)["content"]
    opener = SimpleEnvelopeKeyDecrypter(certificate(kind), keys.PrivateKeyInfo.load(who.pkcs8()))
    assert len(read_envelope_key(held, opener) or b"") == 32


@pytest.mark.parametrize(
    ("kind", "oaep"), [("rsa", False), ("rsa", True), *((c, False) for c in CURVES)]
)
def test_we_open_what_pyhanko_seals(kind: str, oaep: bool) -> None:
    who = person(kind)
    policy = RecipientEncryptionPolicy(ignore_key_usage=True, prefer_oaep=oaep)
    made = construct_recipient_cms(
        [certificate("p521" if kind == "rsa" else "rsa"), certificate(kind)],
        bytes(range(20)),
        PubKeyPermissions.allow_everything(),
        policy,
        include_permissions=False,
    )
    found = unseal(made.dump(), [who])
    assert found.content == bytes(range(20))
    assert found.evidence.recipients == 2

"""Both ways with openssl: what we make is read by it, what it makes is read by us."""

from __future__ import annotations

import pytest

from sync.smime import oids
from sync.smime.capabilities import Choice
from sync.smime.seal import seal
from sync.smime.sign import sign
from sync.smime.unseal import unseal
from sync.smime.verify import verify
from tests.unit.smime.people import (
    AT,
    ENTITY,
    authority_file,
    files,
    laid_down,
    openssl,
    person,
)

SIGNING = [
    *(("rsa", pss, digest) for pss in (False, True) for digest in ("sha256", "sha384", "sha512")),
    *((curve, False, digest) for curve in ("p256", "p384", "p521") for digest in ("sha256", "")),
]
CIPHERS = {
    "gcm256": oids.AES_256_GCM,
    "gcm128": oids.AES_128_GCM,
    "cbc256": oids.AES_256_CBC,
    "cbc128": oids.AES_128_CBC,
}
RECIPIENTS = ["rsa", "p256", "p384", "p521"]
OAEP = ("-keyopt", "rsa_padding_mode:oaep")


def made(pieces) -> bytes:
    return b"".join(pieces)


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize(("kind", "pss", "digest"), SIGNING)
def test_openssl_verifies_what_we_sign(kind, pss, digest, detached) -> None:
    signed = made(
        sign(
            [ENTITY],
            [person(kind)],
            signing_time=AT,
            detached=detached,
            digest=digest,
            pss=pss,
        )
    )
    content = ("-content", laid_down(ENTITY)) if detached else ()
    shown = openssl(
        *("-verify", "-inform", "DER", "-binary", "-CAfile", authority_file()),
        *("-purpose", "smimesign", *content),
        given=signed,
    )
    assert shown == ENTITY


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("kind", RECIPIENTS)
def test_openssl_opens_what_we_seal(kind, cipher) -> None:
    choice = Choice(cipher=CIPHERS[cipher], oaep=(True,))
    sealed = seal([ENTITY], len(ENTITY), [person(kind).certificate], choice)
    certificate, key = files(kind)
    octets = made(sealed.octets)
    assert len(octets) == sealed.size
    shown = openssl(
        *("-decrypt", "-inform", "DER", "-binary", "-recip", certificate, "-inkey", key),
        given=octets,
    )
    assert shown == ENTITY


@pytest.mark.parametrize("kind", RECIPIENTS)
def test_each_of_several_readers_opens_one_letter(kind) -> None:
    everyone = [person(each).certificate for each in RECIPIENTS]
    choice = Choice(cipher=oids.AES_256_GCM, oaep=(True,) * len(everyone))
    octets = made(seal([ENTITY], len(ENTITY), everyone, choice).octets)
    certificate, key = files(kind)
    shown = openssl(
        *("-decrypt", "-inform", "DER", "-binary", "-recip", certificate, "-inkey", key),
        given=octets,
    )
    assert shown == ENTITY
    assert unseal(octets, [person(kind)]).evidence.recipients == len(everyone)


@pytest.mark.parametrize("extra", [(), ("-nodetach",), ("-nodetach", "-stream", "-indef")])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("rsa", ()),
        ("rsa", ("-keyopt", "rsa_padding_mode:pss")),
        ("rsa", ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20")),
        ("rsa", ("-noattr",)),
        ("rsa", ("-keyid",)),
        ("rsa", ("-cades",)),
        ("p256", ()),
        ("p384", ("-md", "sha384")),
        ("p521", ("-md", "sha512")),
    ],
)
def test_we_verify_what_openssl_signs(kind, options, extra) -> None:
    if "rsa_padding_mode:pss" in options and "-stream" in extra:
        extra = extra[:1]  # openssl 3.0 cannot write these parameters before it has signed
    certificate, key = files(kind)
    signed = openssl(
        *("-sign", "-signer", certificate, "-inkey", key, "-binary", "-outform", "DER"),
        *options,
        *extra,
        given=ENTITY,
    )
    found = verify(signed, None if extra else ENTITY)
    assert found.evidence.all_verified
    assert found.evidence.signatures[0].certificate == person(kind).certificate
    assert b"".join(found.content) == ENTITY


@pytest.mark.parametrize("open_ended", [(), ("-stream", "-indef")])
@pytest.mark.parametrize(
    ("kind", "cipher", "options"),
    [
        ("rsa", "-aes-128-cbc", ()),
        ("rsa", "-aes-192-cbc", ()),
        ("rsa", "-aes-256-cbc", OAEP),
        ("rsa", "-aes-256-cbc", (*OAEP, "-keyopt", "rsa_oaep_md:sha256")),
        ("rsa", "-aes-256-cbc", (*OAEP, "-keyopt", "rsa_oaep_md:sha512")),
        ("rsa", "-aes-256-cbc", (*OAEP, "-keyopt", "rsa_oaep_label:c0ffee")),
        ("rsa", "-aes-256-gcm", ()),
        ("rsa", "-aes-128-gcm", OAEP),
        ("rsa", "-des3", ()),
        ("rsa", "-aes-256-cbc", ("-keyid",)),
        ("p256", "-aes-256-cbc", ()),
        ("p256", "-aes-128-gcm", ("-keyopt", "ecdh_kdf_md:sha224")),
        ("p256", "-aes-256-cbc", ("-keyopt", "ecdh_kdf_md:sha256")),
        ("p384", "-aes-256-gcm", ("-keyopt", "ecdh_kdf_md:sha384")),
        ("p521", "-aes-256-cbc", ("-keyopt", "ecdh_kdf_md:sha512")),
        ("p256", "-aes-256-cbc", ("-keyopt", "ecdh_cofactor_mode:1")),
        ("p256", "-des3", ()),
        ("p256", "-aes-256-cbc", ("-keyid",)),
    ],
)
def test_we_open_what_openssl_seals(kind, cipher, options, open_ended) -> None:
    certificate, _ = files(kind)
    sealed = openssl(
        *("-encrypt", cipher, "-binary", "-outform", "DER", *open_ended),
        *("-recip", certificate, *options),
        given=ENTITY,
    )
    assert unseal(sealed, [person(kind)]).content == ENTITY


@pytest.mark.parametrize("cipher", ["-rc2-40", "-rc2-64", "-rc2-128"])
def test_we_open_what_old_windows_sealed(cipher) -> None:
    certificate, _ = files("rsa")
    legacy = ("-provider", "legacy", "-provider", "default")
    sealed = openssl(
        "-encrypt",
        cipher,
        "-binary",
        "-outform",
        "DER",
        *legacy,
        "-recip",
        certificate,
        given=ENTITY,
    )
    assert unseal(sealed, [person("rsa")]).content == ENTITY

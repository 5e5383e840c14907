"""What other programs sign and seal rightly is proven, on the whole path."""

from __future__ import annotations

import asyncio

import pytest
from asn1crypto import keys
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from store import trust_words
from store.db.open import Connection
from store.host.clock import now
from store.host.keys import DataKey
from store.model.trust import Reason
from tests.unit.opening.attacks import BARE, ENTITY, multipart
from tests.unit.opening.world import World
from tests.unit.smime.people import authority_file, files, laid_down, openssl, person
from tests.unit.smime.test_letters import letter, made, p7m, signing, to
from tests.unit.smime.test_pyhanko import certificate

HEAD = ("-from", "alice@cabinet.example", "-to", "labo@biologie.example", "-subject", "Bilan")


@pytest.fixture
def world(db: Connection, key: DataKey) -> World:
    """By the clock of this machine, for the others sign by it."""
    return World.of(db, key, "rsa")


def by_openssl(kind: str, *options: str, head: tuple[str, ...] = HEAD) -> bytes:
    certificate_file, key = files(kind)
    signer = ("-signer", certificate_file, "-inkey", key, "-certfile", authority_file())
    return openssl("-sign", *signer, *options, *head, "-in", laid_down(ENTITY), "-crlfeol")


def sealed_by_openssl(octets: bytes, *options: str) -> bytes:
    return openssl(
        *("-encrypt", *options, *HEAD, "-in", laid_down(octets), "-crlfeol"), files("rsa")[0]
    )


@pytest.mark.parametrize("options", [(), ("-nodetach",), ("-md", "sha512"), ("-keyid",)], ids=str)
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521"])
def test_what_openssl_signs(world: World, kind: str, options: tuple[str, ...]) -> None:
    email_id = world.receive(by_openssl(kind, *options))
    said = world.trust(email_id).verdict
    assert said.badge, said.reasons
    assert (said.address, Reason.HEADERS_NOT_SIGNED in said.reasons) == (
        *("alice@cabinet.example",),
        True,
    )
    assert "1,05 g/L" in world.shown(email_id).body
    assert [part.is_body for part in world.shown(email_id).parts] == [True]


def test_a_signature_by_pss(world: World) -> None:
    pss = by_openssl("rsa", "-keyopt", "rsa_padding_mode:pss")
    assert world.trust(world.receive(pss)).verdict.badge


@pytest.mark.parametrize(
    ("options", "remark"),
    [
        (("-aes-256-gcm",), Reason.SEALED),
        (("-aes256",), Reason.SEALED),
        (("-des3",), Reason.SEALED),
        (("-aes256", "-stream"), Reason.SEALED),
    ],
    ids=str,
)
def test_what_openssl_signs_and_seals(
    world: World, options: tuple[str, ...], remark: Reason
) -> None:
    email_id = world.receive(sealed_by_openssl(by_openssl("p256", head=()), *options))
    said = world.trust(email_id)
    assert said.verdict.badge, said.verdict.reasons
    assert remark in said.verdict.reasons
    assert "scellée pour « alice, Pli, FR »" in trust_words.line(said, now())
    assert "1,05 g/L" in world.shown(email_id).body


@pytest.mark.parametrize(
    ("options", "reason"),
    [(("-aes-256-gcm",), Reason.SEALED), (("-aes256",), Reason.SEAL_NOT_AUTHENTICATED)],
    ids=str,
)
def test_what_openssl_only_seals_is_open_and_unsigned(
    world: World, options: tuple[str, ...], reason: Reason
) -> None:
    email_id = world.receive(sealed_by_openssl(ENTITY, *options))
    said = world.trust(email_id)
    assert not said.verdict.badge
    assert said.verdict.reasons == (Reason.NOT_SIGNED, reason)
    assert "1,05 g/L" in world.shown(email_id).body


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_what_pyhanko_signs(world: World, kind: str, detached: bool) -> None:
    store = SimpleCertificateStore()
    signer = SimpleSigner(
        signing_cert=certificate(kind),
        signing_key=keys.PrivateKeyInfo.load(person(kind).pkcs8()),
        cert_registry=store,
    )
    signed = asyncio.run(signer.async_sign_general_data(ENTITY, "sha256", detached=detached)).dump()
    octets = (
        multipart(BARE, ENTITY, signed)
        if detached
        else BARE + p7m(signed, "application/pkcs7-mime")
    )
    assert world.trust(world.receive(octets)).verdict.badge


@pytest.mark.parametrize("layers", ["signed", "opaque", "sealed", "three times"])
def test_what_pli_makes(world: World, layers: str) -> None:
    both = made(letter(), signing=signing(), readers=to("rsa"))
    octets = {
        "signed": made(letter(), signing=signing()),
        "opaque": made(letter(), signing=signing(opaque=True)),
        "sealed": both,
        "three times": made(both, signing=signing()),
    }[layers]
    email_id = world.receive(octets)
    said = world.trust(email_id).verdict
    assert said.badge, said.reasons
    assert Reason.HEADERS_NOT_SIGNED not in said.reasons
    assert world.shown(email_id).subject == "Bilan de Mme Durand : glycémie"

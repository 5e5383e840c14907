"""A card, by SoftHSM: it signs and opens, and its keys never leave it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from store.errors import NeedsUser
from sync.smime import oids
from sync.smime.capabilities import Choice
from sync.smime.card import card_keys
from sync.smime.certificates import read_certificate
from sync.smime.seal import seal
from sync.smime.sign import sign
from sync.smime.unseal import unseal
from sync.smime.verify import verify
from tests.refusals import refused
from tests.unit.smime.people import AT, ENTITY, files, folder, openssl, person

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "648219"
KINDS = ("rsa", "p256", "p384")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory):
    """A card with three keys; its label."""
    place: Path = tmp_path_factory.mktemp("card")
    (place / "tokens").mkdir()
    config = place / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {place / 'tokens'}\nobjectstore.backend = file\n")
    patch = pytest.MonkeyPatch()
    patch.setenv("SOFTHSM2_CONF", str(config))
    subprocess.run(
        [
            *("softhsm2-util", "--init-token", "--free", "--label", "cps"),
            *("--pin", PIN, "--so-pin", "12345678"),
        ],
        check=True,
        capture_output=True,
    )
    token = pkcs11.lib(LIBRARY).get_token(token_label="cps")
    with token.open(rw=True, user_pin=PIN) as session:
        for kind in KINDS:
            _put(session, kind)
    yield "cps"
    patch.undo()


def _put(session, kind: str) -> None:
    who, own = person(kind), kind.encode()
    traditional = who.key.private_bytes(
        Encoding.DER,
        __import__(
            "cryptography.hazmat.primitives.serialization", fromlist=["PrivateFormat"]
        ).PrivateFormat.TraditionalOpenSSL,
        __import__(
            "cryptography.hazmat.primitives.serialization", fromlist=["NoEncryption"]
        ).NoEncryption(),
    )
    decoded = (decode_rsa_private_key if kind == "rsa" else decode_ec_private_key)(traditional)
    session.create_object(
        decoded
        | {
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.ID: own,
            pkcs11.Attribute.SENSITIVE: True,
            pkcs11.Attribute.EXTRACTABLE: False,
            pkcs11.Attribute.DERIVE: kind != "rsa",
        }
    )
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.ID: own,
            pkcs11.Attribute.SUBJECT: read_certificate(who.certificate).subject_name,
            pkcs11.Attribute.VALUE: who.certificate,
        }
    )


def _key(keys, kind: str):
    return next(each for each in keys if each.certificate == person(kind).certificate)


@pytest.mark.parametrize(
    ("kind", "pss"), [("rsa", False), ("rsa", True), ("p256", False), ("p384", False)]
)
def test_a_card_signs(card: str, kind: str, pss: bool) -> None:
    with card_keys(LIBRARY, lambda: PIN, label=card) as keys:
        signed = b"".join(sign([ENTITY], [_key(keys, kind)], signing_time=AT, pss=pss))
    evidence = verify(signed, ENTITY).evidence
    assert evidence.all_verified
    assert evidence.signatures[0].certificate == person(kind).certificate


@pytest.mark.parametrize(("kind", "oaep"), [("rsa", False), ("p256", True), ("p384", True)])
def test_a_card_opens(card: str, kind: str, oaep: bool) -> None:
    choice = Choice(cipher=oids.AES_256_GCM, oaep=(oaep,))
    sealed = b"".join(seal([ENTITY], len(ENTITY), [person(kind).certificate], choice).octets)
    with card_keys(LIBRARY, lambda: PIN, label=card) as keys:
        assert unseal(sealed, keys).content == ENTITY


def test_a_card_opens_what_openssl_sealed_by_oaep(card: str) -> None:
    """With SHA-1: SoftHSM 2.6 knows no other digest for OAEP."""
    certificate, _ = files("rsa")
    sealed = openssl(
        *("-encrypt", "-aes-256-cbc", "-binary", "-outform", "DER", "-recip", certificate),
        *("-keyopt", "rsa_padding_mode:oaep"),
        given=ENTITY,
    )
    with card_keys(LIBRARY, lambda: PIN, label=card) as keys:
        assert unseal(sealed, keys).content == ENTITY


def test_a_wrong_pin_is_tried_once(card: str) -> None:
    asked = []

    def pin() -> str:
        asked.append(1)
        return "000000"

    with refused(NeedsUser, "card.wrong_pin"), card_keys(LIBRARY, pin, label=card):
        pass
    assert asked == [1]


def test_no_card_asks_for_no_pin(card: str) -> None:
    def pin() -> str:
        raise AssertionError("asked")

    with refused(NeedsUser, "card.absent"), card_keys(LIBRARY, pin, label="another"):
        pass


def test_no_library_is_said(card: str) -> None:
    with (
        refused(NeedsUser, "card.no_library"),
        card_keys(str(folder() / "nowhere.so"), lambda: PIN),
    ):
        pass

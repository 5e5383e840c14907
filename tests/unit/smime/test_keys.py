"""Keys from the files people have, and what is said when there is none."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from store.errors import NeedsUser, Permanent
from sync.smime.certificate_files import certificates_in
from sync.smime.certificates import KeyKind, read_certificate
from sync.smime.keys import from_pkcs8, keys_in
from tests.refusals import refused
from tests.unit.smime.people import authority, authority_file, files, issue, person

WORDS = "été 2026"


def p12(kind: str = "rsa", words: str | None = WORDS) -> bytes:
    """A PKCS#12 file as programs of today write it."""
    who, (ca, _) = person(kind), authority()
    sealing = BestAvailableEncryption(words.encode()) if words else NoEncryption()
    certificate = x509.load_der_x509_certificate(who.certificate)
    return pkcs12.serialize_key_and_certificates(b"alice", who.key, certificate, [ca], sealing)


def openssl_p12(*options: str, words: str = "secret") -> bytes:
    certificate, key = files("rsa")
    return subprocess.run(
        [
            *("openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key),
            *("-certfile", authority_file(), "-passout", f"pass:{words}", *options),
        ],
        check=True,
        capture_output=True,
    ).stdout


def pem(who, words: str | None = None) -> bytes:
    sealing = BestAvailableEncryption(words.encode()) if words else NoEncryption()
    key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing)
    certificate = x509.load_der_x509_certificate(who.certificate)
    return key + certificate.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("kind", ["rsa", "p256", "p521"])
def test_a_pkcs12_of_today_is_read(kind: str) -> None:
    (found,) = keys_in(p12(kind), WORDS)
    assert (found.certificate, found.chain) == (person(kind).certificate, person(kind).chain)
    assert found.pkcs8() == person(kind).pkcs8()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("-legacy",), id="RC2-40 and 3DES, as Windows until 2019"),
        pytest.param(("-legacy", "-certpbe", "PBE-SHA1-3DES"), id="3DES"),
        pytest.param(("-certpbe", "NONE", "-keypbe", "NONE", "-nomac"), id="in clear"),
        pytest.param(("-keypbe", "AES-256-CBC", "-macalg", "sha1"), id="AES, old MAC"),
    ],
)
def test_a_pkcs12_of_yesterday_is_read(options: tuple[str, ...]) -> None:
    (found,) = keys_in(openssl_p12(*options), "secret")
    assert found.certificate == person("rsa").certificate


@pytest.mark.parametrize("words", ["", None])
def test_no_passphrase_and_an_empty_one_are_tried(words: str | None) -> None:
    assert keys_in(p12(words=None), words)
    assert keys_in(openssl_p12(words=""), words)


@pytest.mark.parametrize("octets", [p12, lambda: pem(person("rsa"), WORDS)])
def test_a_wrong_passphrase_is_said(octets) -> None:
    with refused(NeedsUser, "smime.wrong_passphrase"):
        keys_in(octets(), "autre")
    with refused(NeedsUser, "smime.passphrase_needed"):
        keys_in(octets(), None)


def test_a_pem_file_with_several_keys_is_read() -> None:
    octets = pem(person("rsa")) + pem(person("p256"), WORDS)
    found = keys_in(octets, WORDS)
    assert [each.certificate for each in found] == [
        person("rsa").certificate,
        person("p256").certificate,
    ]


def test_of_several_certificates_over_one_key_the_last_to_end_is_taken() -> None:
    old = issue(person("rsa").key, "alice", ends=datetime(2021, 1, 1, tzinfo=UTC))
    octets = pem(old) + pem(person("rsa")).partition(b"PRIVATE KEY-----\n")[2]
    (found,) = keys_in(octets, None)
    assert found.certificate == person("rsa").certificate


def test_a_key_without_its_certificate_is_said() -> None:
    mine = person("rsa").key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with refused(Permanent, "smime.key_alone"):
        keys_in(mine + pem(person("p256")).rpartition(b"KEY-----\n")[2], None)


@pytest.mark.parametrize("octets", [b"", b"\x30\x03\x02\x01\x03", b"rien", bytes(5_000_000)])
def test_what_is_no_key_file_is_said(octets: bytes) -> None:
    with refused(Permanent, "smime.bad_key_file"):
        keys_in(octets, None)


def test_a_damaged_key_is_said() -> None:
    with refused(Permanent, "smime.bad_key_file"):
        from_pkcs8(person("rsa").certificate, (), b"nothing")


def test_a_key_never_shows_itself() -> None:
    assert repr(person("rsa")) == "SoftwareKey(...)"


def vcard(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", "FN:Alice", *lines, "END:VCARD", ""]).encode()


def base64_of(der: bytes) -> str:
    import base64

    return base64.b64encode(der).decode()


def folded(der: bytes) -> str:
    letters = base64_of(der)
    return "\r\n ".join(letters[at : at + 70] for at in range(0, len(letters), 70))


DER = {"rsa": lambda: person("rsa").certificate}


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(lambda der: der, id="DER"),
        pytest.param(
            lambda der: x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM), id="PEM"
        ),
        pytest.param(
            lambda der: pkcs7.serialize_certificates(
                [x509.load_der_x509_certificate(der)], Encoding.DER
            ),
            id="p7b",
        ),
        pytest.param(
            lambda der: pkcs7.serialize_certificates(
                [x509.load_der_x509_certificate(der)], Encoding.PEM
            ),
            id="p7b in PEM",
        ),
        pytest.param(lambda der: vcard(f"KEY;ENCODING=b;TYPE=X509:{folded(der)}"), id="vCard 3"),
        pytest.param(
            lambda der: vcard(f"item1.KEY;X509;ENCODING=BASE64:\r\n {folded(der)}\r\n"),
            id="vCard 2.1",
        ),
        pytest.param(
            lambda der: vcard(f"KEY:data:application/pkix-cert;base64,{base64_of(der)}"),
            id="vCard 4",
        ),
    ],
)
def test_certificates_are_found_in_the_files_people_have(octets) -> None:
    der = person("rsa").certificate
    assert certificates_in(octets(der)) == [der]


def test_every_certificate_of_a_file_is_found_once() -> None:
    octets = pem(person("rsa")) + pem(person("p256")) + pem(person("rsa"))
    assert certificates_in(octets) == [person("rsa").certificate, person("p256").certificate]


@pytest.mark.parametrize(
    "octets",
    [
        *(b"", b"rien", vcard("KEY;ENCODING=b:AAAA"), vcard("KEY:https://mallory.example/key")),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ],
)
def test_a_file_without_a_certificate_is_said(octets: bytes) -> None:
    with refused(Permanent, "smime.no_certificate"):
        certificates_in(octets)


def test_what_a_certificate_says() -> None:
    read = read_certificate(person("p384").certificate)
    assert (read.kind, read.bits) == (KeyKind.EC, 384)
    assert read.addresses == ("alice@cabinet.example",)
    assert read.subject == "alice, Pli, FR"
    assert (read.can_sign, read.can_be_sealed_to) == (True, True)
    assert read.not_before_at == 1_767_225_600
    assert len(read.fingerprint) == 64


def test_a_certificate_of_an_unknown_key_is_still_read() -> None:
    """Its holder cannot be written to, yet a letter that holds it is no less a letter."""
    der = person("rsa").certificate
    rsa = bytes.fromhex("06092a864886f70d010101")
    odd = der.replace(rsa + b"\x05\x00\x03", rsa[:-1] + b"\x63\x05\x00\x03")
    read = read_certificate(odd)
    assert (read.kind, read.can_sign, read.can_be_sealed_to) == (KeyKind.OTHER, False, False)


def test_a_certificate_with_a_number_for_a_name_is_said() -> None:
    """asn1crypto gives no value of a REAL, and raises what is otherwise our own bug."""
    der = person("rsa").certificate
    odd = der.replace(b"\x0c\x05alice", b"\x09\x05alice")
    assert odd != der
    with refused(Permanent, "smime.bad_certificate"):
        read_certificate(odd)


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", bytes(70_000)])
def test_what_is_no_certificate_is_said(octets: bytes) -> None:
    with refused(Permanent, "smime.bad_certificate"):
        read_certificate(octets)


def test_the_people_of_these_tests_are_signed_by_their_authority() -> None:
    ca, _ = authority()
    read = x509.load_der_x509_certificate(person("rsa").certificate)
    read.verify_directly_issued_by(ca)
    assert isinstance(read.signature_hash_algorithm, hashes.SHA256)

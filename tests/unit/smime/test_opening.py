"""Opening what was sealed: by whichever key, never by a wrong one, never as an oracle."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.errors import NeedsUser, Permanent
from sync.smime import oids, rc2
from sync.smime.ber import Reader, context, der, integer, octet_string, sequence, set_of
from sync.smime.capabilities import Choice
from sync.smime.ciphers import DoesNotOpen, encoded_cipher, opened, read_cipher, sealing
from sync.smime.evidence import Weakness
from sync.smime.key_wrapping import KeyPadding, transported
from sync.smime.keys import SoftwareKey
from sync.smime.seal import seal
from sync.smime.sign import sign
from sync.smime.unseal import unseal
from tests.refusals import refused
from tests.unit.smime.people import AT, ENTITY, files, issue, openssl, person

GCM, CBC = oids.AES_256_GCM, oids.AES_256_CBC


def sealed(*kinds: str, cipher: str = GCM, oaep: bool = True, content: bytes = ENTITY) -> bytes:
    """Sealed to alices with keys of these kinds."""
    certificates = [person(kind).certificate for kind in kinds or ("rsa",)]
    choice = Choice(cipher=cipher, oaep=(oaep,) * len(certificates))
    return b"".join(seal([content], len(content), certificates, choice).octets)


def rebuilt(octets: bytes, change) -> bytes:
    """A sealed message whose fields, as DER, went through `change(fields)`."""
    reader = Reader(octets)
    kind, tagged = reader.children(reader.root())
    fields = [reader.der(each) for each in reader.children(reader.only(tagged))]
    return sequence(reader.der(kind), der(context(0), sequence(*change(fields))))


@pytest.mark.parametrize("cipher", [oids.AES_128_GCM, GCM, oids.AES_128_CBC, CBC])
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521", "x25519"])
def test_what_is_sealed_opens(kind: str, cipher: str) -> None:
    found = unseal(sealed(kind, cipher=cipher), [person(kind)])
    assert found.content == ENTITY
    assert found.evidence.opened_with == person(kind).certificate
    assert found.evidence.authenticated == (cipher in oids.AES_GCM)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 2**20, 2**20 + 1])
@pytest.mark.parametrize("cipher", [GCM, CBC])
def test_every_size_opens(size: int, cipher: str) -> None:
    content = bytes(size)
    made = seal([content], size, [person("rsa").certificate], Choice(cipher=cipher, oaep=(True,)))
    octets = b"".join(made.octets)
    assert len(octets) == made.size
    assert unseal(octets, [person("rsa")]).content == content


def test_gcm_is_not_weak_and_cbc_is_told() -> None:
    assert unseal(sealed(), [person("rsa")]).evidence.weaknesses == ()
    cbc = unseal(sealed(cipher=CBC, oaep=False), [person("rsa")]).evidence
    assert set(cbc.weaknesses) == {Weakness.NOT_AUTHENTICATED, Weakness.RSA_V15}
    assert (cbc.cipher, cbc.key_algorithm) == ("aes256_cbc", "rsa_v15")


@pytest.mark.parametrize(
    ("cipher", "weakness"), [("-des3", Weakness.TRIPLE_DES), ("-rc2-40", Weakness.RC2)]
)
def test_old_ciphers_open_and_are_weak(cipher: str, weakness: Weakness) -> None:
    certificate, _ = files("rsa")
    old = openssl(
        *("-encrypt", cipher, "-binary", "-outform", "DER"),
        *("-provider", "legacy", "-provider", "default", "-recip", certificate),
        given=ENTITY,
    )
    assert weakness in unseal(old, [person("rsa")]).evidence.weaknesses


@pytest.mark.parametrize(("cipher", "most"), [("-des3", 5), ("-rc2-40", 2)])
def test_what_is_slow_to_open_is_not_tried_for_minutes(
    cipher: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One letter may name a key of ours many times, each time with what opens nothing."""
    certificate, _ = files("rsa")
    old = openssl(
        *("-encrypt", cipher, "-binary", "-outform", "DER"),
        *("-provider", "legacy", "-provider", "default"),
        *(word for _ in range(5) for word in ("-recip", certificate)),
        given=ENTITY,
    )
    tried = []

    def opens_nothing(*given: object, **more: object) -> bytes:
        tried.append(given)
        raise DoesNotOpen

    monkeypatch.setattr("sync.smime.unseal.opened", opens_nothing)
    with refused(Permanent, "smime.cannot_open"):
        unseal(old, [person("rsa")])
    assert len(tried) == most


def test_what_is_sealed_to_others_says_that_a_key_is_missing() -> None:
    with refused(NeedsUser, "smime.no_key"):
        unseal(sealed("rsa", "p256"), [person("rsa", "bruno")])
    with refused(NeedsUser, "smime.no_key"):
        unseal(sealed(), [])


def test_an_expired_key_opens_the_letters_of_its_time() -> None:
    old = issue(person("rsa").key, "ancienne", ends=datetime(2020, 1, 1, tzinfo=UTC))
    choice = Choice(cipher=GCM, oaep=(True,))
    octets = b"".join(seal([ENTITY], len(ENTITY), [old.certificate], choice).octets)
    assert unseal(octets, [person("p256"), old]).content == ENTITY


@pytest.mark.parametrize("at", [-1, -16, -19, -40])
def test_a_changed_octet_does_not_open(at: int) -> None:
    octets = bytearray(sealed())
    octets[at] ^= 1
    with refused(Permanent, "smime.cannot_open"):
        unseal(bytes(octets), [person("rsa")])


@pytest.mark.parametrize("kind", ["rsa", "p256", "x25519"])
def test_another_key_under_the_same_certificate_does_not_open(kind: str) -> None:
    wrong = SoftwareKey(person(kind).certificate, (), person(kind, "bruno").key)
    for oaep in (True, False):
        with refused(Permanent, "smime.cannot_open"):
            unseal(sealed(kind, oaep=oaep), [wrong])


def test_a_key_that_comes_in_a_bad_padding_is_a_wrong_key_and_nothing_else() -> None:
    """Bleichenbacher: whatever is wrong inside RSA, what comes out looks like a key."""
    who = person("rsa")

    class Refuses(SoftwareKey):
        def decrypt(self, encrypted: bytes, padding: KeyPadding) -> bytes:
            raise ValueError("padding")

    class TooShort(SoftwareKey):
        def decrypt(self, encrypted: bytes, padding: KeyPadding) -> bytes:
            return b"short"

    for cipher in (GCM, CBC):
        octets = sealed(oaep=False, cipher=cipher)
        for holder in (Refuses, TooShort):
            with refused(Permanent, "smime.cannot_open"):
                unseal(octets, [holder(who.certificate, (), who.key)])


def test_the_substitute_has_the_length_of_a_key() -> None:
    from sync.smime.ber import NULL, oid
    from sync.smime.structures import KeyTransport

    rid = sequence(sequence(), integer(1))
    info = KeyTransport.load(
        sequence(integer(0), rid, sequence(oid(oids.RSA), der(NULL)), octet_string(bytes(256)))
    )
    key, _ = transported(info, person("rsa"), range(32, 33))
    assert len(key) == 32


def test_a_reader_nobody_can_read_keeps_nobody_else_out() -> None:
    strange = [
        sequence(integer(0), octet_string(b"?")),
        der(context(1), integer(3)),
        der(context(2), integer(4)),
        der(context(4), octet_string(b"another kind")),
    ]

    def with_strangers(fields):
        infos = Reader(fields[1])
        own = [infos.raw(each) for each in infos.children(infos.root())]
        return [fields[0], set_of([*strange, *own]), *fields[2:]]

    found = unseal(rebuilt(sealed(), with_strangers), [person("rsa")])
    assert found.content == ENTITY
    assert found.evidence.recipients == 5


def test_attributes_that_are_authenticated_are_part_of_the_tag() -> None:
    attribute = sequence(der(6, b"\x2a\x03"), set_of([integer(1)]))
    octets = rebuilt(sealed(), lambda fields: [*fields[:3], der(context(1), attribute), fields[3]])
    with refused(Permanent, "smime.cannot_open"):
        unseal(octets, [person("rsa")])


@pytest.mark.parametrize("size", [0, 4, 8, 11, 15, 17])
def test_a_tag_of_another_length_does_not_open(size: int) -> None:
    octets = rebuilt(sealed(), lambda fields: [*fields[:3], octet_string(bytes(size))])
    with refused(Permanent, "smime.cannot_open"):
        unseal(octets, [person("rsa")])


def test_a_tag_cut_short_does_not_open() -> None:
    """Twelve octets of the right tag would be enough for GCM itself."""
    octets = rebuilt(sealed(), lambda fields: [*fields[:3], octet_string(fields[3][2:14])])
    with refused(Permanent, "smime.cannot_open"):
        unseal(octets, [person("rsa")])


def test_a_key_shorter_than_the_cipher_says_does_not_open() -> None:
    tag, iv = bytearray(), bytes(12)
    short = b"".join(sealing(GCM, bytes(16), iv, [ENTITY], tag))
    cipher = read_cipher(encoded_cipher(GCM, iv), authenticated=True)
    with pytest.raises(DoesNotOpen):
        opened(cipher, bytes(16), [short], tag=bytes(tag), said=b"")


def test_gcm_in_an_enveloped_data_has_no_tag_and_is_refused() -> None:
    reader = Reader(sealed())
    _, tagged = reader.children(reader.root())
    fields = [reader.der(each) for each in reader.children(reader.only(tagged))]
    from sync.smime.ber import oid

    downgraded = sequence(oid(oids.ENVELOPED), der(context(0), sequence(*fields[:3])))
    with refused(Permanent, "smime.unknown_cipher"):
        unseal(downgraded, [person("rsa")])


def test_nothing_is_sealed_to_a_key_for_signing_only() -> None:
    signing = issue(person("rsa").key, "signe", digital_signature=True)
    with refused(Permanent, "smime.cannot_seal_to"):
        seal([ENTITY], len(ENTITY), [signing.certificate], Choice(cipher=GCM, oaep=(True,)))


def test_what_is_signed_is_not_sealed() -> None:
    octets = b"".join(sign([ENTITY], [person("rsa")], signing_time=AT))
    with refused(Permanent, "smime.not_cms"):
        unseal(octets, [person("rsa")])


def test_nothing_is_sealed_to_nobody() -> None:
    with refused(Permanent, "smime.no_readers"):
        seal([ENTITY], len(ENTITY), [], Choice(cipher=GCM, oaep=()))


def test_a_content_of_another_size_than_said_is_our_bug() -> None:
    choice = Choice(cipher=GCM, oaep=(True,))
    made = seal([ENTITY], len(ENTITY) + 1, [person("rsa").certificate], choice)
    with pytest.raises(ValueError, match="size"):
        b"".join(made.octets)


@pytest.mark.parametrize(
    ("key", "bits", "clear", "hidden"),
    [
        ("0000000000000000", 63, "0000000000000000", "ebb773f993278eff"),
        ("ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"),
        ("88", 64, "0000000000000000", "61a8a244adacccf0"),
        ("88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"),
        ("88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"),
        ("88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"),
    ],
)
def test_rc2_is_that_of_rfc_2268(key: str, bits: int, clear: str, hidden: str) -> None:
    """The vectors of its section 5."""
    opened = rc2.decrypt(bytes.fromhex(hidden), bytes.fromhex(key), bits, bytes(8))
    assert opened.hex() == clear


def test_too_much_rc2_is_refused() -> None:
    with refused(Permanent, "smime.too_large"):
        rc2.decrypt(bytes(rc2.MOST_OCTETS + 8), bytes(16), 128, bytes(8))


def test_a_wrapped_key_of_3des_that_was_changed_does_not_unwrap() -> None:
    from sync.smime.key_wrapping import _triple_des_unwrapped

    with pytest.raises(DoesNotOpen):
        _triple_des_unwrapped(bytes(range(24)), bytes(40))

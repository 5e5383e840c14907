"""What is told of a signature: every way to make a false one look good is told as that."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import (
    OCTET_STRING,
    SEQUENCE,
    SET,
    Reader,
    context,
    der,
    integer,
    octet_string,
    oid,
    sequence,
    set_of,
)
from sync.smime.certificates import read_certificate
from sync.smime.evidence import Oddity, SignatureState, Weakness
from sync.smime.sign import sign
from sync.smime.signatures import Scheme
from sync.smime.signed_attributes import issuer_and_serial
from sync.smime.verify import verify
from tests.refusals import refused
from tests.unit.smime.people import AT, ENTITY, files, laid_down, openssl, person


def signed(*kinds: str, detached: bool = True, content: bytes = ENTITY, **given) -> bytes:
    """A SignedData by people with keys of these kinds."""
    signers = [person(kind) for kind in kinds or ("rsa",)]
    return b"".join(sign([content], signers, signing_time=AT, detached=detached, **given))


def rebuilt(octets: bytes, change) -> bytes:
    """A SignedData whose fields, as DER, went through `change(fields)`."""
    reader = Reader(octets)
    kind, tagged = reader.children(reader.root())
    fields = [reader.der(each) for each in reader.children(reader.only(tagged))]
    return sequence(reader.der(kind), der(context(0), sequence(*change(fields))))


def one_state(octets: bytes, content: bytes | None = ENTITY, **given) -> SignatureState:
    """What came of the only signature."""
    (found,) = verify(octets, content, **given).evidence.signatures
    return found.state


def test_a_signature_tells_who_when_and_what_can_be_read() -> None:
    who = person("rsa")
    (found,) = verify(signed(), ENTITY).evidence.signatures
    assert (found.state, found.certificate) == (SignatureState.VERIFIED, who.certificate)
    assert found.signing_time_at == AT
    assert found.names_certificate
    assert found.capabilities[0] == oids.AES_256_GCM
    assert found.weaknesses == ()


def test_the_chain_goes_out_with_a_signature() -> None:
    who = person("rsa")
    assert set(verify(signed(), ENTITY).evidence.certificates) == {who.certificate, *who.chain}


def test_the_certificate_to_write_to_is_told() -> None:
    other = person("p256", "alice").certificate
    (found,) = verify(signed(sealed_to=other), ENTITY).evidence.signatures
    assert found.encryption_certificate == other


def test_several_signers_are_each_told() -> None:
    evidence = verify(signed("rsa", "p256", "p384"), ENTITY).evidence
    assert evidence.all_verified
    assert {each.signature_algorithm for each in evidence.signatures} == {"rsa", "ecdsa"}
    assert len(evidence.signatures) == 3


def test_a_changed_content_is_told() -> None:
    assert one_state(signed(), ENTITY + b"x") is SignatureState.CONTENT_CHANGED


def test_a_changed_signature_is_told() -> None:
    octets = bytearray(signed())
    octets[-5] ^= 1
    assert one_state(bytes(octets)) is SignatureState.NOT_THIS_KEY


def test_bare_line_feeds_are_told_and_verify() -> None:
    evidence = verify(signed(), ENTITY.replace(b"\r\n", b"\n")).evidence
    assert evidence.all_verified
    assert evidence.oddities == (Oddity.LINES_REWRITTEN,)


def test_an_opaque_content_is_never_rewritten() -> None:
    bare = octet_string(ENTITY.replace(b"\r\n", b"\n"))
    inside = sequence(oid(oids.DATA), der(context(0), bare))
    octets = rebuilt(signed(detached=False), lambda fields: [*fields[:2], inside, *fields[3:]])
    assert one_state(octets, None) is SignatureState.CONTENT_CHANGED


def test_a_detached_signature_with_a_content_inside_is_told_and_the_outer_one_verified() -> None:
    evidence = verify(signed(detached=False), b"Something else\r\n").evidence
    assert Oddity.CONTENT_TWICE in evidence.oddities
    assert not evidence.all_verified
    same = verify(signed(detached=False), ENTITY).evidence
    assert same.oddities == (Oddity.CONTENT_TWICE,)


def test_no_signers_is_no_signature() -> None:
    stripped = rebuilt(signed(), lambda fields: [*fields[:-1], set_of([])])
    evidence = verify(stripped, ENTITY).evidence
    assert evidence.oddities == (Oddity.NO_SIGNERS,)
    assert not evidence.all_verified
    assert person("rsa").certificate in evidence.certificates


def test_signer_infos_left_out_are_no_signature() -> None:
    stripped = rebuilt(signed(), lambda fields: fields[:-1])
    assert verify(stripped, ENTITY).evidence.oddities == (Oddity.NO_SIGNERS,)


def test_a_detached_signature_without_its_content_is_told() -> None:
    evidence = verify(signed()).evidence
    assert Oddity.NO_CONTENT in evidence.oddities
    assert not evidence.all_verified


def without_certificates(octets: bytes) -> bytes:
    return rebuilt(octets, lambda fields: [f for f in fields if f[0] != context(0)])


def test_a_signature_without_certificates_needs_a_known_one() -> None:
    bare = without_certificates(signed())
    assert one_state(bare) is SignatureState.NO_CERTIFICATE
    assert one_state(bare, known=[person("rsa").certificate]) is SignatureState.VERIFIED


def test_a_certificate_of_the_same_key_is_not_taken_for_the_one_that_was_signed_over() -> None:
    """RFC 5035: the same key and issuer, the same number even, and another name in it."""
    who = person("rsa")
    read = read_certificate(who.certificate)
    forged = who.certificate.replace(b"CN=alice", b"CN=mallo").replace(b"alice", b"mallo")
    assert forged != who.certificate
    assert read_certificate(forged).serial == read.serial
    swapped = rebuilt(
        signed(),
        lambda fields: [der(context(0), forged) if f[0] == context(0) else f for f in fields],
    )
    assert one_state(swapped) is SignatureState.NOT_THIS_KEY


def test_a_certificate_that_cannot_be_read_is_told_and_the_others_count() -> None:
    more = sequence(integer(7), octet_string(b"nothing"))
    octets = rebuilt(
        signed(),
        lambda fields: [
            der(context(0), more, person("rsa").certificate) if f[0] == context(0) else f
            for f in fields
        ],
    )
    evidence = verify(octets, ENTITY).evidence
    assert evidence.all_verified
    assert evidence.oddities == (Oddity.BAD_CERTIFICATE,)


def attribute(number: str, value: bytes) -> bytes:
    return sequence(oid(number), set_of([value]))


def hand_made(attributes: list[bytes] | None, content: bytes = ENTITY, kind: str = "rsa") -> bytes:
    """A SignedData with exactly these attributes, in this order, rightly signed."""
    who = person(kind)
    said = der(SET, *(attributes or []))
    signed_octets = content if attributes is None else said
    if kind == "rsa":
        signature = who.sign(signed_octets, Scheme(kind="rsa", digest="sha256"))
    else:
        signature = who.key.sign(signed_octets)
    digest = sequence(oid(oids.DIGEST_OIDS["sha256"]))
    tagged = b"" if attributes is None else bytes((context(0),)) + said[1:]
    info = sequence(
        integer(1),
        issuer_and_serial(read_certificate(who.certificate)),
        digest,
        tagged,
        sequence(oid(oids.RSA if kind == "rsa" else oids.ED25519)),
        octet_string(signature),
    )
    held = sequence(
        integer(1),
        set_of([digest]),
        sequence(oid(oids.DATA)),
        der(context(0), who.certificate),
        set_of([info]),
    )
    return sequence(oid(oids.SIGNED), der(context(0), held))


DIGEST = attribute(oids.MESSAGE_DIGEST, octet_string(sha256(ENTITY).digest()))
TYPE = attribute(oids.CONTENT_TYPE, oid(oids.DATA))


def test_ed25519_verifies() -> None:
    """RFC 8419; openssl 3.0 does not make it."""
    octets = hand_made([TYPE, DIGEST], kind="ed25519")
    assert one_state(octets) is SignatureState.VERIFIED
    assert one_state(octets[:-1] + bytes([octets[-1] ^ 1])) is SignatureState.NOT_THIS_KEY


def test_attributes_sent_in_another_order_than_der_verify_as_they_came() -> None:
    backwards = sorted([TYPE, DIGEST], reverse=True)
    assert one_state(hand_made(backwards)) is SignatureState.VERIFIED


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param([TYPE], id="no digest"),
        pytest.param([DIGEST], id="no type"),
        pytest.param([TYPE, DIGEST, DIGEST], id="digest twice"),
        pytest.param([], id="none at all"),
        pytest.param(
            [TYPE, sequence(oid(oids.MESSAGE_DIGEST), set_of([octet_string(b"1"), DIGEST[-34:]]))],
            id="two digests in one",
        ),
        pytest.param([attribute(oids.CONTENT_TYPE, oid(oids.SIGNED)), DIGEST], id="another type"),
        pytest.param([TYPE, attribute(oids.MESSAGE_DIGEST, integer(1))], id="no octets"),
        pytest.param([TYPE, DIGEST, attribute(oids.SIGNING_TIME, integer(1))], id="no time"),
    ],
)
def test_contradictory_attributes_are_never_a_good_signature(attributes) -> None:
    assert one_state(hand_made(attributes)) is SignatureState.MALFORMED


def test_signed_attributes_cannot_be_passed_off_as_a_content() -> None:
    """The octets that a person signed with attributes, shown as a letter signed without any."""
    said = der(SET, TYPE, DIGEST)
    assert one_state(hand_made(None, said), said) is SignatureState.MALFORMED
    assert one_state(hand_made(None)) is SignatureState.VERIFIED


def test_a_signature_without_attributes_is_weak() -> None:
    (found,) = verify(hand_made(None), ENTITY).evidence.signatures
    assert found.weaknesses == (Weakness.NO_ATTRIBUTES,)


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_old_digests_verify_and_are_weak(digest: str) -> None:
    certificate, key = files("rsa")
    octets = openssl(
        *("-sign", "-signer", certificate, "-inkey", key, "-binary", "-outform", "DER"),
        *("-md", digest),
        given=ENTITY,
    )
    (found,) = verify(octets, ENTITY).evidence.signatures
    assert found.state is SignatureState.VERIFIED
    assert found.weaknesses == (Weakness(digest),)


def test_a_short_key_is_weak() -> None:
    (found,) = verify(signed("rsa1024"), ENTITY).evidence.signatures
    assert found.weaknesses == (Weakness.SHORT_RSA,)


def test_an_algorithm_nobody_knows_is_told_and_the_others_count() -> None:
    octets = signed("rsa", "p256")
    unknown = octets.replace(oid(oids.RSA)[1:], oid("1.2.840.113549.1.1.99")[1:])
    evidence = verify(unknown, ENTITY).evidence
    states = sorted(each.state for each in evidence.signatures)
    assert states == [SignatureState.UNKNOWN_ALGORITHM, SignatureState.VERIFIED]
    assert not evidence.all_verified


def test_counter_signed_content_that_is_no_data_is_told() -> None:
    octets = signed(detached=False)
    data, other = oid(oids.DATA), oid("1.2.840.113549.1.7.6")
    evidence = verify(octets.replace(data, other, 1), None).evidence
    assert Oddity.CONTENT_NOT_DATA in evidence.oddities
    assert not evidence.all_verified


def test_a_digest_of_sha256_signed_by_ecdsa_of_sha512_is_read() -> None:
    """Some cards digest for the signature otherwise than for the content."""
    certificate, key = files("p521")
    octets = openssl(
        *("-sign", "-signer", certificate, "-inkey", key, "-binary", "-outform", "DER"),
        *("-md", "sha256"),
        given=ENTITY,
    )
    assert one_state(octets) is SignatureState.VERIFIED


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x30", b"\x30\x80", b"MIAGCSqGSIb3", b"\x30\x84\xff\xff\xff\xff", b"\x04\x00"],
)
def test_what_is_no_cms_is_refused(octets: bytes) -> None:
    with pytest.raises(Permanent) as caught:
        verify(octets, ENTITY)
    assert caught.value.code in ("smime.malformed", "smime.not_cms")


def test_a_certificate_for_sealing_only_cannot_sign() -> None:
    from tests.unit.smime.people import issue

    sealing = issue(person("rsa").key, "scelle", key_encipherment=True)
    with refused(Permanent, "smime.key_cannot_sign"):
        b"".join(sign([ENTITY], [sealing], signing_time=AT))


def test_openssl_sees_the_attributes_we_sign() -> None:
    shown = openssl(
        *("-cmsout", "-print", "-inform", "DER", "-in", laid_down(signed())), given=b""
    ).decode()
    for name in ("contentType", "messageDigest", "signingTime", "S/MIME Capabilities"):
        assert re.search(name, shown)
    assert "id-smime-aa-signingCertificateV2" in shown


def test_pieces_of_an_octet_string_are_one_content() -> None:
    octets = signed(detached=False)
    whole = der(context(0), der(OCTET_STRING, ENTITY))
    cut = [der(OCTET_STRING, ENTITY[:7]), der(0x24, der(OCTET_STRING, ENTITY[7:]))]
    inner = b"\xa0\x80\x24\x80" + b"".join(cut) + b"\0\0\0\0"

    def opened(fields):
        kind = oid(oids.DATA)
        assert fields[2] == sequence(kind, whole)
        return [*fields[:2], bytes((SEQUENCE, 0x80)) + kind + inner + b"\0\0", *fields[3:]]

    found = verify(rebuilt(octets, opened))
    assert found.evidence.all_verified
    assert b"".join(found.content) == ENTITY

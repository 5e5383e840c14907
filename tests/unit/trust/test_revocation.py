"""Good, revoked or unknown: from lists and from responses, honest and otherwise."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from store.model.trust import NEVER_ASKED, Revocation, RevocationFact
from sync.trust.certificate import Certificate, read
from sync.trust.crl import SLACK_SECONDS, read_crl
from sync.trust.ocsp import ocsp_says
from sync.trust.revocation import AtHand, lists_of, of_path
from tests.unit.trust.pki import (
    CRL_URL,
    DAY,
    MIDDLE,
    NOW,
    ROOT,
    SIGNER,
    Made,
    authority,
    crl,
    crl_by_sha1,
    crl_with_serial,
    ec_key,
    entry,
    make,
    moment,
    name,
    person,
    response_by_sha1,
    rsa_key,
    usage,
    with_serial,
)

GOOD, REVOKED, UNKNOWN = Revocation.GOOD, Revocation.REVOKED, Revocation.UNKNOWN
SERIAL = SIGNER.certificate.serial_number
PATH = [Certificate(each.der) for each in (SIGNER, MIDDLE, ROOT)]
ABOVE = crl(ROOT)
OTHER_URL = "http://crl.autorite.example/deux.crl"
ODD = x509.UnrecognizedExtension(ObjectIdentifier("1.2.250.1.999.1"), b"\x05\x00")


def known(*lists: bytes, now: int = NOW) -> Revocation:
    """What these lists say of the signer, that of the root beside them."""
    return of_path(PATH, AtHand.of([*lists, ABOVE]), now).state


def point(url: str | None = CRL_URL, **said: object) -> tuple[x509.ExtensionType, bool]:
    """An issuing distribution point, critical as it must be."""
    place = None if url is None else [x509.UniformResourceIdentifier(url)]
    facts = {
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(place, None, **(facts | said)), True


def because(reason: x509.ReasonFlags) -> x509.RevokedCertificate:
    return entry(SERIAL, (x509.CRLReason(reason), False))


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (lambda: crl(MIDDLE), GOOD),
        (lambda: crl(MIDDLE, 12345), GOOD),
        (lambda: crl(MIDDLE, extra=[point()]), GOOD),
        (lambda: crl(MIDDLE, extra=[point(only_contains_user_certs=True)]), GOOD),
        (lambda: crl(MIDDLE, extra=[point(None, only_contains_user_certs=True)]), GOOD),
        (lambda: crl(MIDDLE, extra=[(x509.CRLNumber(7), False), (ODD, False)]), GOOD),
        (lambda: crl(MIDDLE, because(x509.ReasonFlags.remove_from_crl)), GOOD),
        (lambda: crl(MIDDLE, SERIAL), REVOKED),
        (lambda: crl(MIDDLE, because(x509.ReasonFlags.key_compromise)), REVOKED),
        (lambda: crl(MIDDLE, because(x509.ReasonFlags.certificate_hold)), REVOKED),
        (lambda: crl(MIDDLE, SERIAL, until_at=NOW - 50 * DAY, from_at=NOW - 60 * DAY), REVOKED),
        (lambda: crl(MIDDLE, until_at=NOW - DAY, from_at=NOW - 2 * DAY), UNKNOWN),
        (lambda: crl(MIDDLE, from_at=NOW + DAY, until_at=NOW + 2 * DAY), UNKNOWN),
    ],
)
def test_a_list_that_can_be_believed_says_so(made: object, state: Revocation) -> None:
    assert known(made()) is state


@pytest.mark.parametrize(
    "made",
    [
        lambda: crl(MIDDLE, SERIAL, signer=ec_key("un autre")),
        lambda: crl(ROOT, SERIAL),
        lambda: crl(make(authority("Intermédiaire", key=ec_key("un autre")), ROOT), SERIAL),
        lambda: crl(MIDDLE, SERIAL, extra=[(x509.DeltaCRLIndicator(3), True)]),
        lambda: crl(MIDDLE, SERIAL, extra=[(x509.DeltaCRLIndicator(3), False)]),
        lambda: crl(MIDDLE, SERIAL, extra=[point(indirect_crl=True)]),
        lambda: crl(MIDDLE, SERIAL, extra=[point(only_contains_ca_certs=True)]),
        lambda: crl(MIDDLE, SERIAL, extra=[point(None, only_contains_attribute_certs=True)]),
        lambda: crl(MIDDLE, SERIAL, extra=[point(OTHER_URL)]),
        lambda: crl(
            MIDDLE,
            SERIAL,
            extra=[point(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))],
        ),
        lambda: crl(MIDDLE, SERIAL, extra=[(ODD, True)]),
        lambda: crl(MIDDLE, SERIAL, entry(99, (ODD, True))),
        lambda: crl(
            MIDDLE,
            SERIAL,
            entry(99, (x509.CertificateIssuer([x509.DirectoryName(name("Autre"))]), True)),
        ),
        lambda: b"",
        lambda: b"\x30\x03\x02\x01\x00",
        lambda: crl(MIDDLE, SERIAL)[:-3],
    ],
)
def test_a_list_that_cannot_be_believed_says_nothing(made: object) -> None:
    assert known(made()) is UNKNOWN
    assert known(made(), crl(MIDDLE)) is GOOD


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_serial_below_zero_is_none_and_raises_nothing() -> None:
    odd = with_serial(SIGNER, MIDDLE, -5)
    assert read(odd) is None
    listed_odd = crl_with_serial(crl(MIDDLE, 7), MIDDLE, -5)
    assert known(listed_odd) is UNKNOWN
    assert known(listed_odd, crl(MIDDLE)) is GOOD


def test_an_authority_that_may_not_sign_lists_signs_none() -> None:
    silent = make(authority("Muette", usage=usage("key_cert_sign")), ROOT)
    leaf = make(person(), silent)
    path = [Certificate(each.der) for each in (leaf, silent, ROOT)]
    lists = [crl(silent, leaf.certificate.serial_number), ABOVE]
    assert of_path(path, AtHand.of(lists), NOW).state is UNKNOWN


def below(above: Made) -> tuple[Made, list[Certificate]]:
    """A person below an authority of its own, and the chain."""
    leaf = make(person(), above)
    return leaf, [Certificate(leaf.der), Certificate(above.der)]


def test_a_short_key_signs_nothing() -> None:
    for bits, state in ((2048, GOOD), (1024, UNKNOWN)):
        above = make(authority("Racine RSA", key=rsa_key(bits)))
        leaf, path = below(above)
        assert of_path(path, AtHand.of([crl(above)]), NOW).state is state
        response = answer(of=leaf, above=above, by=above)
        found = ocsp_says(response, *path, NOW)
        assert (found is not None and found.state is GOOD) == (bits == 2048)


def test_nothing_is_believed_by_sha1() -> None:
    above = make(authority("Racine RSA", key=rsa_key(2048)))
    leaf, path = below(above)
    revoking = crl(above, leaf.certificate.serial_number)
    assert of_path(path, AtHand.of([revoking]), NOW).state is REVOKED
    assert of_path(path, AtHand.of([crl_by_sha1(revoking, above)]), NOW).state is UNKNOWN
    response = answer(of=leaf, above=above, by=above)
    assert ocsp_says(response, *path, NOW) is not None
    assert ocsp_says(response_by_sha1(response, above), *path, NOW) is None


def test_a_list_of_persons_says_nothing_of_an_authority() -> None:
    place = point("http://crl.autorite.example/racine.crl", only_contains_user_certs=True)
    revoking = crl(ROOT, MIDDLE.certificate.serial_number, extra=[place])
    assert of_path(PATH, AtHand.of([crl(MIDDLE), revoking]), NOW).state is UNKNOWN


def test_of_several_lists_the_worst_then_the_best_founded_counts() -> None:
    old = crl(MIDDLE, from_at=NOW - 9 * DAY, until_at=NOW - 8 * DAY)
    assert known(old, crl(MIDDLE)) is GOOD
    assert known(crl(MIDDLE), crl(MIDDLE, SERIAL)) is REVOKED


def test_every_certificate_of_a_chain_is_asked_about_but_the_anchor() -> None:
    below, middle_serial = crl(MIDDLE), MIDDLE.certificate.serial_number
    assert of_path(PATH, AtHand.of([below]), NOW).state is UNKNOWN
    assert of_path(PATH, AtHand.of([below, crl(ROOT, middle_serial)]), NOW).state is REVOKED
    itself = crl(ROOT, ROOT.certificate.serial_number)
    assert of_path(PATH, AtHand.of([below, itself]), NOW).state is GOOD
    assert of_path(PATH[:1], AtHand.of([below]), NOW) == NEVER_ASKED


def test_the_age_that_is_said_is_that_of_the_oldest() -> None:
    older = crl(ROOT, from_at=NOW - 9 * DAY)
    found = of_path(PATH, AtHand.of([crl(MIDDLE), older]), NOW)
    assert (found.state, found.as_of_at) == (GOOD, NOW - 9 * DAY)
    revoked = of_path(PATH, AtHand.of([crl(MIDDLE, SERIAL), older]), NOW)
    assert (revoked.state, revoked.revoked_at) == (REVOKED, NOW - 2 * DAY)


def test_two_clocks_may_differ_a_little() -> None:
    assert known(crl(MIDDLE), now=NOW + DAY + SLACK_SECONDS) is GOOD
    assert known(crl(MIDDLE), now=NOW + DAY + SLACK_SECONDS + 1) is UNKNOWN


def test_the_lists_of_a_chain_are_those_it_names_over_plain_http() -> None:
    urls = ("ldap://annuaire.example/x", "https://crl.example/x", "file:///etc/passwd", CRL_URL)
    leaf = Certificate(make(person(crl_urls=urls), MIDDLE).der)
    middle, root = PATH[1:]
    assert lists_of([leaf, middle, root]) == [
        (CRL_URL, middle.der),
        ("http://crl.autorite.example/racine.crl", root.der),
    ]


@given(st.binary(max_size=400), st.integers(0, 2**31))
def test_nothing_raises_whatever_comes(octets: bytes, at: int) -> None:
    whole = bytearray(crl(MIDDLE, SERIAL))
    whole[at % len(whole)] ^= 1 + at % 255
    for each in (octets, bytes(whole)):
        read_crl(each)
        known(each)
        ocsp_says(each, PATH[0], PATH[1], NOW)


RESPONDER = make(
    person(
        "Répondeur",
        purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,),
        extra=((x509.OCSPNoCheck(), False),),
    ),
    MIDDLE,
)

IMPOSTOR = make(authority("Intermédiaire", key=ec_key("un autre")))


def answer(
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    of: Made = SIGNER,
    above: Made = MIDDLE,
    by: Made = MIDDLE,
    named: bool = False,
    from_at: int = NOW - DAY,
    until_at: int | None = NOW + DAY,
    id_digest: hashes.HashAlgorithm | None = None,
    nonce: bytes | None = None,
    critical: bool = False,
) -> bytes:
    """An OCSP response, DER."""
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        of.certificate,
        above.certificate,
        id_digest or hashes.SHA1(),
        status,
        moment(from_at),
        None if until_at is None else moment(until_at),
        moment(NOW - 2 * DAY) if revoked else None,
        x509.ReasonFlags.key_compromise if revoked else None,
    )
    way = ocsp.OCSPResponderEncoding.NAME if named else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(way, by.certificate)
    if by is not above:
        builder = builder.certificates([by.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    if critical:
        builder = builder.add_extension(ODD, True)
    signed = builder.sign(by.key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def said(response: bytes, **how: object) -> Revocation | None:
    found = ocsp_says(response, PATH[0], PATH[1], NOW, **how)
    return None if found is None else found.state


def responder(**changes: object) -> Made:
    facts = {
        "purposes": (ExtendedKeyUsageOID.OCSP_SIGNING,),
        "extra": ((x509.OCSPNoCheck(), False),),
    }
    return make(person("Répondeur", **(facts | changes)), MIDDLE)


@pytest.mark.parametrize(
    ("response", "state"),
    [
        (lambda: answer(), GOOD),
        (lambda: answer(by=RESPONDER), GOOD),
        (lambda: answer(named=True), GOOD),
        (lambda: answer(by=RESPONDER, named=True), GOOD),
        (lambda: answer(id_digest=hashes.SHA256()), GOOD),
        (lambda: answer(ocsp.OCSPCertStatus.REVOKED), REVOKED),
        (lambda: answer(ocsp.OCSPCertStatus.REVOKED, until_at=NOW - 1, from_at=NOW - DAY), REVOKED),
        (lambda: answer(ocsp.OCSPCertStatus.UNKNOWN), UNKNOWN),
        (lambda: answer(from_at=NOW - 9 * DAY, until_at=NOW - DAY), UNKNOWN),
        (lambda: answer(from_at=NOW + DAY, until_at=NOW + 2 * DAY), UNKNOWN),
        (lambda: answer(until_at=None), GOOD),
        (lambda: answer(from_at=NOW - 3 * DAY, until_at=None), UNKNOWN),
        # Nothing that can be believed.
        (lambda: answer(of=make(person(), MIDDLE)), None),
        (lambda: answer(above=make(authority("Intermédiaire", key=ec_key("x")), ROOT)), None),
        (lambda: answer(by=IMPOSTOR, named=True), None),
        (lambda: answer(by=IMPOSTOR), None),
        (lambda: answer(by=make(person("Un autre"), MIDDLE)), None),
        (lambda: answer(by=responder(purposes=None)), None),
        (lambda: answer(by=responder(extra=())), None),
        (lambda: answer(by=responder(until_at=NOW - 50 * DAY)), None),
        (lambda: answer(by=make(responder_of_root(), ROOT)), None),
        (lambda: answer(critical=True), None),
        (
            lambda: ocsp.OCSPResponseBuilder.build_unsuccessful(
                ocsp.OCSPResponseStatus.TRY_LATER
            ).public_bytes(Encoding.DER),
            None,
        ),
        (lambda: b"", None),
        (lambda: answer()[:-1], None),
    ],
)
def test_a_response_says_what_it_can_prove(response: object, state: Revocation | None) -> None:
    assert said(response()) is state


def responder_of_root() -> object:
    return person(
        "Répondeur",
        purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,),
        extra=((x509.OCSPNoCheck(), False),),
    )


def test_an_answer_to_another_question_is_none() -> None:
    assert said(answer(nonce=b"1234567890123456"), nonce=b"1234567890123456") is GOOD
    assert said(answer(), nonce=b"1234567890123456") is GOOD
    assert said(answer(nonce=b"autre question !"), nonce=b"1234567890123456") is None


def test_a_response_fills_in_where_no_list_is_at_hand() -> None:
    at_hand = AtHand.of([ABOVE], [answer()])
    assert of_path(PATH, at_hand, NOW) == RevocationFact(
        state=GOOD, as_of_at=NOW - DAY, until_at=NOW + DAY
    )
    worse = AtHand.of([ABOVE, crl(MIDDLE)], [answer(ocsp.OCSPCertStatus.REVOKED)])
    assert of_path(PATH, worse, NOW).state is REVOKED

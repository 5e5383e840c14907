"""Paths from a certificate to an anchor: what is accepted, and what each refusal says."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError

from store.model.trust import Finding, Reason
from sync.trust.certificate import read
from sync.trust.chain import MOST_TRIES, Pool, Purpose, examine
from tests.unit.trust.chain_cases import Case, bad, below, good, times
from tests.unit.trust.pki import (
    ALICE,
    DAY,
    MIDDLE,
    NOW,
    ROOT,
    SIGNER,
    authority,
    ec_key,
    make,
    name,
    person,
    rsa_key,
    usage,
)


def looked_at(case: Case, **how: object) -> Finding:
    pool = Pool.of([each.der for each in case.anchors], [each.der for each in case.others])
    return examine(case.leaf.der, pool, NOW, **how)


@pytest.mark.parametrize("which", good())
def test_a_sound_chain_has_no_fault(which: str) -> None:
    case = good()[which]
    found = looked_at(case)
    assert found.faults == ()
    assert found.path[0] == case.leaf.der
    assert found.path[-1] in {each.der for each in case.anchors}
    assert found.valid_at(NOW)


@pytest.mark.parametrize("which", bad())
def test_a_wrong_chain_has_its_own_fault(which: str) -> None:
    assert looked_at(bad()[which]).faults == bad()[which].faults


@pytest.mark.parametrize("which", times())
def test_a_chain_is_valid_as_long_as_all_of_it_is(which: str) -> None:
    case, now = times()[which]
    found = looked_at(case)
    assert (found.faults, found.valid_at(NOW)) == ((), now)


def agrees(case: Case) -> bool:
    """What pyHanko says of it, for signing mail, now, without revocation."""
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(each.der) for each in case.anchors],
        other_certs=[asn1.Certificate.load(each.der) for each in case.others],
        moment=datetime.datetime.fromtimestamp(NOW, datetime.UTC),
        allow_fetching=False,
        revocation_mode="soft-fail",
        weak_hash_algos={"md5", "sha1"},
    )
    leaf = asn1.Certificate.load(case.leaf.der)
    validator = CertificateValidator(leaf, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage(set(), {"email_protection"}))
    except (PathBuildingError, ValidationError, ValueError):
        return False
    said = leaf.key_usage_value
    return said is None or bool({"digital_signature", "non_repudiation"} & said.native)


COMPARED = {name: c for name, c in {**good(), **bad()}.items() if c.pyhanko_agrees is not None}


@pytest.mark.parametrize("which", COMPARED)
def test_pyhanko_says_the_same(which: str) -> None:
    case = COMPARED[which]
    ours = not looked_at(case).faults
    assert agrees(case) == (ours if case.pyhanko_agrees else not ours)


def test_any_purpose_counts_where_the_site_says_so() -> None:
    anything = below(person(purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)))
    assert looked_at(anything).faults == (Reason.NOT_FOR_MAIL,)
    assert looked_at(anything, any_purpose=True).faults == ()


@pytest.mark.parametrize(
    ("key", "bit", "faults"),
    [
        (rsa_key(2048), "key_encipherment", ()),
        (ec_key("Dr Alice Martin"), "key_agreement", ()),
        (rsa_key(2048), "key_agreement", (Reason.WRONG_USAGE,)),
        (ec_key("Dr Alice Martin"), "key_encipherment", (Reason.WRONG_USAGE,)),
        (rsa_key(2048), "digital_signature", (Reason.WRONG_USAGE,)),
    ],
)
def test_to_be_written_to_a_key_must_be_meant_for_it(
    key: object, bit: str, faults: tuple[Reason, ...]
) -> None:
    case = below(person(key=key, usage=usage(bit)))
    assert looked_at(case, purpose=Purpose.SEAL).faults == faults


def test_of_two_paths_the_better_one_counts() -> None:
    expired = make(authority("Intermédiaire", until_at=NOW - DAY), ROOT)
    narrow = make(authority("Intermédiaire", usage=usage("crl_sign")), ROOT)
    case = Case(SIGNER, (expired, narrow, MIDDLE))
    assert looked_at(case).path == (SIGNER.der, MIDDLE.der, ROOT.der)


def test_addresses_in_the_name_are_told_apart() -> None:
    case = below(person(subject=name("Alice", email="autre@cabinet.example")))
    found = looked_at(case)
    assert (found.addresses, found.weak_addresses) == ((ALICE,), ("autre@cabinet.example",))


@contextmanager
def counted_signatures(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    from sync.trust.certificate import Certificate

    count, verify = [0], Certificate.signed_by

    def counting(self: Certificate, issuer: Certificate) -> bool:
        count[0] += 1
        return verify(self, issuer)

    monkeypatch.setattr(Certificate, "signed_by", counting)
    yield count


def test_a_letter_full_of_certificates_of_one_name_costs_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = [make(authority("Racine", serial=n, crl_urls=(f"http://{n}/",))) for n in range(1, 80)]
    leaf = make(person(), crowd[0])
    with counted_signatures(monkeypatch) as count:
        found = looked_at(Case(leaf, tuple(crowd), anchors=()))
    assert found.faults == (Reason.NO_ANCHOR,)
    assert count[0] == MOST_TRIES


def test_authorities_that_vouch_for_each_other_end() -> None:
    one, other = authority("Un"), authority("Deux")
    ring = [make(one, make(other)), make(other, make(one))]
    assert looked_at(Case(make(person(), ring[0]), tuple(ring))).faults == (Reason.NO_ANCHOR,)


def test_what_is_no_certificate_is_malformed() -> None:
    for der in (b"", b"\x30\x00", SIGNER.der[:-1], SIGNER.der + b"\x00", b"\xff" * 100):
        found = examine(der, Pool.of([ROOT.der], [MIDDLE.der]), NOW)
        assert found.faults == (Reason.MALFORMED,)
        assert found.path == ()


@given(st.integers(0, len(SIGNER.der) - 1), st.integers(0, 255))
def test_no_octet_can_be_changed_and_nothing_raises(at: int, octet: int) -> None:
    der = bytearray(SIGNER.der)
    changed, der[at] = der[at] != octet, octet
    found = examine(bytes(der), Pool.of([ROOT.der], [MIDDLE.der]), NOW)
    # A leaf whose every octet is signed, or the signature itself: none is free.
    assert bool(found.faults) == changed


def test_an_extension_said_twice_is_malformed() -> None:
    twice = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.999.1"), b"\x05\x00")
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.999.2"), b"\x05\x00")
    made = make(person(extra=((twice, False), (other, False))), MIDDLE)
    der = made.der.replace(
        bytes.fromhex("2a817a0187670 2".replace(" ", "")), bytes.fromhex("2a817a01876701")
    )
    assert der != made.der
    assert read(der) is None

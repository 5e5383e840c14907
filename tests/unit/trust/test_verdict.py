"""No badge unless every necessary fact is there: each is taken away alone, and in every company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.model.trust import (
    Evidence,
    Finding,
    Level,
    Policy,
    Reason,
    Revocation,
    RevocationFact,
    Root,
    Sealing,
    Signer,
)
from store.routing.domains import normal
from store.trust_words import of_reasons, of_verdict
from sync.trust.verdict import BROKEN, REMARKS, same_address, verdict

NOW = 1_795_000_000
DAY = 86_400
ALICE = "alice@cabinet.example"
LISTED = RevocationFact(state=Revocation.GOOD, as_of_at=NOW - DAY, until_at=NOW + DAY)
ALICES = Finding(
    name="Dr Alice Martin",
    issuer="Autorité",
    fingerprint="aa",
    addresses=(ALICE,),
    path=(b"alice", b"root"),
    faults=(),
    from_at=NOW - 100 * DAY,
    until_at=NOW + 100 * DAY,
    revocation=LISTED,
)
SIGNED = Signer(
    certificate=b"alice", verified=True, digest="sha256", signed_at=NOW - DAY, finding=ALICES
)
PROVEN = Evidence(
    root=Root.WHOLE,
    signers=(SIGNED,),
    detached=True,
    from_fields=1,
    from_addresses=(ALICE,),
    signed_from_fields=1,
    signed_from_addresses=(ALICE,),
    arrived_at=NOW - DAY,
)
Change = Callable[[Evidence], Evidence]


def with_signer(**changes: object) -> Change:
    """Of every signer."""
    return lambda e: replace(e, signers=tuple(replace(s, **changes) for s in e.signers))


def with_finding(**changes: object) -> Change:
    """Of every signer's certificate, where it was found."""

    def change(evidence: Evidence) -> Evidence:
        signers = (
            s if s.finding is None else replace(s, finding=replace(s.finding, **changes))
            for s in evidence.signers
        )
        return replace(evidence, signers=tuple(signers))

    return change


def with_more(signer: Signer) -> Change:
    """One signer more, who is in order but for one thing."""
    return lambda e: replace(e, signers=(*e.signers, signer))


def fact(**changes: object) -> Change:
    """Of the letter."""
    return lambda e: replace(e, **changes)


BOB = replace(ALICES, addresses=("bob@cabinet.example",), name="Bob")
TAKEN_AWAY: dict[str, tuple[Change, Reason]] = {
    "nothing is at the root": (fact(root=Root.NONE), Reason.PART_ONLY),
    "a part is signed": (fact(root=Root.PART), Reason.PART_ONLY),
    "two decryptions": (fact(decryptions=2), Reason.PART_ONLY),
    "the content stays sealed": (fact(sealing=Sealing.CLOSED), Reason.PART_ONLY),
    "nobody signed": (fact(signers=()), Reason.NO_SIGNER),
    "detached with a content inside": (fact(detached=True, embedded=True), Reason.CONTENT_TWICE),
    "opaque without a content": (fact(detached=False, embedded=False), Reason.CONTENT_TWICE),
    "does not verify": (with_signer(verified=False), Reason.TAMPERED),
    "unknown method": (with_signer(known=False, verified=False), Reason.UNKNOWN_METHOD),
    "unknown, said to verify": (with_signer(known=False), Reason.UNKNOWN_METHOD),
    "one of two does not": (with_more(replace(SIGNED, verified=False)), Reason.TAMPERED),
    "no certificate": (with_signer(certificate=None), Reason.NO_CERTIFICATE),
    "not looked at": (with_signer(finding=None), Reason.NO_CERTIFICATE),
    "SHA-1": (with_signer(digest="sha1"), Reason.WEAK_DIGEST),
    "MD5": (with_signer(digest="md5"), Reason.WEAK_DIGEST),
    "unknown digest": (with_signer(digest="1.2.3"), Reason.WEAK_DIGEST),
    "one of two by SHA-1": (with_more(replace(SIGNED, digest="sha1")), Reason.WEAK_DIGEST),
    "no From": (fact(from_fields=0, from_addresses=()), Reason.FROM_NOT_ONE),
    "two From": (fact(from_fields=2), Reason.FROM_NOT_ONE),
    "From without an address": (fact(from_addresses=()), Reason.FROM_NOT_ONE),
    "two addresses": (fact(from_addresses=(ALICE, ALICE)), Reason.FROM_NOT_ONE),
    "two From signed": (fact(signed_from_fields=2), Reason.FROM_NOT_ONE),
    "none signed": (fact(signed_from_fields=0, signed_from_addresses=()), Reason.FROM_NOT_ONE),
    "another From signed": (fact(signed_from_addresses=("b@x.fr",)), Reason.FROM_DIFFERS),
    "another From shown": (fact(from_addresses=("b@x.fr",)), Reason.FROM_DIFFERS),
    "not named": (with_finding(addresses=("bob@cabinet.example",)), Reason.NOT_NAMED),
    "no name": (with_finding(addresses=()), Reason.NOT_NAMED),
    "named in capitals": (with_finding(addresses=("ALICE@cabinet.example",)), Reason.NOT_NAMED),
    "named in the old place": (
        with_finding(addresses=(), weak_addresses=(ALICE,)),
        Reason.NAMED_WEAKLY,
    ),
    "signed later": (with_signer(signed_at=NOW + DAY), Reason.SIGNED_LATER),
    "signed before it was valid": (
        with_signer(signed_at=NOW - 101 * DAY),
        Reason.NOT_VALID_THEN,
    ),
    "not yet valid": (with_finding(from_at=NOW + 1), Reason.NOT_YET_VALID),
    "expired when it came": (with_finding(until_at=NOW - 2 * DAY), Reason.EXPIRED),
    "revoked": (
        with_finding(revocation=replace(LISTED, state=Revocation.REVOKED)),
        Reason.REVOKED,
    ),
    "revoked before it came": (
        with_finding(
            revocation=replace(LISTED, state=Revocation.REVOKED, revoked_at=NOW - 2 * DAY)
        ),
        Reason.REVOKED,
    ),
    "revoked since": (
        with_finding(revocation=replace(LISTED, state=Revocation.REVOKED, revoked_at=NOW)),
        Reason.REVOKED_SINCE,
    ),
    "no path": (with_finding(path=()), Reason.NO_ANCHOR),
    "one of two without an anchor": (
        with_more(replace(SIGNED, finding=replace(BOB, path=(), faults=(Reason.NO_ANCHOR,)))),
        Reason.NO_ANCHOR,
    ),
    **{
        f"fault: {each.value}": (with_finding(faults=(each,)), each)
        for each in list(Reason)[list(Reason).index(Reason.NO_ANCHOR) :]
        if each not in REMARKS
    },
    "fault: short key": (with_finding(faults=(Reason.SHORT_KEY,)), Reason.SHORT_KEY),
}
HARMLESS: dict[str, Change] = {
    "headers not signed": fact(signed_from_fields=None, signed_from_addresses=()),
    "opened once": fact(decryptions=1, sealing=Sealing.AUTHENTICATED),
    "opened, not authenticated": fact(decryptions=1, sealing=Sealing.UNAUTHENTICATED),
    "opaque": fact(detached=False, embedded=True),
    "no date": with_signer(signed_at=None),
    "revocation unknown": with_finding(revocation=RevocationFact(state=Revocation.UNKNOWN)),
    "another signs too": with_more(replace(SIGNED, finding=BOB)),
    "domain in capitals": fact(from_addresses=("alice@CABINET.example",)),
    "sha512": with_signer(digest="sha512"),
}


def test_with_every_fact_there_is_a_badge() -> None:
    found = verdict(PROVEN, Policy(), NOW)
    assert found.badge
    assert (found.level, found.reasons) == (Level.PROVEN, ())
    assert (found.signer, found.address) == (ALICES, ALICE)


@pytest.mark.parametrize("which", TAKEN_AWAY)
def test_without_one_necessary_fact_there_is_none_and_it_says_why(which: str) -> None:
    change, reason = TAKEN_AWAY[which]
    found = verdict(change(PROVEN), Policy(), NOW)
    assert not found.badge
    assert reason in found.reasons
    assert found.address == ""


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(sorted(TAKEN_AWAY)), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(sorted(HARMLESS)), max_size=3, unique=True),
    st.booleans(),
)
def test_no_company_makes_up_for_a_missing_fact(
    missing: list[str], others: list[str], strict: bool
) -> None:
    evidence = PROVEN
    for each in others:
        evidence = HARMLESS[each](evidence)
    for each in missing:  # last: nothing harmless may put back what was taken away
        evidence = TAKEN_AWAY[each][0](evidence)
    found = verdict(evidence, Policy(needs_revocation=strict), NOW)
    assert not found.badge, (missing, others)
    assert set(found.reasons) - REMARKS
    assert found.address == ""


@given(st.lists(st.sampled_from(sorted(HARMLESS)), max_size=6, unique=True))
def test_what_is_not_necessary_takes_nothing_away(others: list[str]) -> None:
    evidence = PROVEN
    for each in others:
        evidence = HARMLESS[each](evidence)
    assert verdict(evidence, Policy(), NOW).badge


@pytest.mark.parametrize(
    ("change", "level"),
    [
        (lambda _: Evidence(), Level.UNSIGNED),
        (TAKEN_AWAY["does not verify"][0], Level.BROKEN),
        (TAKEN_AWAY["revoked"][0], Level.BROKEN),
        (TAKEN_AWAY["nobody signed"][0], Level.BROKEN),
        (TAKEN_AWAY["detached with a content inside"][0], Level.BROKEN),
        (TAKEN_AWAY["a part is signed"][0], Level.PARTLY),
        (TAKEN_AWAY["two decryptions"][0], Level.PARTLY),
        (lambda e: TAKEN_AWAY["a part is signed"][0](with_signer(verified=False)(e)), Level.PARTLY),
        (TAKEN_AWAY["no path"][0], Level.UNPROVEN),
        (TAKEN_AWAY["revoked since"][0], Level.UNPROVEN),
        (lambda e: replace(TAKEN_AWAY["revoked since"][0](e), arrived_at=None), Level.BROKEN),
        (TAKEN_AWAY["unknown method"][0], Level.UNPROVEN),
        (TAKEN_AWAY["no certificate"][0], Level.UNPROVEN),
        (TAKEN_AWAY["not named"][0], Level.UNPROVEN),
        (lambda e: with_signer(certificate=None, verified=False, finding=None)(e), Level.UNPROVEN),
    ],
)
def test_each_kind_of_trouble_has_its_level(change: Change, level: Level) -> None:
    assert verdict(change(PROVEN), Policy(), NOW).level is level


def test_revocation_that_nobody_knows_is_said_or_refused_as_the_site_asks() -> None:
    unknown = HARMLESS["revocation unknown"](PROVEN)
    said = verdict(unknown, Policy(), NOW)
    assert (said.badge, said.reasons) == (True, (Reason.REVOCATION_UNKNOWN,))
    refused = verdict(unknown, Policy(needs_revocation=True), NOW)
    assert (refused.level, refused.reasons) == (Level.UNPROVEN, (Reason.REVOCATION_NEEDED,))


def test_a_letter_held_while_its_certificate_was_valid_keeps_its_badge() -> None:
    later = NOW + 1000 * DAY
    kept = verdict(PROVEN, Policy(), later)
    assert (kept.badge, kept.reasons) == (True, (Reason.EXPIRED_SINCE,))
    # Only our own clock counts: a signer can claim any date.
    for arrived in (None, NOW + 200 * DAY, later + DAY):
        assert (
            Reason.EXPIRED in verdict(replace(PROVEN, arrived_at=arrived), Policy(), later).reasons
        )


@pytest.mark.parametrize(
    ("evidence", "reasons"),
    [
        (Evidence(sealing=Sealing.CLOSED), (Reason.STAYS_SEALED,)),
        (Evidence(sealing=Sealing.AUTHENTICATED), (Reason.NOT_SIGNED, Reason.SEALED)),
        (
            Evidence(sealing=Sealing.UNAUTHENTICATED),
            (Reason.NOT_SIGNED, Reason.SEAL_NOT_AUTHENTICATED),
        ),
        (HARMLESS["opened, not authenticated"](PROVEN), (Reason.SEALED,)),
        (
            with_signer(verified=False)(HARMLESS["opened, not authenticated"](PROVEN)),
            (Reason.TAMPERED, Reason.SEAL_NOT_AUTHENTICATED),
        ),
        (HARMLESS["headers not signed"](PROVEN), (Reason.HEADERS_NOT_SIGNED,)),
    ],
)
def test_remarks_are_said_in_order(evidence: Evidence, reasons: tuple[Reason, ...]) -> None:
    assert verdict(evidence, Policy(), NOW).reasons == reasons


def test_addresses_are_one_mailbox_or_not() -> None:
    assert same_address("a@Exemple.FR", "a@exemple.fr")
    assert same_address("a@été.example", "a@xn--t-9fab.example")
    for one, other in (
        ("A@exemple.fr", "a@exemple.fr"),
        ("a@exemple.fr", "a@exemple.fr.autre"),
        ("a@exemple.fr", "b@exemple.fr"),
        ("", ""),
        ("a", "a"),
        ("@exemple.fr", "@exemple.fr"),
        ("a@", "a@"),
        ("a@exemple.fr\x00", "a@exemple.fr"),
    ):
        assert not same_address(one, other), (one, other)


def test_what_is_broken_is_no_mere_remark() -> None:
    assert not BROKEN & REMARKS


def test_the_words_name_the_certificate_and_the_age_of_what_is_known() -> None:
    found = verdict(replace(HARMLESS["headers not signed"](PROVEN)), Policy(), NOW)
    assert of_verdict(found) == f"signée par « Dr Alice Martin » ({ALICE})"
    assert of_reasons(found)[0] == "L'objet et la date ne sont pas signés."
    assert of_reasons(found)[-1].startswith("non révoqué, d'après une liste du ")
    hostile = replace(PROVEN, signers=(replace(SIGNED, finding=replace(ALICES, name="x\x1b[2J")),))
    assert "\x1b" not in of_verdict(verdict(hostile, Policy(), NOW))


@pytest.mark.parametrize("written", ["straße.example", "chu\u200d.example", "ﬁn.example"])
def test_a_domain_that_two_standards_read_differently_is_nobody_else_s(written: str) -> None:
    # RFC 3490 makes strasse of straße and forgets a joiner; by RFC 5891 it is another's domain.
    plain = written.encode("idna").decode("ascii")
    assert not same_address(f"a@{written}", f"a@{plain}")
    assert normal(written) == ""

"""The guard: what each recipient's way is, and that nothing insecure ever passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.ids import AccountId
from store.model.route import (
    Addressee,
    Content,
    Envelope,
    Route,
    Sealing,
    Sender,
    TrustSpace,
    Way,
)
from store.routing.decide import OLD_SECONDS, dispatches, route

NOW = 1_795_000_000
INS = "279035121518989"
INSIDE = Sender(
    account_id=AccountId(1),
    address="dr.alice@medecins.mssante.example",
    private_anchor=True,
    listed=True,
)
ORDINARY = Sender(
    account_id=AccountId(2), address="alice@courrier.fr", private_anchor=False, listed=False
)
SPACE = TrustSpace(known=True, published_at=NOW - 86_400, imported_at=NOW, domains=2)
LISTED = Addressee(email="bob@chu.mssante.example", listed=True)
STRANGER = Addressee(email="bob@boite.fr")
SEALING = Sealing(certificate_id=7, until=NOW + 1, trusted=True)
PATIENT = Addressee(email=f"{INS}@patient.mssante.fr", listed=True)


def decided(
    to: Addressee,
    *senders: Sender,
    content: Content | None = None,
    space: TrustSpace = SPACE,
) -> Route:
    return route(to, senders or (INSIDE,), content or Content(), space, now=NOW)


def test_inside_to_inside_goes_by_the_trust_space() -> None:
    assert decided(LISTED).way is Way.MSSANTE


def test_a_stranger_without_certificate_is_refused_and_told_why() -> None:
    found = decided(replace(STRANGER, others=("bob@chu.mssante.example",)))
    assert (found.way, found.reason) == (Way.REFUSED, "route.not_secure")
    assert found.offers == ("bob@chu.mssante.example",)


def test_from_outside_a_member_is_not_reached_by_the_trust_space() -> None:
    found = decided(LISTED, ORDINARY)
    assert (found.way, found.reason) == (Way.REFUSED, "route.account_outside")


def test_a_member_behind_public_authorities_is_not_inside() -> None:
    found = decided(LISTED, replace(INSIDE, private_anchor=False))
    assert (found.way, found.reason) == (Way.REFUSED, "route.account_anchor")


def test_another_account_that_has_a_way_is_taken_and_that_is_said() -> None:
    found = decided(LISTED, ORDINARY, INSIDE)
    assert (found.way, found.account_id) == (Way.MSSANTE, INSIDE.account_id)
    assert found.remarks == ("route.other_account",)


def test_a_secure_way_by_another_account_comes_before_a_clear_one_by_this() -> None:
    space = replace(SPACE, non_medical=True)
    found = decided(LISTED, ORDINARY, INSIDE, content=Content(non_medical="rdv"), space=space)
    assert found.way is Way.MSSANTE


def test_a_checked_certificate_seals_for_whoever_it_is() -> None:
    found = decided(replace(STRANGER, sealing=SEALING), ORDINARY)
    assert (found.way, found.certificate_id) == (Way.SMIME, 7)


@pytest.mark.parametrize(
    ("sealing", "reason"),
    [
        (replace(SEALING, until=NOW - 1), "route.certificate_expired"),
        (replace(SEALING, trusted=False), "route.certificate_untrusted"),
    ],
)
def test_a_bad_certificate_seals_nothing(sealing: Sealing, reason: str) -> None:
    for content in (Content(), Content(seal=True), Content(was_sealed=True)):
        found = decided(replace(STRANGER, sealing=sealing), content=content)
        assert (found.way, found.reason) == (Way.REFUSED, reason)


def test_what_came_sealed_leaves_sealed_only_even_inside_the_trust_space() -> None:
    found = decided(LISTED, content=Content(was_sealed=True))
    assert (found.way, found.reason) == (Way.REFUSED, "route.was_sealed")
    sealed = decided(replace(LISTED, sealing=SEALING), content=Content(was_sealed=True))
    assert sealed.way is Way.SMIME


def test_asked_to_be_sealed_it_is_or_it_stays() -> None:
    assert decided(replace(LISTED, sealing=SEALING), content=Content(seal=True)).way is Way.SMIME
    assert decided(LISTED, content=Content(seal=True)).reason == "route.no_certificate"


def test_a_patient_is_written_to_by_their_own_qualified_ins_from_inside() -> None:
    about = Content(patient=INS)
    assert decided(PATIENT, content=about).way is Way.PATIENT
    assert decided(PATIENT, ORDINARY, content=about).reason == "route.account_outside"
    public = replace(INSIDE, private_anchor=False)
    assert decided(PATIENT, public, content=about).reason == "route.account_anchor"
    assert decided(PATIENT).reason == "route.patient_not_qualified"
    other = Content(patient="188029905412350")
    assert decided(PATIENT, content=other).reason == "route.patient_not_qualified"
    wrong = replace(PATIENT, email="279035121518988@patient.mssante.fr")
    assert decided(wrong, content=about).reason == "route.patient_key"


def test_an_apicrypt_address_goes_by_the_vendors_program_or_not_at_all() -> None:
    to = Addressee(email="bob.durand@medical03.apicrypt.org")
    vendor = replace(
        ORDINARY, address="alice.martin@medical03.apicrypt.org", vendor=True, private_anchor=False
    )
    assert decided(to, vendor).way is Way.APICRYPT
    assert decided(to, vendor).envelope is Envelope.VENDOR
    assert decided(to).reason == "route.apicrypt"
    assert decided(replace(to, listed=True)).way is Way.MSSANTE


def test_the_same_operator_is_a_way_when_the_site_chose_its_authority() -> None:
    here = replace(ORDINARY, private_anchor=True)
    colleague = Addressee(email="bob@Courrier.FR")
    assert decided(colleague, here).way is Way.OPERATOR
    assert decided(colleague, ORDINARY).way is Way.REFUSED
    assert decided(Addressee(email="bob@sous.courrier.fr"), here).way is Way.REFUSED


def test_addresses_for_exercises_serve_until_a_list_is_imported() -> None:
    to = Addressee(email="bob@cabinet.example")
    assert decided(to, ORDINARY, space=TrustSpace()).way is Way.EXERCISE
    assert decided(to, ORDINARY).way is Way.REFUSED
    real = decided(STRANGER, ORDINARY, space=TrustSpace())
    assert (real.way, real.reason) == (Way.REFUSED, "route.no_list")


def test_a_clear_message_needs_the_site_a_reason_and_no_document() -> None:
    said, open_site = Content(non_medical="rendez-vous"), replace(SPACE, non_medical=True)
    assert decided(STRANGER, content=said, space=open_site).way is Way.NON_MEDICAL
    assert decided(STRANGER, content=said).reason == "route.non_medical_forbidden"
    assert decided(STRANGER, space=open_site).way is Way.REFUSED
    with_document = replace(said, documents=True)
    found = decided(STRANGER, content=with_document, space=open_site)
    assert found.reason == "route.non_medical_documents"


def test_a_look_alike_is_called_out() -> None:
    found = decided(replace(STRANGER, resembles="boites.fr"))
    assert (found.reason, found.resembles) == ("route.resembles", "boites.fr")
    sealed = decided(replace(STRANGER, resembles="boites.fr", sealing=SEALING))
    assert (sealed.way, sealed.remarks) == (Way.SMIME, ("route.resembles",))


def test_an_old_list_is_said() -> None:
    old = replace(SPACE, published_at=NOW - OLD_SECONDS - 1)
    assert decided(LISTED, space=old).remarks == ("route.list_old",)


def test_people_reached_alike_are_one_message_and_one_refusal_holds_all() -> None:
    a, b = decided(LISTED), decided(replace(LISTED, email="eve@chu.mssante.example"))
    sealed = decided(replace(STRANGER, sealing=SEALING))
    found = dispatches([a, sealed, b])
    assert [(d.envelope, d.emails) for d in found] == [
        (Envelope.PLAIN, (a.email, b.email)),
        (Envelope.SEALED, (sealed.email,)),
    ]
    assert dispatches([a, decided(STRANGER)]) == ()


senders = st.builds(
    Sender,
    account_id=st.integers(1, 3).map(AccountId),
    address=st.sampled_from(["a@x.fr", "a@chu.mssante.example", "a@medical03.apicrypt.org"]),
    private_anchor=st.booleans(),
    listed=st.booleans(),
    vendor=st.booleans(),
)
addressees = st.builds(
    Addressee,
    email=st.sampled_from(
        [
            "b@x.fr",
            "b@y.fr",
            "b@z.test",
            "b@medical03.apicrypt.org",
            PATIENT.email,
            "1@" + "patient.mssante.fr",
        ]
    ),
    listed=st.booleans(),
    sealing=st.none()
    | st.builds(
        Sealing,
        certificate_id=st.just(1),
        until=st.integers(NOW - 1, NOW + 1),
        trusted=st.booleans(),
    ),
    resembles=st.sampled_from(["", "x.fr"]),
)
contents = st.builds(
    Content,
    seal=st.booleans(),
    was_sealed=st.booleans(),
    documents=st.booleans(),
    patient=st.sampled_from(["", INS]),
    non_medical=st.sampled_from(["", "rdv"]),
)
spaces = st.builds(TrustSpace, known=st.booleans(), non_medical=st.booleans())


@given(addressees, st.lists(senders, min_size=1, max_size=3), contents, spaces)
def test_no_way_is_given_without_what_makes_it_secure(
    to: Addressee, accounts: list[Sender], content: Content, space: TrustSpace
) -> None:
    found = route(to, accounts, content, space, now=NOW)
    by = [s for s in accounts if s.account_id == found.account_id]
    sealable = to.sealing is not None and to.sealing.trusted and to.sealing.until >= NOW
    if content.seal or content.was_sealed:
        assert found.way in (Way.SMIME, Way.REFUSED)
    if found.way is Way.SMIME:
        assert sealable
    if found.way in (Way.MSSANTE, Way.PATIENT):
        assert any(s.inside for s in by)
    if found.way is Way.MSSANTE:
        assert to.listed
    if to.email.endswith("@patient.mssante.fr") and found.way not in (Way.SMIME, Way.REFUSED):
        assert found.way is Way.PATIENT
        assert content.patient == INS
        assert to.email.startswith(INS)
    if found.way is Way.EXERCISE:
        assert not space.known
        assert to.email.endswith(".test")
    if found.way is Way.NON_MEDICAL:
        assert space.non_medical
        assert content.non_medical
        assert not content.documents
    if found.way is Way.REFUSED:
        assert found.reason

"""Which document took the place of which, whatever came first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.model.document import ENTRY, Identifier, Status
from store.model.health import Superseding, Versioned
from store.model.ids import DocumentId, EmailId, PatientId
from sync.documents.superseding import announces, superseder, supersedes

OID = "1.2.250.1.999"
OLD = Versioned(
    id=DocumentId(1),
    email_id=EmailId(1),
    fingerprint=b"1",
    identifier=Identifier(root=OID, extension="CR-1"),
    set_identifier=Identifier(root=OID, extension="SERIE"),
    version=1,
    replaces=frozenset(),
    status=Status.FINAL,
    corrects=False,
    kind=("11502-2", "cr"),
    service="20261123",
    made_at=100,
    patient_id=PatientId(1),
    sender_email="labo@port.example",
    subject="XDM/1.0/DDM+CR BERNARD PAULE 21/03/1969",
)
NEW = replace(
    OLD,
    id=DocumentId(2),
    email_id=EmailId(2),
    fingerprint=b"2",
    identifier=Identifier(root=OID, extension="CR-2"),
    set_identifier=None,
    version=None,
    made_at=200,
)
CORRECTED = replace(NEW, corrects=True, status=Status.CORRECTED)


@pytest.mark.parametrize(
    ("new", "how"),
    [
        (replace(NEW, replaces=frozenset({OLD.identifier})), Superseding.REPLACED),
        (replace(NEW, set_identifier=OLD.set_identifier, version=2), Superseding.VERSION),
        (CORRECTED, Superseding.CORRECTED),
        (replace(CORRECTED, status=Status.DELETED), Superseding.DELETED),
        (replace(CORRECTED, status=Status.FINAL), Superseding.ANNOUNCED),
        (
            replace(CORRECTED, identifier=OLD.identifier, status=Status.DELETED),
            Superseding.DELETED,
        ),
    ],
)
def test_one_that_says_so_takes_the_place_of_the_old_one_and_not_the_other_way(
    new: Versioned, how: Superseding
) -> None:
    assert supersedes(new, OLD) is how
    assert supersedes(OLD, new) is None


@pytest.mark.parametrize(
    "new",
    [
        NEW,
        replace(NEW, set_identifier=OLD.set_identifier, version=None),
        replace(CORRECTED, patient_id=PatientId(2)),
        replace(CORRECTED, kind=("", "autre")),
        replace(CORRECTED, service="20261122"),
        replace(CORRECTED, made_at=99),
        replace(CORRECTED, sender_email="autre@port.example"),
        replace(
            NEW, replaces=frozenset({OLD.identifier}), sender_email="quelquun@ailleurs.example"
        ),
        replace(NEW, identifier=OLD.identifier),
        replace(NEW, identifier=OLD.identifier, replaces=frozenset({OLD.identifier})),
    ],
)
def test_what_does_not_say_so_or_is_anothers_takes_nobodys_place(new: Versioned) -> None:
    assert supersedes(new, OLD) is None


def test_where_nothing_says_the_day_the_subject_must_be_the_same() -> None:
    old = replace(OLD, service="", patient_id=None, subject="CR BERNARD PAULE 21/03/1969")
    new = replace(
        CORRECTED,
        service="",
        patient_id=None,
        status=Status.UNKNOWN,
        subject="[Annule et remplace] CR Bernard Paule 21/03/1969",
    )
    assert supersedes(new, old) is Superseding.ANNOUNCED
    assert supersedes(new, replace(old, subject="CR MARTIN Jean 01/01/1950")) is None
    same = "Compte rendu"
    assert supersedes(replace(new, subject=same), replace(old, subject=same)) is None


def test_a_number_that_nobody_gave_names_a_document_of_its_patient_only() -> None:
    number = Identifier(root="", extension="1")
    old = replace(OLD, identifier=number, kind=("", "autre"))
    gone = replace(CORRECTED, identifier=number, status=Status.DELETED)
    assert supersedes(gone, old) is Superseding.DELETED
    assert supersedes(gone, replace(old, patient_id=PatientId(2))) is None
    names = replace(NEW, replaces=frozenset({number}))
    assert supersedes(names, old) is Superseding.REPLACED
    assert supersedes(names, replace(old, patient_id=PatientId(2))) is None


SHARED = ("dr.un@medecin.mssante.fr", "dr.deux@medecin.mssante.fr")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        SHARED,
        ("1@patient.mssante.fr", "2@patient.mssante.fr"),
        ("a@x.apicrypt.org", "b@x.apicrypt.org"),
        ("", ""),
    ],
)
def test_who_only_shares_a_provider_takes_nothing_back(ours: str, theirs: str) -> None:
    names = replace(NEW, replaces=frozenset({OLD.identifier}), sender_email=ours)
    assert supersedes(names, replace(OLD, sender_email=theirs)) is None
    if ours:
        assert supersedes(names, replace(OLD, sender_email=ours)) is Superseding.REPLACED


def test_another_box_of_the_same_house_takes_back_what_it_names() -> None:
    names = replace(
        NEW, replaces=frozenset({OLD.identifier}), sender_email="secretariat@port.example"
    )
    assert supersedes(names, OLD) is Superseding.REPLACED


def test_a_set_that_nobody_numbered_is_of_one_patient_only() -> None:
    number = Identifier(root="", extension="1")
    old = replace(OLD, set_identifier=number)
    new = replace(NEW, set_identifier=number, version=2)
    assert supersedes(new, old) is Superseding.VERSION
    assert supersedes(new, replace(old, patient_id=PatientId(2))) is None
    assert supersedes(replace(new, patient_id=None), replace(old, patient_id=None)) is None


def test_one_that_announces_it_needs_no_version_and_a_lower_one_replaces_nothing() -> None:
    again = replace(CORRECTED, set_identifier=OLD.set_identifier, status=Status.FINAL)
    assert supersedes(again, OLD) is Superseding.ANNOUNCED
    assert supersedes(replace(again, version=1), OLD) is None


def test_of_two_that_name_each_other_the_later_one_stands() -> None:
    old = replace(OLD, replaces=frozenset({NEW.identifier}), version=None, set_identifier=None)
    new = replace(NEW, replaces=frozenset({OLD.identifier}))
    assert supersedes(new, old) is Superseding.REPLACED
    assert supersedes(old, new) is None


def test_an_entry_of_a_registry_is_followed_for_its_patient_and_its_house() -> None:
    old = replace(OLD, entry="0f0f0f0f-0000-4000-8000-000000000001")
    names = replace(NEW, replaces=frozenset({Identifier(root=ENTRY, extension=old.entry)}))
    assert supersedes(names, old) is Superseding.REPLACED
    assert supersedes(names, replace(old, patient_id=PatientId(2))) is None
    assert supersedes(names, replace(old, sender_email="labo@ailleurs.example")) is None
    assert supersedes(names, OLD) is None


def test_a_root_alone_names_a_document_of_its_patient_only() -> None:
    whole = Identifier(root="2.25.100", extension="")
    old = replace(OLD, identifier=whole, set_identifier=whole)
    names = replace(NEW, replaces=frozenset({whole}))
    later = replace(NEW, set_identifier=whole, version=2)
    assert supersedes(names, old) is Superseding.REPLACED
    assert supersedes(later, old) is Superseding.VERSION
    for new in (names, later):
        assert supersedes(new, replace(old, patient_id=PatientId(2))) is None


def test_of_several_the_last_version_is_the_one() -> None:
    versions = [
        replace(NEW, id=DocumentId(n), set_identifier=OLD.set_identifier, version=n, made_at=n)
        for n in (3, 2, 4)
    ]
    best = superseder(OLD, versions)
    assert best is not None
    assert best[0].version == 4


@given(st.permutations([OLD, CORRECTED, replace(CORRECTED, id=DocumentId(3), made_at=300)]))
@settings(deadline=None)
def test_the_order_in_which_they_are_seen_changes_nothing(seen: list[Versioned]) -> None:
    best = superseder(OLD, seen)
    assert best is not None
    assert best[0].id == 3


def test_the_mark_is_known_however_it_is_spelled() -> None:
    assert announces("XDM/1.0/DDM+[ANNULE  et remplace] CR")
    assert not announces("Annule et remplace mon dernier rendez-vous")

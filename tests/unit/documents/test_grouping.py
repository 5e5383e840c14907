"""Who is one patient: whatever the order, and never two INS in one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.db.identities import patients_told_of
from store.db.open import Connection, write
from store.model.document import Identifier, Sex, Traits
from store.model.health import Certainty, IdentityFacts
from store.model.ids import IdentityId
from sync.documents.grouping import groups
from sync.documents.identity import certainty_of, contradicts, facts_of, sure_ins
from sync.documents.regrouping import regroup
from sync.documents.traits import compare
from tests.unit.documents.cda_maker import INS, NIR, ins

OTHER_INS = ins("1790369123046")
STRICT = Traits(
    birth_name="BERNARD", given_names=("PAULE",), birth_day="1969-03-21", sex=Sex.FEMALE
)
SURE = replace(STRICT, ins=INS, ins_root=NIR)
traits = st.builds(
    Traits,
    ins=st.sampled_from(["", INS, OTHER_INS]),
    ins_root=st.just(NIR),
    birth_name=st.sampled_from(["", "BERNARD", "Bernard", "MARTIN"]),
    used_name=st.sampled_from(["", "MARTIN", "D'YS"]),
    given_names=st.sampled_from([(), ("PAULE",), ("PAULE", "ANNE"), ("LINE",)]),
    birth_day=st.sampled_from(["", "1969-03-21", "1969", "1969-03-22"]),
    sex=st.sampled_from([Sex.FEMALE, Sex.MALE, Sex.UNKNOWN]),
    identifiers=st.sampled_from([(), (Identifier(root="1.2", extension="7"),)]),
)
several = st.lists(traits, min_size=1, max_size=6)


def partition(told: list[Traits]) -> set[frozenset[str]]:
    by = {IdentityId(n): each for n, each in enumerate(told)}
    return {frozenset(repr(by[one]) for one in each.members) for each in groups(by)}


@given(several, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_grouping_does_not_depend_on_the_order(told: list[Traits], random) -> None:
    told = list(dict.fromkeys(told))
    other = list(told)
    random.shuffle(other)
    assert partition(told) == partition(other)


@given(several)
@settings(max_examples=150, deadline=None)
def test_no_two_of_a_group_contradict_each_other(told: list[Traits]) -> None:
    by = {IdentityId(n): each for n, each in enumerate(told)}
    for group in groups(by):
        for a, b in combinations(group.members, 2):
            assert not contradicts(compare(by[a], by[b]))
        assert len({sure_ins(by[each]) for each in group.members} - {""}) <= 1


def test_the_same_ins_and_traits_are_one_and_a_sex_that_differs_is_shown_apart() -> None:
    typo = replace(SURE, sex=Sex.MALE)
    found = groups({IdentityId(1): SURE, IdentityId(2): replace(SURE, birth_place="69123")})
    assert [each.certainty for each in found] == [Certainty.CERTAIN]
    assert len(groups({IdentityId(1): SURE, IdentityId(2): typo})) == 2
    assert certainty_of(compare(SURE, typo)) is Certainty.CONFLICT


def test_without_an_ins_who_could_be_either_is_neither() -> None:
    other = replace(SURE, ins=OTHER_INS)
    place = replace(STRICT, birth_place="LYON")
    told = {IdentityId(n): each for n, each in enumerate([SURE, other, STRICT, place])}
    assert {each.members for each in groups(told)} == {(0,), (1,), (2, 3)}


def test_a_name_without_a_day_is_nobody_elses() -> None:
    bare = Traits(used_name="BERNARD", given_names=("PAULE",))
    one, other = facts_of(bare, b"a"), facts_of(bare, b"b")
    assert one is not None
    assert other is not None
    assert one.fingerprint != other.fingerprint
    known, again = facts_of(STRICT, b"a"), facts_of(replace(STRICT, address="Lyon"), b"b")
    assert known is not None
    assert again is not None
    assert known.fingerprint == again.fingerprint


@given(traits, traits)
@settings(max_examples=200, deadline=None)
def test_two_that_are_alike_share_a_key(one: Traits, other: Traits) -> None:
    ours, theirs = facts_of(one, b"1"), facts_of(other, b"2")
    if ours and theirs and certainty_of(compare(one, other)) is not None:
        assert set(ours.keys) & set(theirs.keys)


TOLD = (
    SURE,
    replace(SURE, ins=OTHER_INS),
    STRICT,
    Traits(used_name="BERNARD", given_names=("PAULE",), birth_day="1969-03-21"),
)


@pytest.mark.parametrize("order", list(permutations(range(len(TOLD))))[::2])
def test_the_store_groups_alike_whatever_came_first(db: Connection, order: list[int]) -> None:
    known: dict[IdentityId, int] = {}
    for place in order:
        facts = facts_of(TOLD[place], b"x")
        assert facts is not None
        with write(db):
            known[told(db, facts)] = place
            regroup(db)
    by: dict[object, set[int]] = {}
    for identity, patient in patients_told_of(db, known).items():
        by.setdefault(patient, set()).add(known[identity])
    assert sorted(map(sorted, by.values())) == [[0], [1], [2], [3]]
    certain = db.execute("SELECT certainty FROM identity_likeness WHERE one < other").fetchall()
    assert sorted(certain) == [("possible",)] * 4 + [("probable",)] * 2


def told(db: Connection, facts: IdentityFacts) -> IdentityId:
    """An identity that a document has."""
    from store.db.identities import keep_identity

    id_ = keep_identity(db, facts)
    db.execute(
        "INSERT INTO account (id, name, address, imap_host, imap_port, smtp_host, smtp_port, tls,"
        " user) VALUES (1, 'c', 'a@b.example', 'h', 1, 'h', 1, 'implicit', 'u')"
        " ON CONFLICT DO NOTHING"
    )
    email = db.execute(
        "INSERT INTO email (account_id, size, received_at) VALUES (1, 1, 1) RETURNING id"
    ).fetchone()[0]
    db.execute(
        "INSERT INTO health_document (email_id, position, part, fingerprint, format, identity_id,"
        " coding, facts) VALUES (?, 0, '1', x'00', 'pdf', ?, 'raw', x'7b7d')",
        (email, id_),
    )
    return id_

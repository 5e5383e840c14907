"""Whether two documents are about one patient: never by a guess."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.document import Identifier, Sex, Traits
from sync.documents.traits import Degree, compare, plain_name
from tests.unit.documents.cda_maker import NIR, ins

NIA = "1.2.250.1.213.1.4.9"
ONE = Traits(
    ins=ins(),
    ins_root=NIR,
    birth_name="BERNARD",
    used_name="D'YS",
    given_names=("PAULE", "MARIE"),
    birth_day="1969-03-21",
    sex=Sex.FEMALE,
    birth_place="69123",
    identifiers=(Identifier(root="1.2.3", extension="IPP7"),),
)
BARE = replace(ONE, ins="", ins_root="", identifiers=())
OTHER_INS = ins("2690369123046")
CASES = {
    "the same of all": (ONE, ONE, Degree.CERTAIN),
    "another spelling": (
        ONE,
        replace(ONE, birth_name="Bernàrd", given_names=("paule",)),
        Degree.CERTAIN,
    ),
    "the place in words": (ONE, replace(ONE, birth_place="LYON"), Degree.CERTAIN),
    "INS whose key fails": (
        *[replace(ONE, ins="269036912304500", identifiers=())] * 2,
        Degree.PROBABLE,
    ),
    "INS of another authority": (ONE, replace(ONE, ins_root=NIA, identifiers=()), Degree.PROBABLE),
    "no INS, four traits": (BARE, BARE, Degree.PROBABLE),
    "INS and the used name": (ONE, replace(ONE, birth_name="", sex=Sex.UNKNOWN), Degree.PROBABLE),
    "a number of the house": (
        replace(ONE, ins=""),
        replace(ONE, ins="", sex=Sex.UNKNOWN),
        Degree.PROBABLE,
    ),
    "INS alone": (ONE, Traits(ins=ONE.ins, ins_root=NIR), Degree.POSSIBLE),
    "name and day": (BARE, Traits(used_name="BERNARD", birth_day="1969-03-21"), Degree.POSSIBLE),
    "INS with another day": (ONE, replace(ONE, birth_day="1969-03-12"), Degree.POSSIBLE),
    "four traits with another INS": (ONE, replace(ONE, ins=OTHER_INS), Degree.POSSIBLE),
    "a name alone": (BARE, Traits(birth_name="BERNARD", given_names=("PAULE",)), Degree.UNKNOWN),
    "a day alone": (BARE, Traits(birth_day="1969-03-21"), Degree.UNKNOWN),
    "nothing": (ONE, Traits(), Degree.UNKNOWN),
    "a year": (BARE, replace(BARE, birth_day="1969"), Degree.UNKNOWN),
    "twins": (BARE, replace(BARE, given_names=("LINE",)), Degree.DIFFERENT),
    "another day": (BARE, replace(BARE, birth_day="1969-03-12"), Degree.DIFFERENT),
    "another year": (BARE, replace(BARE, birth_day="1970"), Degree.DIFFERENT),
    "another sex": (BARE, replace(BARE, sex=Sex.MALE), Degree.DIFFERENT),
    "another name": (BARE, replace(BARE, birth_name="MARTIN", used_name=""), Degree.DIFFERENT),
    "a name that only begins alike": (
        BARE,
        replace(BARE, given_names=("PAULE-ANNE",)),
        Degree.POSSIBLE,
    ),
    "a used name in common": (
        BARE,
        Traits(used_name="D YS", birth_day="1969-03-21"),
        Degree.POSSIBLE,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_how_sure_it_is(case: str) -> None:
    one, other, degree = CASES[case]
    assert compare(one, other).degree is degree


def test_reasons_are_told() -> None:
    assert compare(ONE, replace(ONE, birth_day="1969-03-12", identifiers=())).reasons == (
        *("traits.ins_same", "traits.birth_name_same", "traits.name_same", "traits.given_same"),
        *("traits.sex_same", "traits.place_same", "traits.day_differs"),
    )


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("Éléonore-Anne d’Ys", "ELEONORE ANNE D YS"),
        ("  LE  GOFF ", "LE GOFF"),
        ("Lœuillet", "LOEUILLET"),
        ("ß", "SS"),
        ("—", ""),
    ],
)
def test_a_name_in_its_one_spelling(said: str, plain: str) -> None:
    assert plain_name(said) == plain


NAMES = st.sampled_from(["", "BERNARD", "Bernard", "MARTIN", "D'YS"])
TRAITS = st.builds(
    Traits,
    ins=st.sampled_from(["", ins(), OTHER_INS, "269036912304500"]),
    ins_root=st.sampled_from(["", NIR, NIA]),
    birth_name=NAMES,
    used_name=NAMES,
    given_names=st.sampled_from([(), ("PAULE",), ("PAULE ANNE",), ("LUC",)]),
    used_given_name=st.sampled_from(["", "PAULE", "LUC"]),
    birth_day=st.sampled_from(["", "1969", "1969-03", "1969-03-21", "1969-03-12"]),
    sex=st.sampled_from(list(Sex)),
    birth_place=st.sampled_from(["", "69123", "LYON", "75056"]),
    identifiers=st.sampled_from([(), (Identifier(root="1.2.3", extension="7"),)]),
)
FACTS = ["ins", "birth_name", "used_name", "given_names", "used_given_name", "birth_day", "sex"]
FACTS += ["birth_place", "identifiers"]
NONE = Traits()


@given(TRAITS, TRAITS)
def test_the_order_does_not_matter(one: Traits, other: Traits) -> None:
    assert compare(one, other) == compare(other, one)


@given(TRAITS, TRAITS, st.sampled_from(FACTS))
def test_a_missing_fact_never_makes_surer(one: Traits, other: Traits, fact: str) -> None:
    """Not surer than if both said the same; and where nothing speaks against, not surer at all."""
    less = replace(one, **{fact: getattr(NONE, fact)})
    agreed = replace(one, **{fact: getattr(other, fact)})
    if getattr(other, fact) and fact not in ("used_name", "used_given_name"):
        agreed = replace(agreed, ins_root=other.ins_root) if fact == "ins" else agreed
        assert compare(less, other).degree <= compare(agreed, other).degree
    before = compare(one, other)
    if not any(reason.endswith("_differs") for reason in before.reasons):
        assert compare(less, other).degree <= before.degree


@given(TRAITS, TRAITS)
def test_certain_needs_the_matricule_and_every_strict_trait(one: Traits, other: Traits) -> None:
    if compare(one, other).degree is Degree.CERTAIN:
        assert one.ins == other.ins
        assert one.ins_root == other.ins_root
        assert all((one.birth_name, one.given_names, one.birth_day, one.sex))


@given(TRAITS)
def test_who_says_enough_is_themselves(one: Traits) -> None:
    assert compare(one, one).degree is not Degree.DIFFERENT

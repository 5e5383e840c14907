"""The wrong-patient guard: two sources that name different patients never send."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from store.model.document import Sex, Traits
from store.model.drop_options import FoundIn
from sync.documents.traits import plain_name
from sync.drop import identity
from sync.drop.identity import (
    MOST_PATIENTS,
    Named,
    are_one,
    may_be_one,
    merged,
    objection,
    patient_key,
)
from sync.drop.reasons import Reason
from tests.unit.documents.cda_maker import ins

NAMES = ("VALMIÈRE", "LE GOFF", "D'YS", "BERNARD", "KERMADEC")
GIVEN = ("Jeanne", "Zoé", "Éléonore-Anne", "Loïc")
DAYS = ("1979-03-28", "1984-02-03", "2001-12-31")
identities = st.builds(
    lambda name, given, day, sex: Traits(
        birth_name=name, given_names=(given,), birth_day=day, sex=sex
    ),
    *(st.sampled_from(each) for each in (NAMES, GIVEN, DAYS, (Sex.FEMALE, Sex.MALE))),
)


def named(*people: Traits) -> list[Named]:
    """Each by a source of its own."""
    sources = (FoundIn.SIDECAR, FoundIn.HPRIM, FoundIn.NAME)
    return [Named(origin=n, found_in=sources[n % 3], traits=each) for n, each in enumerate(people)]


@given(st.lists(identities, min_size=2, max_size=5))
def test_it_never_sends_when_two_sources_name_different_patients(people: list[Traits]) -> None:
    assume(len(set(people)) > 1)
    assert objection(named(*people)) == Reason.PATIENTS_DIFFER


@given(identities, st.lists(st.sampled_from(["upper", "spaced", "less"]), max_size=4))
def test_one_patient_however_spelt_is_one(who: Traits, spellings: list[str]) -> None:
    others = {
        "upper": Traits(birth_name=plain_name(who.birth_name), given_names=who.given_names),
        "spaced": Traits(used_name=who.birth_name.replace("'", " "), birth_day=who.birth_day),
        "less": Traits(birth_day=who.birth_day[:4]),
    }
    assert objection(named(who, *(others[each] for each in spellings))) == ""


@given(identities, identities)
def test_a_page_of_somebody_else_never_leaves(who: Traits, other: Traits) -> None:
    assume(who.birth_name != other.birth_name or who.birth_day != other.birth_day)
    year, month, day = other.birth_day.split("-")
    page = f"{other.birth_name} {other.given_names[0]}, née le {day}/{month}/{year}\nSodium 140"
    assert objection(named(who), [page])


def test_homonyms_are_told_apart_by_their_day_or_their_matricule() -> None:
    one = Traits(birth_name="LE GOFF", given_names=("Zoé",), birth_day="1984-02-03")
    later = Traits(birth_name="LE GOFF", given_names=("Zoé",), birth_day="1984-02-04")
    assert objection(named(one, later)) == Reason.PATIENTS_DIFFER
    here = Traits(birth_name="LE GOFF", ins=ins("2840229123045"))
    there = Traits(birth_name="LE GOFF", ins=ins("2840230123045"))
    assert objection(named(here, there)) == Reason.PATIENTS_DIFFER


WHO = Traits(
    birth_name="VALMIÈRE", given_names=("Jeanne",), birth_day="1979-03-28", ins=ins("2790375123045")
)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("Mme Jeanne VALMIERE, née le 28/03/1979", ""),
        ("Date de naissance : 28-03-1979  Valmière", ""),
        ("", ""),
        ("   \n ", ""),
        ("Mme Jeanne MARTIN", Reason.NOT_IN_PDF),
        ("VALMIÈRE, né(e) le 29/03/1979", Reason.PATIENTS_DIFFER),
        (f"VALMIÈRE, matricule {ins('2790376123045')}", Reason.PATIENTS_DIFFER),
        (f"VALMIÈRE, matricule {ins('2790375123045')}", ""),
        ("VALMIÈRE, reçu le 24/11/2026", ""),
        ("VALMIÈREVIEILLE", Reason.NOT_IN_PDF),
        ("Mme VALMIÈRE, née le 28/03/79", ""),
        ("Mme VALMIÈRE, née le 29/03/79", Reason.PATIENTS_DIFFER),
        ("Mme VALMIÈRE, née le 28/03/79 (date de naissance : 28/03/1979)", ""),
        ("Mme Zoé VALMIERE, née le 28/03/1979", Reason.NOT_IN_PDF),
        ("Madame VALMIERE Zoé, née le 28/03/1979", Reason.NOT_IN_PDF),
        ("Nom : VALMIERE\nPrénom : Zoé\nDDN 28/03/1979", Reason.NOT_IN_PDF),
        ("Mme J. VALMIERE, née le 28/03/1979", ""),
        ("Mme VALMIERE J, née le 28/03/1979", ""),
        ("Mme VALMIERE née MARTIN, prénom(s) : JEANNE", ""),
        ("Mme Jeanne VALMIERE, chez Monsieur Paul VALMIERE", ""),
        ("Mme VALMIERE présente une anémie", ""),
        ("Mme VALMIERE  Sexe : F", ""),
        ("VALMIERE Zoé, née le 28/03/1979", Reason.NOT_IN_PDF),
        ("VALMIERE Zoé\nNée le 28/03/1979", Reason.NOT_IN_PDF),
        ("Zoé VALMIERE (DDN : 28/03/1979)", Reason.NOT_IN_PDF),
        ("VALMIERE Zoé, née le 28/03/1979, jumelle de Jeanne", Reason.NOT_IN_PDF),
        ("VALMIERE J. née le 28/03/1979", ""),
        ("Patiente VALMIERE née le 28/03/1979", ""),
        ("VALMIERE née MARTIN née le 28/03/1979", ""),
        ("Laboratoire des Tilleuls\nVALMIERE\nDate de naissance : 28/03/1979", ""),
        ("Mme VALMIERE\nDr Zoé KERMADEC\nM. Paul BERNARD", ""),
    ],
)
def test_the_words_of_the_document_confirm_or_deny(page: str, reason: str) -> None:
    assert objection(named(WHO), [page]) == reason


@pytest.mark.parametrize(
    ("called", "page", "reason"),
    [
        ("Jean-Pierre", "M. LE GOFF JEANPIERRE", ""),
        ("Jean-Pierre", "M. LEGOFF Jean-Pierre", ""),
        ("Jean-Pierre", "M. LEGOFF Paul", Reason.NOT_IN_PDF),
        ("Jean-Pierre", "M. ILEGOFFE Jean-Pierre", Reason.NOT_IN_PDF),
        ("Jean-Pierre", "M. Jean Pierre Le Goff", ""),
        ("Jean-Pierre", "M. LE GOFF Jean-Paul", Reason.NOT_IN_PDF),
        ("Éléonore", "Mme ELEONORE LE GOFF", ""),
        ("Marie-Léa", "Enfant Marie-Zoé LE GOFF", Reason.NOT_IN_PDF),
    ],
)
def test_twins_are_told_apart_by_what_they_are_called(called: str, page: str, reason: str) -> None:
    who = Traits(birth_name="LE GOFF", given_names=(called,), birth_day="2020-01-02")
    assert objection(named(who), [page]) == reason


@pytest.mark.parametrize(
    "before",
    [
        *("Date de naiss. : ", "Date naissance : ", "Naissance ", "née ", "Né(e) : ", "D.D.N. : "),
        *("née MARTIN le ", "née à Rennes le ", "Date de naissance (JJ/MM/AAAA) : ", "DN : "),
        *("date de naissance : mercredi ", "ne\u0301e le\u00a0"),
    ],
)
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        *(("29/03/1979", Reason.PATIENTS_DIFFER), ("28/03/1979", "")),
        *(("29 mars 1979", Reason.PATIENTS_DIFFER), ("28 mars 1979", "")),
        *(("29 / 03 / 1979", Reason.PATIENTS_DIFFER), ("28 03 1979", "")),
        *(("1979/03/29", Reason.PATIENTS_DIFFER), ("1er févr. 1980", Reason.PATIENTS_DIFFER)),
        ("28 courant 1979", ""),
    ],
)
def test_a_birth_is_read_however_a_laboratory_prints_it(before: str, day: str, reason: str) -> None:
    assert objection(named(WHO), [f"VALMIERE Jeanne {before}{day}"]) == reason


def test_what_is_no_birth_denies_nothing() -> None:
    page = (
        "VALMIERE Jeanne, ne pas prendre le 12/11/2026 ; connaissance 12/11/2026 ; vue 12/11/2026"
    )
    assert objection(named(WHO), [page]) == ""


@pytest.mark.parametrize("between", ["", " ", "\u00a0", "\u202f", ".", "-"])
def test_a_matricule_is_read_whatever_stands_between_its_figures(between: str) -> None:
    for places, reason in (("2790376123045", Reason.PATIENTS_DIFFER), ("2790375123045", "")):
        whole = ins(places)
        cuts = [whole[a:b] for a, b in pairwise((0, 1, 3, 5, 7, 10, 13, 15))]
        assert objection(named(WHO), [f"VALMIÈRE {between.join(cuts)}"]) == reason


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("Jeanne VALMIERE née le 28/03/1979", ""),
        ("Zoé VALMIERE née le 28/03/1979", Reason.NOT_IN_PDF),
        ("VALMIERE Zoé, née le 28/03/1979", Reason.NOT_IN_PDF),
        ("Nom : VALMIERE Zoé (née le 28/03/1979)", Reason.NOT_IN_PDF),
        ("Nom : VALMIERE Zoé", Reason.NOT_IN_PDF),
        ("Nom : VALMIERE  IPP : 12", ""),
        ("VALMIERE, née le 28/03/1979", ""),
        ("Le patient VALMIERE ne présente rien", ""),
    ],
)
def test_a_twin_is_known_without_a_civility(page: str, reason: str) -> None:
    assert objection(named(WHO), [page]) == reason


def test_no_page_keeps_the_guard_busy() -> None:
    for piece in ("a", "né ", "A B ", "née a ", "1 ", "naissance ", "date de ", "m. a'"):
        objection(named(WHO), [piece * 200_000])


def test_what_names_nobody_is_not_held_for_it() -> None:
    assert objection([], ["Mme Jeanne MARTIN, née le 28/03/1979"]) == ""


def test_a_file_about_several_patients_is_no_quarrel_with_itself() -> None:
    both = [
        Named(origin=1, found_in=FoundIn.HPRIM, traits=each)
        for each in (WHO, Traits(birth_name="MARTIN"))
    ]
    assert objection(both) == ""
    assert patient_key(both) == ""
    pattern = Named(origin=2, found_in=FoundIn.NAME, traits=WHO)
    assert objection([*both, pattern]) == Reason.PATIENTS_DIFFER


def test_the_gravest_word_counts() -> None:
    pages = ["Mme MARTIN", "VALMIÈRE née le 01/01/1950", "VALMIÈRE"]
    assert objection(named(WHO), pages) == Reason.PATIENTS_DIFFER


def test_a_key_remembers_who_it_was() -> None:
    key = patient_key(named(Traits(used_name="Valmiere"), WHO))
    assert key.startswith("VALMIERE|JEANNE|1979-03-28|2790375")
    assert may_be_one(key, "VALMIERE|||")
    assert not may_be_one(key, "MARTIN|||")


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("MARTIN|PAUL|1950-01-01|", "MARTIN|PAUL|1950-01-01|", True),
        ("MARTIN||1950-01-01|", "MARTIN|PAUL|1950-01-01|", True),
        ("|||279035121518989", "VALMIERE|||279035121518989", True),
        ("MARTIN|PAUL||", "MARTIN|PAUL||", False),
        ("MARTIN|PAUL|1950|", "MARTIN|PAUL|1950|", False),
        ("MARTIN|PAUL|1950-01-01|", "MARTIN|JEAN|1950-01-01|", False),
        ("||1950-01-01|", "||1950-01-01|", False),
        ("", "", False),
        ("", "MARTIN|PAUL|1950-01-01|", False),
    ],
)
def test_two_are_one_patient_when_enough_is_known_of_both(one: str, other: str, are: bool) -> None:
    assert are_one(one, other) is are_one(other, one) is are


def test_a_file_that_names_thousands_costs_no_more_than_it_is_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0

    def counted(one: Traits, other: Traits) -> bool:
        nonlocal compared
        compared += 1
        return one != other

    monkeypatch.setattr(identity, "differ", counted)
    crowd = [
        Named(
            origin=1,
            found_in=FoundIn.HPRIM,
            traits=Traits(birth_name="LE GOFF", birth_place=f"TOWN {n}"),
        )
        for n in range(10 * MOST_PATIENTS)
    ]
    same_again = [Named(origin=2, found_in=FoundIn.HPRIM, traits=WHO)] * len(crowd)
    assert objection(crowd) == ""
    assert objection([*crowd, *same_again]) == Reason.PATIENTS_DIFFER
    assert objection(crowd, ["LE GOFF"]) == Reason.PATIENTS_DIFFER
    assert patient_key(crowd) == ""
    assert objection(same_again) == ""
    assert patient_key(same_again)
    assert compared < len(crowd)


def test_sources_that_agree_are_put_together_and_others_are_not() -> None:
    header = Traits(used_name="LE GOFF", given_names=("Zoé",), birth_day="1984-02-03")
    nir = {"ins": ins(), "ins_root": "1.2.250.1.213.1.4.8"}
    sidecar = Traits(birth_name="LE GOFF", sex=Sex.FEMALE, **nir)
    whole = merged(named(header, sidecar))
    assert whole == Traits(
        used_name="LE GOFF",
        birth_name="LE GOFF",
        given_names=("Zoé",),
        birth_day="1984-02-03",
        sex=Sex.FEMALE,
        ins=ins(),
        ins_root="1.2.250.1.213.1.4.8",
    )
    assert merged([]) is None
    assert merged(named(header, Traits(birth_name="BERNARD"))) is None
    misspelt = Traits(birth_name="LE GOFF", ins="184022900000099")
    assert merged(named(sidecar, misspelt)) is None
    many = [Traits(birth_name="LE GOFF", address=f"{n} rue") for n in range(MOST_PATIENTS + 1)]
    assert merged(named(*many)) is None

"""Whom a page is about: no ordinary page is held, and none of its other names is the patient's."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from store.model.document import Traits
from store.model.drop_options import FoundIn
from sync.documents.pdf_text import pdf_text
from sync.drop.identity import Named, objection
from sync.drop.reasons import Reason
from tests.unit.drop.lab_pages import JEANNE, PAGES, pdf

SAY_NO_GIVEN_NAME = {"letter, family name only"}
SAY_NO_BIRTH = {
    *("ultrasound pictures", "electrocardiogram", "letter, name once"),
    "sampling day beside the name, no birth",
}
MISSED, DIFFERS = Reason.NOT_IN_PDF, Reason.PATIENTS_DIFFER


def guard(who: Traits, *texts: str) -> str:
    """What is said against documents that are announced to be about somebody."""
    return objection([Named(origin=1, found_in=FoundIn.HPRIM, traits=who)], texts)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Of each page, as it is read from a real PDF."""

    async def read() -> list[str]:
        return [await pdf_text(pdf(page)) for page in PAGES]

    return dict(zip((page.name for page in PAGES), asyncio.run(read()), strict=True))


def test_no_ordinary_page_is_held(texts: dict[str, str]) -> None:
    assert {p.name: held for p in PAGES if (held := guard(p.about, texts[p.name]))} == {}


def test_a_twin_passes_only_where_no_given_name_is_printed(texts: dict[str, str]) -> None:
    twin = {p.name: replace(p.about, given_names=("Élodie",)) for p in PAGES}
    passes = {name for name, who in twin.items() if not guard(who, texts[name])}
    assert passes == SAY_NO_GIVEN_NAME


def test_a_homonym_passes_only_where_no_birth_is_printed(texts: dict[str, str]) -> None:
    homonym = {p.name: replace(p.about, birth_day="1950-03-13") for p in PAGES}
    passes = {name for name, who in homonym.items() if not guard(who, texts[name])}
    assert passes == SAY_NO_BIRTH


@pytest.mark.parametrize(
    "page",
    [
        "Mme MARTIN Zoé\nValidé par Jeanne BERNARD",
        "Mme MARTIN Zoé, jumelle de Jeanne",
        "PATIENT : MARTIN ZOE JUMELLE DE MARTIN JEANNE",
        "MARTIN Zoé F\nMARTIN Jeanne (mère)",
        "Nom : MARTIN\nPrénom : Zoé\nMédecin : Nom : KERMADEC Prénom : Jeanne",
        "Prénom : Zoé  Nom : MARTIN  Médecin : Dr Jeanne KERMADEC",
        "MARTIN Zoé 12/03/1950\nDr Jeanne MARTIN",
        "MARTIN\nZoé\n12/03/1950\nDr Jeanne BERNARD",
        "Mme DUPONT Zoé\nDr Jeanne MARTIN",
        "Mme DUPONT Zoé\nDocteur\nJeanne MARTIN",
        "Mme DUPONT Zoé\nMédecin : MARTIN Jeanne",
        "Mme DUPONT Zoé\nPrescripteur : Dr MARTIN J.",
        "Mme DUPONT Zoé\nJeanne MARTIN, biologiste médical",
        "Mme DUPONT Zoé\nMARTIN Jeanne\nPharmacien biologiste",
        "Mme DUPONT Zoé\nBiologistes : P. LE GOFF, J. MARTIN, A. BERNARD",
        "Mme DUPONT Zoé\nPersonne à prévenir : MARTIN Jeanne",
        "Mme DUPONT Zoé\nLaboratoire MARTIN, 12 rue Jeanne d'Arc",
        "M. DUPONT Martin\nDr Jeanne BERNARD",
    ],
)
def test_a_name_and_a_given_name_count_as_those_of_one_person(page: str) -> None:
    assert guard(JEANNE, page) == MISSED


@pytest.mark.parametrize(
    "page",
    [
        "Dr KERMADEC Loïc MARTIN Jeanne",
        "Docteurs A. BERNARD, P. LE GOFF Mme MARTIN Jeanne",
        "Prescripteur : KERMADEC Loïc MARTIN Jeanne 12/03/1950",
        "MARTIN Jeanne Biologiste : Dr BERNARD",
        "MARTIN Jeanne Radiologue Dr BERNARD",
        "MARTIN Jeanne Médecin traitant : Dr BERNARD",
        "Médecin\nMARTIN Jeanne",
        "Centre Saint Martin\nMARTIN Jeanne 12/03/1950",
        "Mme Marie-Jeanne MARTIN 12/03/1950",
        "MARTIN (VALMIERE) Jeanne 12/03/1950",
        "VALMIERE née MARTIN Jeanne",
        "Mme VALMIERE Jeanne\nNée MARTIN le 12/03/1950",
        "Nom de naissance : MARTIN\nPrénom de naissance : Marie\nPrénom utilisé : Jeanne",
        "Nom et prénom : MARTIN JEANNE",
        "NOM : MARTIN\nSEXE : F\nPRENOM : JEANNE",
        "Nom du patient : MARTIN Nom du médecin : KERMADEC\nPrénom du patient : Jeanne",
        "MARTIN, J. 12/03/1950",
        "MARTIN^JEANNE",
        "compte rendu de madame martin jeanne née le 12/03/1950",
        "MARTIN Jeanne MARTIN Zoé",
    ],
)
def test_the_patient_is_known_however_the_page_is_made(page: str) -> None:
    assert guard(JEANNE, page) == ""


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("MARTIN Jeanne 13/03/1950\nSodium 140", DIFFERS),
        ("MARTIN Jeanne\n13/03/1950\nPrélevé le 24/11/2026", DIFFERS),
        ("Mme MARTIN Jeanne, 76 ans, F, 13/03/50\nPrélevé le 24/11/26", DIFFERS),
        ("MARTIN Jeanne 12/03/1950 24/11/2026", ""),
        ("MARTIN Jeanne 24/11/2026\nReçu le 24/11/2026, édité le 25/11/2026", ""),
        ("MARTIN Jeanne 24/11/2020 10:32", ""),
        ("MARTIN Jeanne prélevée le 24/11/2020", ""),
        ("Dr MARTIN 24/11/2020\nMARTIN Jeanne", ""),
        ("MARTIN Jeanne 24/11/2020\nAnniversaire : 12/03/1950", ""),
        ("MARTIN Jeanne 12/03/1950\nMère née le 01/02/1920", ""),
    ],
)
def test_a_day_beside_the_name_is_that_of_the_birth_or_of_the_page(page: str, reason: str) -> None:
    assert guard(JEANNE, page) == reason


def test_a_newborn_is_told_from_another_though_the_days_are_those_of_the_page() -> None:
    baby = Traits(birth_name="KERMADEC", given_names=("Zoé",), birth_day="2026-11-21")
    page = "KERMADEC Zoé F 20/11/2026\nPrélevé le 22/11/2026"
    assert guard(baby, page) == DIFFERS
    assert guard(replace(baby, birth_day="2026-11-20"), page) == ""


def test_somebody_may_be_called_as_a_word_of_the_page() -> None:
    le = replace(JEANNE, birth_name="LE")
    assert guard(le, "Le 24/11/2020 pour le suivi\nMme LE Jeanne") == ""
    assert guard(le, "Le 24/11/2020\nMme MARTIN Jeanne") == MISSED
    for name in ("PLACE", "PAR", "MÈRE", "NOM", "ENFANT", "SAINT-MARTIN", "DE LA TOUR"):
        who = replace(JEANNE, birth_name=name)
        assert guard(who, f"Patient : Mme {name} Jeanne 12/03/1950") == ""


def test_a_pdf_with_a_page_of_another_patient_is_held() -> None:
    """A laboratory's program printed two patients into one file."""
    hers = next(page for page in PAGES if page.about is JEANNE)
    his = next(page for page in PAGES if page.about.birth_name == "LE GOFF")
    text = asyncio.run(pdf_text(pdf(hers, his)))
    assert guard(JEANNE, text) == guard(his.about, text) == DIFFERS
    both = [Named(origin=1, found_in=FoundIn.HPRIM, traits=each) for each in (JEANNE, his.about)]
    assert objection(both, [text]) == ""


@pytest.mark.parametrize(
    "second",
    [
        "Suite du compte rendu. Mère de Mme MARTIN, née le 01/02/1920",
        "Interprétation : rien à signaler.\nDr KERMADEC",
        "Née le 12/03/1950 (page 2)",
        "Examen du 24/11/2026",
    ],
)
def test_a_second_page_of_the_same_patient_is_not_held(second: str) -> None:
    assert guard(JEANNE, f"Mme MARTIN Jeanne, née le 12/03/1950\n\n{second}") == ""
    assert guard(JEANNE, f"{second}\n\nMme MARTIN Jeanne, née le 12/03/1950") == ""


@pytest.mark.parametrize(
    ("called", "page", "reason"),
    [
        ("JEANNE MARIE", "Mme MARTIN Jeanne, née le 12/03/1950", ""),
        ("JEANNE, MARIE", "Jeanne MARTIN", ""),
        ("JEANNE MARIE", "Nom : MARTIN Prénom : Jeanne Sexe : F", ""),
        ("JEANNE MARIE", "MARTIN Jeanne-Marie", ""),
        ("JEANNE MARIE", "MARTIN Jeanne F 12/03/1950", ""),
        ("JEANNE MARIE", "MARTIN Jeanne Zoé 12/03/1950", MISSED),
        ("JEANNE MARIE", "Jeanne-Zoé MARTIN", MISSED),
        ("JEANNE MARIE", "Mme MARTIN Marie, née le 12/03/1950", MISSED),
        ("J.", "Mme MARTIN Jeanne, née le 12/03/1950", ""),
        ("J.", "Mme MARTIN Zoé, née le 12/03/1950", MISSED),
    ],
)
def test_a_page_may_print_the_first_of_several_given_names(
    called: str, page: str, reason: str
) -> None:
    assert guard(replace(JEANNE, given_names=(called,)), page) == reason


def test_a_given_name_without_a_letter_is_none() -> None:
    for given in ("-", '""', "?", " "):
        assert (
            guard(replace(JEANNE, given_names=(given,)), "Mme MARTIN Zoé, née le 12/03/1950") == ""
        )


def test_a_page_that_only_repeats_a_name_keeps_nobody_busy() -> None:
    crowd = [
        Named(origin=1, found_in=FoundIn.HPRIM, traits=replace(JEANNE, birth_place=str(n)))
        for n in range(150)
    ]
    for piece in ("MARTIN ", "MARTIN A ", "Prénom : MARTIN ", "MARTIN 12/03/1950 "):
        objection(crowd, [piece * 40_000])


@pytest.mark.parametrize("called", ["M. DUPONT Pierre", "M. Pierre DUPONT", "M DUPONT Pierre"])
def test_the_civility_of_a_man_is_no_initial_of_marie(called: str) -> None:
    who = Traits(birth_name="DUPONT", given_names=("MARIE",), birth_day="1979-03-28")
    assert guard(who, f"{called}\nGlycémie 5,2") == MISSED
    assert guard(who, "M DUPONT\nGlycémie 5,2") == ""
    assert guard(who, "DUPONT M.\nGlycémie 5,2") == ""

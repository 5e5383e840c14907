"""Single lines of the national extracts, for tests that look at one person."""

from __future__ import annotations

from tests.extracts import LIBRE_ACCES_COLUMNS, MSSANTE_COLUMNS

MSSANTE, LIBRE_ACCES = MSSANTE_COLUMNS, LIBRE_ACCES_COLUMNS


def mssante(
    email: str,
    family: str = "",
    given: str = "",
    *,
    rpps: str = "",
    profession: str = "Médecin",
    speciality: str = "Cardiologie et maladies vasculaires",
    structure: str = "CABINET DES TILLEULS",
    service: str = "",
    town: str = "DIJON",
    postcode: str = "21000",
) -> str:
    """A line of the MSSanté correspondence extract."""
    cells = {
        "Type de BAL": "PER" if family else "ORG",
        "Adresse BAL": email,
        "Identification nationale PP": f"8{rpps}" if rpps else "",
        "Type identifiant structure": "1",
        "Identification Structure": "992674598",
        "Service de rattachement": service,
        "Civilité d'exercice": "Docteur" if family else "",
        "Nom d'exercice": family,
        "Prénom d'exercice": given,
        "Libellé Profession": profession if family else "",
        "Libellé savoir-faire": speciality if family else "",
        "Dématérialisation": "O",
        "Raison Sociale structure BAL": structure,
        "L4NUMEROVOIE": "12",
        "NL4TYPEVOIE": "RUE",
        "L4LIBELLEVOIE": "DES TILLEULS",
        "L6LIGNEACHEMINEMENT": f"{postcode} {town}",
        "Code postal": postcode,
    }
    return line(MSSANTE, cells)


def libre_acces(family: str, given: str, *, rpps: str, town: str = "DIJON", email: str = "") -> str:
    """A line of PS_LibreAcces_Personne_activite."""
    cells = {
        "Identification nationale PP": f"8{rpps}",
        "Nom d'exercice": family,
        "Prénom d'exercice": given,
        "Libellé profession": "Sage-Femme",
        "Numéro FINESS site": "992674598",
        "Raison sociale site": "MATERNITÉ DU PORT",
        "Libellé commune (coord. structure)": town,
        "Code postal (coord. structure)": "21000",
        "Adresse e-mail (coord. structure)": email,
    }
    return line(LIBRE_ACCES, cells)


def line(columns: str, cells: dict[str, str]) -> str:
    """A line whose named cells hold these words, the others none."""
    names = columns.split("|")
    assert cells.keys() <= set(names), cells.keys() - set(names)
    return "|".join(cells.get(name, "") for name in names)

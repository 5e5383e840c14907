"""The words of a page, and what is known of French ones: who comes after them, or before. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sync.documents.traits import plain_name
from sync.drop.printed import DAY, day_in

TITLES = {"DR", "DOCTEUR", "PR", "PROFESSEUR"}
DOCTORS = {
    *("DRS", "DOCTEURS", "PRS", "PROFESSEURS", "MEDECINS", "BIOLOGISTES", "RADIOLOGUES"),
    *("PHARMACIENS", "PATHOLOGISTES", "PRATICIENS"),
}
"""All whom their line names are doctors."""
OTHERS = {
    *("MEDECIN", "PRESCRIPTEUR", "BIOLOGISTE", "RADIOLOGUE", "OPERATEUR", "ANESTHESISTE", "PAR"),
    *("PRELEVEUR", "DEMANDEUR", "DESTINATAIRE", "CORRESPONDANT", "COPIE", "TRAITANT", "SIGNE"),
    *("PRATICIEN", "INFIRMIER", "INFIRMIERE", "CHEZ", "PREVENIR", "CONFIANCE", "MERE", "PERE"),
    *("JUMEAU", "JUMELLE", "FRERE", "SOEUR", "EPOUX", "CONJOINT", "TUTEUR", "RUE", "AVENUE"),
    *("BOULEVARD", "PLACE", "ALLEE", "SAINT", "SAINTE", "LABORATOIRE", "CLINIQUE", "HOPITAL"),
}
"""Who, or what, comes after them is not the patient."""
AFTER = {"BIOLOGISTE", "PHARMACIEN", "PHARMACIENNE", "RADIOLOGUE", "IDE", "MERE", "PERE"}
"""Who comes before them is not either, unless they begin something else: 'Biologiste : Dr'."""
BEGINS = re.compile(r"[^\n:]{0,25}:| {1,3}(?:dr|docteur|pr)\b", re.I)
ABBREVIATED = 3
"""Characters: 'Mme.' ends no sentence."""
BORN = {"NÉ", "NÉE", "NEE", "NE", "DDN", "DN", "NAISSANCE", "NAISS"}
MARRIED = {"NÉ", "NÉE", "NEE", "EPOUSE", "EP", "VEUVE", "VVE", "USAGE", "NAISSANCE"}
"""The next word is another family name of the same person."""
LABELS = {"NOM", "PATIENT", "PATIENTE", "ENFANT", "BEBE", "IDENTITE", "CONCERNE"}
GIVEN = {"PRENOM", "PRENOMS"}
PARTICLES = {"DE", "DU", "D", "LE", "LA", "ET"}
NO_NAMES = {
    *("M", "F", "H", "MR", "MME", "MLLE", "MADAME", "MONSIEUR", "MADEMOISELLE", "SEXE", "DATE"),
    *("A", "DOSSIER", "AGE", "AGEE", "ANS", "MOIS", "SERVICE", "RESULTATS", "IPP", "INS", "NIR"),
    *("N", "ADRESSE", "FEMININ", "MASCULIN", "FEMME", "HOMME", "DEMANDE", "S", "USUEL", "USUELS"),
    *("UTILISE", "UTILISES", "PREMIER", "ID", "RENDU", "EXAMEN", "REF", "E", "FILLE", "GARCON"),
}
SAYS_NOTHING = BORN | MARRIED | LABELS | GIVEN | PARTICLES | NO_NAMES
TOKEN = re.compile(rf"(?<![0-9/.-]){DAY}(?![0-9/])|[^\W\d_]+|[0-9]+")
TIME = re.compile(r"[ ,àT-]{0,3}[0-9]{1,2} ?[h:] ?[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, figure or day of a page."""

    plain: str
    day: str
    starts: bool
    """It is the first one of its line."""
    joined: bool
    """To the one before it, by a hyphen or an apostrophe."""
    is_name: bool
    """It may be one."""
    begins: bool
    """It says what the words behind it are."""


def words_of(text: str) -> Iterator[Word]:
    """Words, figures and days, in their order."""
    end = length = 0
    for found in TOKEN.finditer(text):
        between, end = text[end : found.start()], found.end()
        day = day_in(found[0]) if found[1] else ""
        plain = "" if found[1] else plain_name(found[0])
        if found[0].casefold() in ("né", "née"):
            plain = found[0].upper()
        elif found[0] == "ne":
            plain = ""  # a negation
        capital = found[0].isupper() if plain in PARTICLES else found[0][0].isupper()
        yield Word(
            plain=plain,
            day="" if TIME.match(text, end) else day,
            starts=bool(re.search(r"[\n;]", between)) or (". " in between and length > ABBREVIATED),
            joined=between in ("-", "'", "’"),
            is_name=capital and plain not in OTHERS | TITLES,
            begins=plain in AFTER and bool(BEGINS.match(text, end)),
        )
        length = end - found.start()

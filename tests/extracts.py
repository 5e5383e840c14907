"""National extracts of invented people, of the shape and the size of the published ones.

Nobody in them exists: names are made of syllables, their frequencies fall as real ones do, and the
same seed always writes the same file.
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from random import Random

from store.model.identifiers import luhn_digit

MSSANTE_COLUMNS = (
    "Type de BAL|Adresse BAL|Type Identifiant PP|Identifiant PP|Identification nationale PP"
    "|Type identifiant structure|Identification Structure|Service de rattachement"
    "|Civilité d'exercice|Nom d'exercice|Prénom d'exercice|Catégorie profession"
    "|Libellé de catégorie profession|Code Profession|Libellé Profession|Code savoir-faire"
    "|Libellé savoir-faire|Dématérialisation|Raison Sociale structure BAL"
    "|Enseigne commerciale structure BAL|L2COMPLEMENTLOCALISATION|L3COMPLEMENTDISTRIBUTION"
    "|L4NUMEROVOIE|L4COMPLEMENTNUMEROVOIE|NL4TYPEVOIE|L4LIBELLEVOIE|L5LIEUDITMENTION"
    "|L6LIGNEACHEMINEMENT|Code postal|Département|Pays"
)
LIBRE_ACCES_COLUMNS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice"
    "|Libellé civilité d'exercice|Code civilité|Libellé civilité|Nom d'exercice"
    "|Prénom d'exercice|Code profession|Libellé profession|Code catégorie professionnelle"
    "|Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire"
    "|Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice"
    "|Numéro SIRET site|Numéro SIREN site|Numéro FINESS site"
    "|Numéro FINESS établissement juridique|Identifiant technique de la structure"
    "|Raison sociale site|Enseigne commerciale site"
    "|Complément destinataire (coord. structure)|Complément point géographique (coord. structure)"
    "|Numéro Voie (coord. structure)|Indice répétition voie (coord. structure)"
    "|Code type de voie (coord. structure)|Libellé type de voie (coord. structure)"
    "|Libellé Voie (coord. structure)|Mention distribution (coord. structure)"
    "|Bureau cedex (coord. structure)|Code postal (coord. structure)"
    "|Code commune (coord. structure)|Libellé commune (coord. structure)"
    "|Code pays (coord. structure)|Libellé pays (coord. structure)|Téléphone (coord. structure)"
    "|Téléphone 2 (coord. structure)|Télécopie (coord. structure)"
    "|Adresse e-mail (coord. structure)|Code Département (structure)"
    "|Libellé Département (structure)|Ancien identifiant de la structure"
    "|Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité"
    "|Code section tableau pharmaciens|Libellé section tableau pharmaciens|Code fonction"
    "|Libellé fonction|Code genre d'activité|Libellé genre d'activité|"
)
PROFESSIONS = (
    *(("60", "Infirmier", 30), ("10", "Médecin", 28), ("70", "Masseur-Kinésithérapeute", 12)),
    *(("21", "Pharmacien", 9), ("40", "Chirurgien-Dentiste", 6), ("91", "Orthophoniste", 4)),
    *(("50", "Sage-Femme", 4), ("93", "Psychologue", 4), ("80", "Pédicure-Podologue", 2)),
    *(("94", "Ergothérapeute", 1), ("28", "Opticien-Lunetier", 1)),
)
SPECIALITIES = (
    *("Médecine Générale", "Cardiologie et maladies vasculaires", "Pédiatrie", "Psychiatrie"),
    *("Gynécologie-obstétrique", "Ophtalmologie", "Radio-diagnostic", "Anesthésie-réanimation"),
    *("Oncologie option radiothérapie", "Biologie médicale", "Dermatologie et vénéréologie"),
    *("Gastro-entérologie et hépatologie", "Néphrologie", "Rhumatologie", "Pneumologie"),
    *("Oto-rhino-laryngologie", "Chirurgie orthopédique et traumatologie", "Hématologie"),
)
GIVEN = (
    *("Alice", "Béatrice", "Chloé", "Denise", "Élise", "Fanny", "Gaëlle", "Hélène", "Inès"),
    *("Jeanne", "Karine", "Lucie", "Maëlle", "Noémie", "Odile", "Pauline", "Rachel", "Solène"),
    *("Théo", "Ugo", "Victor", "William", "Xavier", "Yann", "Zoé", "Anne-Marie", "Jean-Loup"),
    *("Michel", "François", "Guénolé", "Loïc", "Rémi", "Cédric", "Amédée", "Bruno", "Didier"),
)
SOUNDS = (
    "ba be bi bo bru cha che cor da del den di dou dra fa fer fi flo for ga ger gi gou gra ha her"
    " jo ju ka ker la le lan li lo lou ma mar me mi mon mo mul na ne ni no or pa per pi pon pré ra"
    " re ri ro rou sa sé si so sou ta té ti to tra va vé vi vo wa za zi"
)
LAST_SOUNDS = "rd n nt z l r c x t s lin vel quet sson ville mont rac nec"
SYLLABLES, ENDS = SOUNDS.split(" "), LAST_SOUNDS.split(" ")
DOMAINS = ("medecin", "pro", "cabinet", "infirmier", "hopital-{}", "chu-{}", "clinique-{}")
STREETS = ("RUE DES TILLEULS", "AVENUE DU PORT", "PLACE DE LA GARE", "CHEMIN DU MOULIN")
MOST_FAMILIES, MOST_TOWNS = 180_000, 4_000


def mssante_lines(count: int, seed: int = 1) -> Iterator[str]:
    """`count` lines of the MSSanté correspondence extract, without its header."""
    random, world = Random(seed), _World(seed, count)
    for number in range(count):
        person = world.person(random, number)
        yield "|".join(
            _box_of_a_house(random, world, number)
            if random.random() < 0.15
            else _box_of_a_person(random, world, person)
        )


def libre_acces_lines(count: int, seed: int = 1) -> Iterator[str]:
    """`count` lines of PS_LibreAcces_Personne_activite, without its header."""
    random, world = Random(seed), _World(seed, count)
    for number in range(count):
        rpps, title, family, given, code, job, skill = world.person(random, number * 6 // 10)
        town, postcode = world.town(random)
        house = world.house(random, town)
        cells = ["8", rpps, f"8{rpps}", "DR", title, "M", "Monsieur", family, given, code, job]
        cells += ["C", "Civil", "S", "Spécialité", "SM26" if skill else "", skill, "L", "Libéral"]
        cells += ["", "", finess(random), "", f"F{number}", house, "", "", "", "12", "", "RUE"]
        cells += ["Rue", "DES TILLEULS", "", f"{postcode} {town}", postcode, postcode, town]
        cells += ["99000", "France", "0100000000", "", "", "", postcode[:2], "", "", "CNOM"]
        yield "|".join([*cells, *[""] * (56 - len(cells)), ""])


def write_mssante(path: Path, count: int, seed: int = 1) -> Path:
    """The extract as the national service publishes it: one text in a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        _write(archive, f"{path.stem}.txt", MSSANTE_COLUMNS, mssante_lines(count, seed))
    return path


def write_libre_acces(path: Path, count: int, seed: int = 1) -> Path:
    """Likewise, for the free listing of everybody: its diplomas and its skills beside it."""
    beside = "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Libellé {}"
    names = ("Dipl_AutExerc", "Personne_activite", "SavoirFaire")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names:
            member = f"PS_LibreAcces_{name}_202611260800.txt"
            if name == "Personne_activite":
                _write(archive, member, LIBRE_ACCES_COLUMNS, libre_acces_lines(count, seed))
            else:
                lines = (f"8|{rpps(n)}|8{rpps(n)}|Libellé {n % 90}" for n in range(count // 2))
                _write(archive, member, beside.format(name), lines)
    return path


def _write(archive: zipfile.ZipFile, member: str, columns: str, lines: Iterator[str]) -> None:
    with archive.open(member, "w") as text:
        text.write(f"{columns}\n".encode())
        for line in lines:
            text.write(f"{line}\n".encode())


def rpps(number: int) -> str:
    """The RPPS of invented person `number`, its key right."""
    stem = f"99{number:08d}"
    return stem + luhn_digit(stem)


def finess(random: Random) -> str:
    """The FINESS of an invented place, its key right."""
    stem = f"99{random.randrange(1_000_000):06d}"
    return stem + luhn_digit(stem)


class _World:
    """The names there are, each more rare than the one before."""

    def __init__(self, seed: int, count: int) -> None:
        random = Random(seed * 7919)
        self.families = _names(random, min(MOST_FAMILIES, count))
        self.often = list(accumulate(1 / (n + 40) for n in range(len(self.families))))
        self.towns = [
            (n, f"{random.randrange(1_000, 98_000):05d}") for n in _names(random, MOST_TOWNS)
        ]
        self.jobs = list(accumulate(weight for _, _, weight in PROFESSIONS))

    def person(self, random: Random, number: int) -> tuple[str, str, str, str, str, str, str]:
        """RPPS, title, family, given name, profession and its code, speciality."""
        own = Random(number)
        family = own.choices(self.families, cum_weights=self.often)[0]
        code, job, _ = own.choices(PROFESSIONS, cum_weights=self.jobs)[0]
        skill = SPECIALITIES[min(int(own.expovariate(0.4)), 17)] if code == "10" else ""
        title = "Docteur" if code in ("10", "40") else ""
        return rpps(number), title, family, own.choice(GIVEN), code, job, skill

    def town(self, random: Random) -> tuple[str, str]:
        """A town and its postcode."""
        return self.towns[min(int(random.expovariate(0.002)), len(self.towns) - 1)]

    def house(self, random: Random, town: str) -> str:
        """The name of a place of care."""
        return f"{random.choice(('CABINET', 'CLINIQUE', 'CH', 'SELARL', 'PHARMACIE'))} DE {town}"


def _names(random: Random, count: int) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < count:
        word = "".join(random.choices(SYLLABLES, k=random.choice((1, 2, 2, 2, 3))))
        made[(word + random.choice(ENDS)).upper()] = None
    return list(made)


def _box_of_a_person(random: Random, world: _World, person: tuple[str, ...]) -> list[str]:
    number, title, family, given, code, job, skill = person
    town, postcode = world.town(random)
    domain = random.choice(DOMAINS).format(town.lower())
    email = _ascii(f"{given}.{family}{int(number[-6:-1])}@{domain}.mssante.fr")
    head = ["PER", email, "8", number, f"8{number}", "1", f"1{finess(random)}", "", title]
    who = [family, given, "C", "Civil", code, job, "SM26" if skill else "", skill]
    return [*head, *who, random.choice("ON"), *_place(random, world, town, postcode)]


def _box_of_a_house(random: Random, world: _World, number: int) -> list[str]:
    town, postcode = world.town(random)
    service = random.choice(("Secrétariat", "Biologie", "Urgences", "Cardiologie", ""))
    email = _ascii(f"{service or 'contact'}.{number}@ch-{town}.mssante.fr")
    head = ["ORG", email, "", "", "", "1", f"1{finess(random)}", service, ""]
    return [*head, *[""] * 8, "N", *_place(random, world, town, postcode)]


def _place(random: Random, world: _World, town: str, postcode: str) -> list[str]:
    street = random.choice(STREETS).partition(" ")
    house = world.house(random, town)
    number = str(random.randrange(1, 90))
    line = [house, "", "", "", number, "", street[0], street[2], "", f"{postcode} {town}"]
    return [*line, postcode, postcode[:2], "France"]


def _ascii(words: str) -> str:
    return unicodedata.normalize("NFD", words.lower()).encode("ascii", "ignore").decode()

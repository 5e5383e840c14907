"""Thirty pages as French laboratories, hospitals and practices print them; nobody in them exists.

A layout is what a page looks like: each line at its height, the columns of a line where " | "
stands. With `by_column` a program has drawn the columns one after the other, as many do, and the
text comes in that order.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

from reportlab.pdfgen.canvas import Canvas

from store.model.document import Traits

COLUMNS = (40, 225, 400)
"""Points from the left."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and whom it is about."""

    name: str
    about: Traits
    layout: str
    by_column: bool = False


def somebody(name: str, given: str, day: str, *, used: str = "") -> Traits:
    """A patient."""
    return Traits(birth_name=name, used_name=used, given_names=(given,), birth_day=day)


JEANNE = somebody("MARTIN", "Jeanne", "1950-03-12")
MARRIED = somebody("MARTIN", "Jeanne", "1950-03-12", used="VALMIERE")
PAUL = somebody("LE GOFF", "Jean-Paul", "1962-11-05")
BABY = somebody("KERMADEC", "Zoé", "2026-11-20")

PAGES = [
    Page(
        "laboratory, name beside the request",
        JEANNE,
        """
        LABORATOIRE DES TILLEULS | | Edité le 24/11/2026
        12 rue Jeanne d'Arc 35000 RENNES
        Madame MARTIN Jeanne | | Dossier 261124-0471
        Née le 12/03/1950 (76 ans) | Sexe : F | Prélevé le 24/11/2026 à 08h15
        Prescripteur : Dr KERMADEC Loïc
        HEMATOLOGIE
        Hémoglobine | 13,2 g/dL | 12,0 - 16,0
        Validé par : Anne BERNARD, biologiste médical""",
    ),
    Page(
        "laboratory, the doctor first",
        JEANNE,
        """
        SELAS BIO OUEST - Site de Vannes
        Biologistes : A. BERNARD - J. MARTIN - P. LE GOFF
        Docteur KERMADEC Loïc | | Mme MARTIN Jeanne
        3 place du Marché | | 4 allée des Pins
        56000 VANNES | | 56000 VANNES
        Né(e) le : 12/03/1950 | Demande n° 4471 | du 24/11/2026
        BIOCHIMIE
        Sodium | 140 mmol/L | 136 - 145""",
    ),
    Page(
        "laboratory, by column",
        JEANNE,
        """
        LABORATOIRE DU PORT | Docteur KERMADEC Loïc
        Patient : | 3 place du Marché
        MARTIN Jeanne | 56000 VANNES
        DDN : 12/03/1950 | Reçu le 24/11/2026
        Sexe : F | Copie : Dr BERNARD Paul
        Glycémie à jeun | 5,1 mmol/L""",
        by_column=True,
    ),
    Page(
        "labels in a column, words in the next",
        JEANNE,
        """
        Nom : | MARTIN
        Prénom : | Jeanne
        Date de naissance : | 12/03/1950
        Sexe : | F
        Médecin : | KERMADEC Loïc
        Date de prélèvement : | 24/11/2026
        Créatinine | 72 µmol/L""",
        by_column=True,
    ),
    Page(
        "labels above",
        JEANNE,
        """
        Nom | Prénom | Date de naissance
        MARTIN | Jeanne | 12/03/1950
        Médecin prescripteur | Service | Prélevé le
        Dr KERMADEC | Ville | 24/11/2026
        TSH | 2,1 mUI/L""",
    ),
    Page(
        "married name, hospital",
        MARRIED,
        """
        CENTRE HOSPITALIER DE BRETAGNE SUD
        Service de cardiologie - Pr Jean BERNARD
        Nom d'usage : VALMIERE | Prénom : Jeanne
        Nom de naissance : MARTIN | Né(e) le : 12/03/1950
        IPP : 8001234567 | Sexe : Féminin
        COMPTE RENDU D'HOSPITALISATION du 20/11/2026 au 24/11/2026
        Cher confrère, Madame VALMIERE a été hospitalisée pour une dyspnée.""",
    ),
    Page(
        "married name in brackets",
        MARRIED,
        """
        Madame VALMIERE Jeanne née MARTIN | le 12/03/1950
        24/11/2026
        Cher ami, je vous remercie de m'avoir adressé Mme VALMIERE.
        Docteur Jeanne BERNARD""",
    ),
    Page(
        "radiology",
        JEANNE,
        """
        IMAGERIE MEDICALE DU CENTRE
        Docteurs P. BERNARD, J. MARTIN, L. KERMADEC
        Vannes, le 24/11/2026
        Patient : Mme MARTIN Jeanne
        Née le : 12/03/1950
        Examen : RADIOGRAPHIE DU THORAX
        Indication : toux. Comparaison : examen du 10/02/2024.
        Conclusion : pas de foyer.
        Docteur Paul BERNARD""",
    ),
    Page(
        "radiology, day beside the name",
        JEANNE,
        """
        SCANNER DES REMPARTS
        MARTIN Jeanne 12/03/1950
        Scanner abdominal du 24/11/2026
        Prescripteur Dr KERMADEC
        Technique : acquisition hélicoïdale.""",
    ),
    Page(
        "ultrasound pictures",
        JEANNE,
        """
        MARTIN JEANNE | 24/11/2026 10:32:11
        ID : 800123 | IM 1,2
        Sonde C5-1""",
    ),
    Page(
        "electrocardiogram",
        JEANNE,
        """
        ID: 800123 | 24-11-2026 09:11:05
        MARTIN, Jeanne | FC 72 bpm
        76 ans, Femme | PR 160 ms
        Rythme sinusal normal""",
    ),
    Page(
        "letter, name once",
        JEANNE,
        """
        Docteur Loïc KERMADEC
        Cardiologue
        Le 24/11/2026
        Cher confrère,
        J'ai vu en consultation votre patiente Mme Jeanne MARTIN, 76 ans.
        Elle présente une hypertension. Je revois Mme MARTIN dans six mois.
        Bien confraternellement""",
    ),
    Page(
        "letter, family name only",
        JEANNE,
        """
        Docteur Loïc KERMADEC
        Concerne : Mme MARTIN
        née le 12 mars 1950
        Mme MARTIN va bien. L'examen est normal.""",
    ),
    Page(
        "letter, concerning",
        JEANNE,
        """
        Concerne : MARTIN Jeanne, née le 12.03.1950
        Demeurant 4 allée des Pins 56000 VANNES
        Médecin traitant : Dr Jeanne BERNARD
        Compte rendu opératoire du 24.11.2026
        Opérateur : Dr MARTIN | Anesthésiste : Dr LE GOFF""",
    ),
    Page(
        "compound given name",
        PAUL,
        """
        LABORATOIRE DE LA RADE
        M. LE GOFF JEAN PAUL | Né le 05/11/1962
        Dossier n°2611240012 du 24-11-2026 | Dr Zoé KERMADEC
        PSA total | 1,2 ng/mL | < 4,0""",
    ),
    Page(
        "name in one piece",
        PAUL,
        """
        LEGOFF Jean-Paul | M | 05/11/1962
        Demandeur : CH VANNES URGENCES
        Troponine | 4 ng/L""",
    ),
    Page(
        "given names, all of them",
        PAUL,
        """
        Nom : LE GOFF | Prénoms : Jean-Paul, Marie, Yves
        Sexe : M | Naissance : 05/11/1962 à BREST (29)
        Matricule INS : non qualifié
        Bilan du 24/11/2026""",
    ),
    Page(
        "newborn",
        BABY,
        """
        MATERNITE - CENTRE HOSPITALIER
        Nouveau-né : KERMADEC Zoé | Née le 20/11/2026 à 04:12
        Mère : KERMADEC Anne, née le 14/02/1995 ?
        Bilirubine | 120 µmol/L""".replace(", née le 14/02/1995 ?", ""),
    ),
    Page(
        "newborn, no label",
        BABY,
        """
        BEBE KERMADEC Zoé | F | 20/11/2026
        Groupe sanguin : O positif
        Prélevé le 22/11/2026 à 06:00""",
    ),
    Page(
        "pathology",
        JEANNE,
        """
        CABINET D'ANATOMIE PATHOLOGIQUE
        Drs BERNARD - LE GOFF - MARTIN
        N/Réf : 26H04471 | Reçu le 20/11/2026 | Signé le 24/11/2026
        MARTIN Jeanne | F | 76 ans
        Née le 12/03/1950
        Préleveur : Dr Loïc KERMADEC
        BIOPSIE CUTANEE : carcinome basocellulaire.""",
    ),
    Page(
        "table of a list",
        JEANNE,
        """
        Patient | Né(e) le | Date examen
        MARTIN Jeanne | 12/03/1950 | 24/11/2026
        Médecin : KERMADEC Loïc
        INR | 2,4""",
    ),
    Page(
        "short year",
        JEANNE,
        """
        LABO DES HALLES
        Mme MARTIN JEANNE | 12/03/50 | F
        Dr KERMADEC | 24/11/26
        NFS normale""",
    ),
    Page(
        "sampling day under the name",
        JEANNE,
        """
        LABORATOIRE
        MARTIN Jeanne
        24/11/2026 | Dr KERMADEC
        Date de naissance | 12/03/1950
        CRP | 4 mg/L""",
    ),
    Page(
        "sampling day beside the name, no birth",
        JEANNE,
        """
        MARTIN Jeanne 23/11/2026
        Edité le 24/11/2026
        CRP | 4 mg/L""",
    ),
    Page(
        "two doctors, in capitals",
        JEANNE,
        """
        PRESCRIPTEUR : DR KERMADEC LOIC | COPIE : DR BERNARD ZOE
        MME MARTIN JEANNE | NEE LE 12/03/1950
        RESULTATS DU 24/11/2026
        VALIDATION BIOLOGIQUE : DR LE GOFF PAUL""",
    ),
    Page(
        "a ward's page",
        JEANNE,
        """
        CHU - LABORATOIRE DE MICROBIOLOGIE
        MARTIN JEANNE F 12/03/1950 IPP 8001234567
        UF 4417 MEDECINE INTERNE | Prélevé le 23/11/2026 21:40
        Prescripteur INTERNE DE GARDE
        ECBU : stérile""",
    ),
    Page(
        "family of the same name",
        JEANNE,
        """
        Mme MARTIN Jeanne, née le 12/03/1950
        Personne à prévenir : M. MARTIN Paul
        Fille : MARTIN Zoé
        Compte rendu du passage aux urgences du 24/11/2026""",
    ),
    Page(
        "doctor of the same name",
        JEANNE,
        """
        Docteur MARTIN Paul
        Angiologue
        Mme MARTIN Jeanne | 12/03/1950
        Echo-doppler du 24/11/2026 : normal.""",
    ),
    Page(
        "in a sentence",
        JEANNE,
        """
        Je soussigné, Docteur KERMADEC, certifie avoir examiné ce jour, 24/11/2026,
        Madame Jeanne MARTIN née à Saint Malo le 12/03/1950, qui présente une cervicalgie.""",
    ),
    Page(
        "anteriority",
        JEANNE,
        """
        MARTIN Jeanne - 12/03/1950 - F
        Analyse | Résultat 24/11/2026 | Antériorité 10/02/2024
        Ferritine | 45 | 52""",
    ),
    Page(
        "health insurance number",
        JEANNE,
        """
        Identité : MARTIN JEANNE | N° SS : 2 50 03 56
        Née : 12/03/1950 | Assuré : MARTIN PAUL
        Demande du 24/11/2026""",
    ),
    Page(
        "titles of a table",
        JEANNE,
        """
        Nom : MARTIN | N° dossier : 4471 | Prénom : Jeanne
        Né(e) : 12/03/1950 | Tél : 02 97 00 00 00 | Sexe : F
        Destinataire : Dr Jean-Paul LE GOFF""",
    ),
    Page(
        "twins told apart",
        BABY,
        """
        KERMADEC Zoé, née le 20/11/2026, jumelle de Jeanne
        Dr Jeanne MARTIN, pédiatre
        Caryotype normal""",
    ),
    Page(
        "a nurse's sampling",
        JEANNE,
        """
        Mme MARTIN Jeanne
        12/03/1950
        Prélevé par : Jeanne BERNARD, IDE le 24/11/2026 à 07:30
        Potassium | 4,1""",
    ),
]


@cache
def pdf(*pages: Page) -> bytes:
    """The pages, printed."""
    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0)
    for page in pages:
        canvas.setFont("Helvetica", 10)
        cells = [
            (column, 800 - 18 * row, words.strip())
            for row, line in enumerate(page.layout.strip().splitlines())
            for column, words in enumerate(line.split("|"))
            if words.strip()
        ]
        for column, height, words in sorted(cells, key=lambda c: c[0] if page.by_column else 0):
            canvas.drawString(COLUMNS[column], height, words)
        canvas.showPage()
    canvas.save()
    return file.getvalue()

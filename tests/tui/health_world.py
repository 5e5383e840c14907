"""A few months of one patient's letters, and of somebody who shares their number: all invented."""

from __future__ import annotations

import asyncio

from store.db.open import Connection
from sync.documents.duty import read_documents
from tests.tui.practice import NOW, Practice, letter
from tests.unit.documents import cda_maker
from tests.unit.documents.lab_files import medecin

DAY = 86_400
HEADER = (
    *("0000140275", "LEFÈVRE", "Zoé", "12 rue de l'Église", "", "29000 QUIMPER"),
    *("03/02/1984", "284022900000000", "B-4471", "{day}"),
    *("LABO29    Laboratoire de la Côte", "102938475 DR KERMADEC Loïc"),
)
SERIES = (
    ("10/01/2026", "RES|Potassium|K|N|4.2|mmol/l|3.5|5.1|N|F"),
    ("02/03/2026", "RES|Potassium|K|N|5.6|mmol/l|3.5|5.1|H|F"),
    ("20/06/2026", "RES|Potassium|K|N|6.9|mmol/l|3.5|5.1|HH|F"),
    ("20/08/2026", "RES|Potassium|K|N|3.1|mmol/l|3.5|5.1|L|F"),
)
LATEST = (
    "RES|Potassium|K|N|6.4|mmol/l|3.5|5.1|HH|F",
    "RES|Créatinine|CREA|N|73|µmol/l|45|84|N|F",
    "RES|Aspect du sérum|ASP|A|Limpide||||N|P",
)


def hprim(day: str, *results: str) -> str:
    """One file of the laboratory, in the body of a letter."""
    header = tuple(line.format(day=day) for line in HEADER)
    return medecin(header=header, results=results, eol="\n")


def potassium(value: str, judged: str, number: int, **parts: str) -> bytes:
    """A CDA of the hospital with one result."""
    one = cda_maker.observation(
        f'<value xsi:type="PQ" value="{value}" unit="mmol/L"/>', rest=cda_maker.judged(judged)
    )
    body = cda_maker.entry(cda_maker.battery("Ionogramme", one))
    section = cda_maker.section("Biochimie", "<text>Prélevé à jeun.</text>", body)
    own = {"id": f'<id root="1.2.250.1.999.1" extension="CR-{number}"/>'}
    own["versionNumber"] = f'<versionNumber value="{number}"/>'
    own["relatedDocument"] = ""
    return cda_maker.cda(cda_maker.structured(section), **(own | parts))


def from_hospital(cda: bytes, subject: str) -> bytes:
    """A letter with it."""
    name = [("CR.xml", "text/xml", cda)]
    return letter(subject, subject, sender="CH <ch@hopital.example>", documents=name)


def read(db: Connection) -> None:
    """What the node does with letters that came."""
    asyncio.run(read_documents(db))


def series(practice: Practice) -> None:
    """Four values of potassium over the year, older than what alerts; then today's."""
    for n, (day, result) in enumerate(SERIES):
        practice.deliver(letter(f"Bilan {day}", hprim(day, result)), at=NOW - (280 - 60 * n) * DAY)
    practice.deliver(letter("Bilan du jour", hprim("25/10/2026", *LATEST)))
    read(practice.db)

"""An invented practice's settings file, and an invented document to send."""

from __future__ import annotations

from pathlib import Path

from store.model.document import HealthDocument
from store.model.email import EmailAddress
from sync.dispatch.facts import DispatchFacts, Marks
from sync.documents.author_file import read_author
from sync.documents.build_xdm import Application
from sync.documents.facts import INS_TEST
from sync.documents.hprim_medecin import read
from sync.documents.sidecar import read_sidecar
from tests.unit.documents.invented import INS, OUR_OID, PDF_OCTETS, RPPS

AUTHOR = f"""
[person]
rpps = "{RPPS[0]}"
family_name = "Péridot"
given_name = "Éloïse"
title = "Dr"
profession = "Médecin - Biologie médicale (SM)"
profession_code = "G15_10/SM03"

[structure]
name = "Laboratoire des Essais"
finess = "690000017"
address = "8 quai des Essais"
phones = ["0400000002"]
facility = {{ code = "SA25", name = "Laboratoire de biologie médicale" }}
setting = {{ code = "AMBULATOIRE", name = "Ambulatoire" }}

[documents]
oid = "{OUR_OID}"
signs = true
performs = true
keeps = true
confidentiality = "N"
kind = "cr-bio"
content_type = {{ code = "07", system = "1.2.250.1.213.2.2", name = "Consultation" }}

[kinds.cr-bio]
title = "Compte rendu d'examens biologiques"
code = "11502-2"
code_system = "loinc"
code_name = "CR d'examens biologiques"
class = {{ code = "11", system = "1.2.250.1.213.1.1.4.1", name = "Classe inventée" }}
act = {{ code = "18719-5", name = "Biochimie" }}

[mailbox]
nil = "PLI000001"
reply_to = "accueil@labo.example"
reply_to_name = "Secrétariat"
"""
SIDECAR = f"""
[patient]
ins = "{INS}"
ins_oid = "{INS_TEST}"
ins_qualified = true
birth_name = "LEROUX-ESSAI"
given_names = ["ANAÏS", "LUCE"]
birth_day = 1985-03-14
sex = "F"

[document]
service = 2026-11-24T08:15:00+01:00
order_number = "26112400178"
"""
RESULTS = """0000004471
LEROUX-ESSAI
ANAIS
3 RUE DES ESSAIS

69003 LYON
14/03/1985

26112400178
24/11/2026
          Laboratoire des Essais
          Dr Alice Chenevert
BILAN THYROIDIEN
****LAB****
RES|TSH|TSH|N|7,95|mUI/L|0,270|4,200|H|F|||||
****FIN****
****FINFICHIER****
"""
ALICE = EmailAddress(name="Dr Alice Chênevert", email="alice@cabinet.example")
NOW = 1_795_514_000
MARKS = Marks(
    document="0" * 31 + "1", set="0" * 31 + "2", entry="0f0f0f0f-0000-4000-8000-000000000001",
    submissions=(11, 12, 13),
)  # fmt: skip
PLI = Application(name="Pli", version="0.1.0")


def facts(
    sidecar: str = SIDECAR,
    *,
    author: str = AUTHOR,
    letter: str = "",
    to: tuple[EmailAddress, ...] = (ALICE,),
    pdf: bytes = PDF_OCTETS,
    results: str = "",
    documents: tuple[HealthDocument, ...] = (),
    folder: Path | None = None,
    is_whole: bool = False,
) -> DispatchFacts:
    """What would be sent; `letter` are lines of the last table of a sidecar that is not whole."""
    whole = sidecar if is_whole else f"{sidecar}\n[letter]\n{letter}\n"
    if folder is not None:
        author += f'\n[dmp]\nfolder = "{folder}"\n'
    return DispatchFacts(
        author=read_author(author.encode()),
        email="eloise@labo.example",
        sidecar=read_sidecar(whole.encode()),
        to=to,
        pdf=pdf,
        results=read(results.encode("cp1252")) if results else documents,
        at=NOW,
        marks=MARKS,
        application=PLI,
    )

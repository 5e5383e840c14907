"""The letter of the demo world's hospital: an MSSanté letter with its XDM package and its PDF.

Facts and octets only: `sync/mime/build.py` writes such a letter, and no server is told of it here.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from store.model.document import Rendition
from store.model.email import EmailAddress
from sync.demo.correspondence import document
from sync.demo.records import NAMES, oid, record
from sync.demo.scripts import people
from sync.documents.build_cda import build_cda
from sync.documents.build_xdm import Application
from sync.documents.facts import (
    Coded,
    Context,
)
from sync.documents.mss_letter import MssLetter, Sender, Wishes, mss_letter
from sync.documents.oids import LOINC
from sync.documents.xdm_metadata import Entry, Submission

KEY = "liaison-tournesac"
LIAISON = Coded(code="11490-0", system=LOINC, name="Lettre de liaison à la sortie")
# TRE_R02, TRE_A01, TRE_A03 and TRE_R209 of the national nomenclatures.
FACILITY = Coded(code="SA01", system="1.2.250.1.71.4.2.4", name="Etablissement public de santé")
PRACTICE = Coded(
    code="ETABLISSEMENT", system="1.2.250.1.213.1.1.4.9", name="Etablissement de santé"
)
CLASS = Coded(code="10", system="1.2.250.1.213.1.1.4.1", name="Compte rendu")
CONTENT_TYPE = Coded(code="03", system="1.2.250.1.213.2.2", name="Hospitalisation complète")
PROGRAM = Application(name="Dossier patient de Montclair", version="12.4", publisher="Montclair SI")


def letter(now: int) -> MssLetter:
    """The letter that says a patient left, as the hospital's program makes it."""
    told = record(KEY, now)
    pdf = Rendition(media_type="application/pdf", octets=document(KEY, now), name=f"{KEY}.pdf")
    told = replace(told, code=LIAISON.code, code_system=LIAISON.system, renditions=(pdf,))
    author = told.authors[0]
    context = Context(
        type_name=LIAISON.name,
        facility=FACILITY,
        facility_name=author.organization,
        practice=PRACTICE,
        performer=author,
        encounter_at=told.service_at,
    )
    entry = Entry(
        cda=build_cda(told, context),
        entry_uuid=str(uuid.uuid5(NAMES, f"{KEY} {now}")),
        class_code=CLASS,
    )
    assert told.created_at
    submission = Submission(
        unique_id=oid(KEY, told.created_at.said, "set of one"),
        source_id=oid("montclair"),
        submitted_at=told.created_at.at or now,
        content_type=CONTENT_TYPE,
        author=author,
    )
    sender = people()["liaison"]
    return mss_letter(
        [entry],
        submission,
        PROGRAM,
        sender=Sender(
            email=sender.address, organization=author.organization, service="Médecine interne"
        ),
        to=[EmailAddress(email=people()["alice"].address)],
        wishes=Wishes(ins_is_qualified=True, body=BODY),
    )


BODY = (
    "Bonjour,\n\nVeuillez trouver ci-joint la lettre de liaison de votre patient.\n\n"
    "Bien confraternellement,\nDr Éloïse TRÉMARGAT\n"
)

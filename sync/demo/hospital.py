"""The letter of the demo world's hospital: an MSSanté letter with its XDM package and its PDF.

It comes twice: the second says what the first had wrong. Facts and octets only: who hands them to a
server, and when, is not said here.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from store.model.document import HealthDocument, Rendition
from store.model.email import EmailAddress
from sync.demo.correspondence import document
from sync.demo.records import NAMES, oid, record
from sync.demo.scripts import people
from sync.dispatch.queueing import unfiled
from sync.documents.build_cda import build_cda
from sync.documents.build_xdm import Application
from sync.documents.facts import Coded, Context
from sync.documents.mss_letter import MssLetter, Sender, Wishes, mss_letter
from sync.documents.oids import LOINC
from sync.documents.xdm_metadata import Entry, Submission
from sync.mime.build import build

MAILBOX = "liaison"
KEY, CORRECTED = "liaison-tournesac", "liaison-tournesac-corrigee"
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
    return _letter(KEY, _told(KEY, now), now)


def corrected_letter(now: int) -> MssLetter:
    """The next version of the same document, which takes its place."""
    first = _told(KEY, now)
    assert first.identifier
    told = replace(
        _told(CORRECTED, now),
        set_identifier=first.set_identifier,
        version=2,
        service_at=first.service_at,
        replaces=(first.identifier,),
    )
    return _letter(CORRECTED, told, now, replaced=(_entry_uuid(KEY, now),))


def octets(letter: MssLetter, now: int) -> bytes:
    """The letter as its program hands it to a server."""
    name = uuid.uuid5(NAMES, f"{letter.subject} {now}").hex
    return build(
        unfiled(letter, seal=False),
        message_id=message_id(letter, now),
        date_at=now,
        boundary=name,
        attachments=[each.octets for each in letter.files],
    )


def message_id(letter: MssLetter, now: int) -> str:
    """Without brackets."""
    host = letter.sender.email.partition("@")[2]
    return f"{uuid.uuid5(NAMES, f'{letter.subject} {now}').hex}@{host}"


def _told(key: str, now: int) -> HealthDocument:
    pdf = Rendition(media_type="application/pdf", octets=document(key, now), name=f"{key}.pdf")
    told = record(key, now)
    return replace(told, code=LIAISON.code, code_system=LIAISON.system, renditions=(pdf,))


def _entry_uuid(key: str, now: int) -> str:
    return str(uuid.uuid5(NAMES, f"{key} {now}"))


def _letter(
    key: str, told: HealthDocument, now: int, *, replaced: tuple[str, ...] = ()
) -> MssLetter:
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
        entry_uuid=_entry_uuid(key, now),
        class_code=CLASS,
        replaced_uuids=replaced,
    )
    assert told.created_at
    submission = Submission(
        unique_id=oid(key, told.created_at.said, "set of one"),
        source_id=oid("montclair"),
        submitted_at=told.created_at.at or now,
        content_type=CONTENT_TYPE,
        author=author,
    )
    sender = people()[MAILBOX]
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

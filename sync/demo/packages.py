"""The checks of the report that follow packaged documents: the hospital's letter, and one of ours.

The colleague has a Pli of his own, with a store of its own, worked by its commands as from a
terminal: what he reads has really left and come back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from store.db.documents import document, documents_of_email
from store.db.emails import email, page_of_emails
from store.db.mailboxes import mailbox_by_role
from store.db.open import connect
from store.db.parts import part_octets, parts_of
from store.db.patients import letters_and_documents_of, patient, patients_of_email
from store.db.reports import reports_of
from store.db.submissions import outbox, submission
from store.health_words import certainty_words, superseding_words
from store.host.i18n import sentence
from store.model.document import Format
from store.model.health import Certainty, DocumentRow, PatientRow
from store.model.ids import EmailId
from store.model.mailbox import Role
from store.model.receipt import Fate, Outcome
from store.model.submission import EmailSubmission
from sync.demo import hospital
from sync.demo.children import run_command
from sync.demo.correspondence import document as drawn
from sync.demo.journey import DISPATCH, LETTER, Journey
from sync.demo.posting import post
from sync.demo.scene import MANY, Scene, must, must_end, seen
from sync.demo.scripts import CET, people
from sync.demo.world import Pli, new_pli
from sync.documents.build_cda import PDF
from sync.documents.mdn import FilingError
from sync.documents.mss_letter import SUBJECT_PREFIX, MssLetter
from sync.documents.receipts import read_receipts

Facts = Mapping[str, object]
COLLEAGUE = "bernard"
OURS = "avis-tournesac"
ERROR = FilingError.UNKNOWN_PATIENT


async def letter_of_the_hospital(scene: Scene) -> Facts:
    """An MSSanté letter with its package and its PDF is one document of one patient, by the INS."""
    letter = hospital.letter(scene.begun_at)
    kept = await _posted(scene, letter)
    must(kept.patient_id is not None and kept.certainty is Certainty.CERTAIN, "demo.nobody")
    assert kept.patient_id is not None
    assert kept.certainty is not None
    known = patient(scene.db, kept.patient_id)
    must(known.ins == letter.patient, "demo.other_patient", n=0)
    _letter_way(scene).step(
        sentence("demo.way.patient_by_ins", ins=known.ins, sure=certainty_words(kept.certainty))
    )
    return {"title": kept.title}


async def corrected_letter(scene: Scene) -> Facts:
    """Its next version takes its place, for the same patient; the first stays, and says so."""
    kept = await _posted(scene, hospital.corrected_letter(scene.begun_at))
    (first,) = _documents(scene, hospital.letter(scene.begun_at))
    must(first.superseded_by == kept.id and kept.superseded_by is None, "demo.not_superseded")
    must(first.patient_id == kept.patient_id is not None, "demo.other_patient", n=2)
    assert kept.patient_id is not None
    both = {e.document.id for e in letters_and_documents_of(scene.db, kept.patient_id)}
    must({first.id, kept.id} <= both, "demo.not_superseded")
    assert first.superseded_how is not None
    how = superseding_words(first.superseded_how)
    _letter_way(scene).step(sentence("demo.way.superseded", how=how))
    return {"how": how}


async def dispatch_to_a_colleague(scene: Scene) -> Facts:
    """`pli send --as xdm` builds package and letter; the colleague's Pli reads the same."""
    way = scene.journeys.of(DISPATCH)
    pdf, description = await asyncio.to_thread(_files, scene)
    ins = hospital.letter(scene.begun_at).patient
    to = people()[COLLEAGUE].address
    words = ("--account", "alice", "--as", "xdm", "--ins", ins, "--to", to)
    files = ("--patient", str(description), "--document", str(pdf))
    await _work(scene.world, "send", *words, *files)
    way.step(sentence("demo.way.sent_as_xdm", to=to))
    sent = _ours(scene)
    await seen(lambda: submission(scene.db, sent.id).recipients[0].fate is Fate.DELIVERED)
    way.step(sentence("demo.way.delivered"))
    scene.colleague = await asyncio.to_thread(_new_colleague, scene)
    await _work(scene.colleague, "sync")
    found = _email_of(scene.colleague, sent.message_id)
    kept, who = _read_by(scene.colleague, found)
    must((kept.format, who.ins) == (Format.CDA_N1, ins), "demo.other_patient", n=1)
    must(_pdf_of(scene.colleague, found) == pdf.read_bytes(), "demo.document_changed")
    way.step(sentence("demo.way.read_by_colleague", title=kept.title))
    return {"to": to}


async def answer_of_their_software(scene: Scene) -> Facts:
    """Their software could not file it: its answer is seen by who sent it, as something to do."""
    way, pli = scene.journeys.of(DISPATCH), scene.colleague
    sent = _ours(scene)
    found = _email_of(pli, sent.message_id)
    await _work(pli, "answer-integration", str(found), "--code", ERROR.value)
    way.step(sentence("demo.way.answered", code=ERROR.value))
    await seen(lambda: submission(scene.db, sent.id).recipients[0].fate is Fate.UNFILED)
    said = [each.error for each in reports_of(scene.db, sent.id) if each.error]
    must(said == [ERROR.value], "demo.other_reason", reason=", ".join(said))
    way.step(sentence("demo.way.unfiled", code=ERROR.value))
    return {"code": ERROR.value}


async def _posted(scene: Scene, letter: MssLetter) -> DocumentRow:
    """The hospital hands a letter to its server; the document that Alice's Pli read in it."""
    way, name = _letter_way(scene), hospital.message_id(letter, scene.begun_at)
    octets = hospital.octets(letter, scene.begun_at)
    envid = name.partition("@")[0]
    await asyncio.to_thread(post, scene.servers, hospital.MAILBOX, octets, "alice", envid=envid)
    way.step(sentence("demo.way.posted", n=len(letter.files)))
    told = [
        receipt.envelope_id
        for held in await scene.servers.imap.held(hospital.MAILBOX, "INBOX")
        for receipt in read_receipts(held.octets)
        if receipt.outcome is Outcome.DELIVERED
    ]
    must(told.count(envid) == 1, "demo.not_once")
    way.step(sentence("demo.way.delivered"))
    await seen(lambda: scene.row("alice", name))
    way.step(sentence("demo.way.received"))
    (kept,) = await seen(lambda: _documents(scene, letter))
    files = [each.media_type for each in document(scene.db, kept.id).files]
    must((kept.format, files.count(PDF)) == (Format.CDA_N1, 1), "demo.not_one_document")
    way.step(sentence("demo.way.one_document", title=kept.title))
    must(await scene.arrived("alice", "INBOX", name) == 1, "demo.not_once")
    return kept


def _documents(scene: Scene, letter: MssLetter) -> list[DocumentRow]:
    row = scene.row("alice", hospital.message_id(letter, scene.begun_at))
    return documents_of_email(scene.db, row.email_id) if row else []


def _letter_way(scene: Scene) -> Journey:
    return scene.journeys.of(LETTER)


def _ours(scene: Scene) -> EmailSubmission:
    """The letter to the colleague: the only one of Alice's that is a package."""
    found = [each for each in outbox(scene.db) if each.subject.startswith(SUBJECT_PREFIX)]
    must(len(found) == 1, "demo.not_once")
    return found[0]


def _files(scene: Scene) -> tuple[Path, Path]:
    """What a doctor has before sending: the PDF, and the few words that describe it."""
    pdf, description = scene.root / f"{OURS}.pdf", scene.root / f"{OURS}.toml"
    pdf.write_bytes(drawn(OURS, scene.begun_at))
    day = datetime.fromtimestamp(scene.begun_at, CET).date().isoformat()
    body = json.dumps(sentence("demo.letter.dispatch"), ensure_ascii=False)
    words = f'[document]\nservice = "{day}"\n\n[letter]\nbody = {body}\n'
    description.write_text(words, encoding="utf-8")
    return pdf, description


def _new_colleague(scene: Scene) -> Pli:
    place = scene.root / COLLEAGUE
    place.mkdir(mode=0o700)
    return new_pli(place, [COLLEAGUE], scene.servers, now=scene.now)


async def _work(pli: Pli, *words: str) -> None:
    """A command of a Pli, which must succeed."""
    ended = await run_command(pli.home, pli.key_file, *words)
    must_end(ended)


def _email_of(pli: Pli, message_id: str) -> EmailId:
    """The letter in the colleague's INBOX; it must be there, and once."""
    with closing(connect(pli.home, pli.key)) as db:
        inbox = mailbox_by_role(db, pli.accounts[COLLEAGUE], Role.INBOX)
        rows = page_of_emails(db, inbox.id, limit=MANY) if inbox else []
        found = [r.email_id for r in rows if email(db, r.email_id).message_id == message_id]
    must(len(found) == 1, "demo.not_once")
    return found[0]


def _read_by(pli: Pli, email_id: EmailId) -> tuple[DocumentRow, PatientRow]:
    with closing(connect(pli.home, pli.key)) as db:
        documents, people_told = documents_of_email(db, email_id), patients_of_email(db, email_id)
    must((len(documents), len(people_told)) == (1, 1), "demo.not_one_document")
    return documents[0], people_told[0]


def _pdf_of(pli: Pli, email_id: EmailId) -> bytes:
    with closing(connect(pli.home, pli.key)) as db:
        pdfs = [p.number for p in parts_of(db, email_id) if p.media_type == PDF]
        return part_octets(db, email_id, pdfs[0]) if len(pdfs) == 1 else b""

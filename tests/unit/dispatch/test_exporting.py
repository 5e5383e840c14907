"""Received documents reach the practice's software once, and its answer is read back."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.accounts import add_account
from store.db.authors import set_author
from store.db.emails import add_email
from store.db.exports import letters_to_export
from store.db.handovers import cancel_handover, handover, handovers, retry_handover
from store.db.open import Connection, write
from store.errors import Permanent
from store.model.account import Endpoint
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.handover import Handover, HandoverState
from store.model.ids import AccountId, BlobId, EmailId
from sync.commands.handover import handover_line
from sync.derive import derive_all
from sync.dispatch import exporting
from sync.dispatch.answers import Seen, read_answers
from sync.dispatch.building import build_dispatch
from sync.dispatch.duty import LOOK_SECONDS, REST_SECONDS, Handing
from sync.dispatch.facts import Built
from sync.dispatch.queueing import unfiled
from sync.documents.hl7 import documents
from sync.documents.hprim_medecin import read
from sync.documents.mss_letter import MssLetter
from sync.mime.build import build
from tests.unit.dispatch.practice import NOW, RESULTS, facts
from tests.unit.documents.invented import INS, PDF_OCTETS

RECEIVER = """
[person]
rpps = "99700218896"
family_name = "Chênevert"
given_name = "Alice"
title = "Dr"

[software]
export = "{export}"
folder = "{folder}"
answers = "{folder}/answers"
sending_application = "Pli"
sending_facility = "Cabinet"
receiving_application = "LGC"
receiving_facility = "Cabinet"
{more}
"""
SEEN_BY_ALL = (
    "visibility = { hidden_from_professionals = false, hidden_from_patient = false,"
    " hidden_from_guardians = false, changes_confidentiality = false }"
)


@pytest.fixture
def cabinet(db: Connection) -> AccountId:
    there = Endpoint(host="mx.cabinet.example", port=465)
    facts = {"name": "cabinet", "address": "alice@cabinet.example", "user": "alice"}
    return add_account(db, imap=there, smtp=there, **facts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "logiciel"
    (found / "answers").mkdir(parents=True)
    return found


def settle(db: Connection, cabinet: AccountId, folder: Path, export: str, more: str = "") -> None:
    set_author(db, cabinet, RECEIVER.format(export=export, folder=folder, more=more), now=NOW)


def a_letter(results: str = "", message_id: str = "un@labo.example") -> bytes:
    """What another Pli would have sent."""
    made = build_dispatch(facts(results=results, letter='body = "Bonjour."'))
    assert isinstance(made, Built)
    assert made.letter
    return written(made.letter, message_id)


def written(letter: MssLetter, message_id: str = "un@labo.example") -> bytes:
    """Its octets, as the outbox freezes them."""
    files = [each.octets for each in letter.files]
    facts = {"message_id": message_id, "date_at": NOW, "boundary": "b0"}
    return build(unfiled(letter, seal=False), attachments=files, **facts)


async def arrives(db: Connection, cabinet: AccountId, octets: bytes) -> EmailId:
    with write(db):
        email_id = add_email(db, cabinet, octets, NOW)
    await derive_all(db)
    return email_id


def only(db: Connection) -> Handover:
    [found] = handovers(db)
    return found


async def test_a_received_document_is_a_message_of_hl7(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    await arrives(db, cabinet, a_letter())
    duty = Handing()
    assert await duty(db) == LOOK_SECONDS  # its answer is awaited
    row = only(db)
    [path] = [each for each in folder.iterdir() if each.is_file()]
    assert path.name == f"pli_{row.control_id}.hl7"
    message = path.read_bytes()
    assert b"MDM^T02^MDM_T02" in message
    assert row.control_id.encode() in message
    assert b"un@labo.example^XDM/1.0/DDM+" in message
    [document] = documents(message)
    assert document.patient
    assert document.patient.ins == INS
    await duty(db)
    assert only(db) == row, "looked at once"


@pytest.mark.parametrize(
    ("answer", "state", "reply"),
    [
        ("MSA|AA|{id}\r", HandoverState.ACCEPTED, ""),
        (
            "MSA|AE|{id}\rERR|||902^Patient inconnu^HL70357|E\r",
            HandoverState.REFUSED,
            "902 Patient inconnu",
        ),
    ],
)
async def test_its_answer_is_read_back(
    db: Connection, cabinet: AccountId, folder: Path, answer: str, state: str, reply: str
) -> None:
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    await arrives(db, cabinet, a_letter())
    duty = Handing()
    await duty(db)
    told = folder / "answers" / "a.ack"
    head = "MSH|^~\\&|LGC|Cabinet|Pli|Cabinet|20261127||ACK|7|P|2.6\r"
    told.write_text(head + answer.format(id="0" * 16), encoding="utf-8")  # another message's
    (folder / "answers" / "b.pdf").write_bytes(PDF_OCTETS)
    assert await duty(db) == LOOK_SECONDS
    assert only(db).state is HandoverState.PLACED
    same_time = told.stat().st_mtime_ns
    told.write_text(head + answer.format(id=only(db).control_id), encoding="utf-8")
    os.utime(told, ns=(same_time, same_time))
    assert await duty(db) == REST_SECONDS
    assert (only(db).state, only(db).reply) == (state, reply)
    assert told.exists(), "the folder is another program's"


async def test_what_says_nothing_of_ours_is_not_read_at_each_look(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    await arrives(db, cabinet, a_letter())
    await Handing()(db)
    old = folder / "answers" / "d'hier.ack"
    old.write_bytes(b"rien")
    os.utime(old, (0, 0))
    seen: Seen = set()
    assert await read_answers(db, seen) == 1
    assert seen == {(str(old), 0, 4)}


async def test_a_pair_of_hprim_says_what_the_letter_said(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    settle(db, cabinet, folder, "hprim", 'code = "0042"')
    await arrives(db, cabinet, a_letter(RESULTS))
    assert await Handing()(db) == REST_SECONDS
    text, pdf = sorted(each for each in folder.iterdir() if each.is_file())
    assert (text.suffix, pdf.suffix, text.stem) == (".hpr", ".pdf", pdf.stem)
    assert pdf.read_bytes() == PDF_OCTETS
    [document] = read(text.read_bytes())
    assert document.patient
    assert (document.patient.used_name, document.patient.birth_day) == (
        "LEROUX-ESSAI",
        "1985-03-14",
    )
    assert document.recipients[0].family_name == "Dr Alice Chênevert"
    assert only(db).state is HandoverState.PLACED
    # The text is what the other program waits for.
    assert [Path(each.path).suffix for each in only(db).files] == [".pdf", ".hpr"]


async def test_what_another_process_exported_meanwhile_is_left_to_it(
    db: Connection, cabinet: AccountId, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    email_id = await arrives(db, cabinet, a_letter())
    real = exporting.note_exported_within

    def late(db: Connection, email_id: EmailId, *, now: int) -> bool:
        real(db, email_id, now=now)  # as the other one did, a moment before
        return real(db, email_id, now=now)

    monkeypatch.setattr(exporting, "note_exported_within", late)
    assert await exporting.export_received(db) == 0
    assert handovers(db) == []
    assert letters_to_export(db, cabinet, 10) == [], email_id


async def test_a_pair_that_came_as_one_goes_on_octet_for_octet(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    settle(db, cabinet, folder, "hprim")
    text = RESULTS.encode("mac_roman")
    names = [("r.hpr", "application/octet-stream", text), ("r.pdf", "application/pdf", PDF_OCTETS)]
    draft = Draft(
        sender=EmailAddress(email="labo@labo.example"),
        to=(EmailAddress(email="alice@cabinet.example"),),
        attachments=tuple(
            Attachment(name=name, media_type=kind, blob_id=BlobId(bytes(32)), size=len(octets))
            for name, kind, octets in names
        ),
    )
    facts = {"message_id": "r@labo.example", "date_at": NOW, "boundary": "b0"}
    await arrives(db, cabinet, build(draft, attachments=[each[2] for each in names], **facts))
    await Handing()(db)
    found = sorted(each for each in folder.iterdir() if each.is_file())
    assert [each.read_bytes() for each in found] == [text, PDF_OCTETS]


async def test_what_lacks_holds_it_by_name_and_it_is_looked_at_again_when_told(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    settle(db, cabinet, folder, "hl7")
    await arrives(db, cabinet, a_letter())
    duty = Handing()
    await duty(db)
    held = only(db)
    assert (held.state, held.reason) == (HandoverState.HELD, "document.missing.visibility")
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    await duty(db)
    assert only(db) == held
    retry_handover(db, held.id, now=NOW)
    await duty(db)
    assert only(db).state is HandoverState.PLACED


async def test_letters_of_before_of_ours_and_without_documents_are_left_alone(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    await arrives(db, cabinet, a_letter(message_id="avant@labo.example"))
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    ours = re.sub(rb"(?m)^From:.*\r\n(?: .*\r\n)*", b"From: alice@cabinet.example\r\n", a_letter())
    await arrives(db, cabinet, ours)
    await arrives(db, cabinet, b"From: bob@chu.example\r\nSubject: x\r\n\r\nBonjour\r\n")
    assert await Handing()(db) == REST_SECONDS
    assert handovers(db) == []


async def test_a_package_that_cannot_be_read_is_told(
    db: Connection, cabinet: AccountId, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    monkeypatch.setattr(exporting, "MOST_OCTETS", 10)
    await arrives(db, cabinet, a_letter())
    await Handing()(db)
    assert (only(db).state, only(db).reason) == (HandoverState.HELD, "handover.too_large")
    cancel_handover(db, only(db).id, now=NOW)
    assert handover(db, only(db).id).state is HandoverState.CANCELED


async def test_why_a_package_cannot_be_read_is_a_whole_sentence(
    db: Connection, cabinet: AccountId, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: object) -> tuple[()]:
        raise Permanent("zip.too_many", most=1)

    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    monkeypatch.setattr(exporting, "received_documents", refuses)
    await arrives(db, cabinet, a_letter())
    await Handing()(db)
    assert "{" not in handover_line(only(db))
    assert "ne peuvent pas être lus" in handover_line(only(db))


class Crash(BaseException):
    """The process died here."""


async def test_killed_at_each_commit_a_document_is_exported_once(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    for steps in range(8):
        await arrives(db, cabinet, a_letter(message_id=f"{steps}@labo.example"))
        left = steps

        class Dying:
            def __getattr__(self, name: str) -> object:
                return getattr(db, name)

            def execute(self, sql: str, *args: object) -> object:
                nonlocal left
                if sql == "COMMIT":
                    left -= 1
                    if left < 0:
                        raise Crash
                return db.execute(sql, *args)

        try:
            await Handing()(Dying())  # type: ignore[arg-type]
        except Crash:
            if db.in_transaction:
                db.execute("ROLLBACK")
        await Handing()(db)
        files = [each for each in folder.iterdir() if each.is_file()]
        assert len(files) == len(handovers(db)) == steps + 1


@pytest.mark.logs("author.unreadable")
async def test_settings_of_another_pli_stop_nobody(
    db: Connection, cabinet: AccountId, folder: Path
) -> None:
    there = Endpoint(host="mx.cabinet.example", port=465)
    other = add_account(db, name="b", address="b@cabinet.example", user="b", imap=there, smtp=there)
    set_author(db, cabinet, "[later]", now=NOW)
    settle(db, other, folder, "hl7", SEEN_BY_ALL)
    await arrives(db, other, a_letter())
    await Handing()(db)
    assert only(db).account_id == other
    assert replace(only(db), number=1) == only(db)

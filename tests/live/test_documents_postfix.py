"""A document's whole journey between two practices: sent, received, exported, answered.

Postfix carries it, Dovecot keeps it, Python's email reads it; each practice is a Pli of its own.
"""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from store.db.accounts import accounts
from store.db.drafts import attach, save_draft, send_draft
from store.db.letter_sizes import largest_letter
from store.host.paths import Home
from store.model.draft import Draft, HealthWish
from store.model.email import EmailAddress
from store.model.receipt import Outcome, ReceiptKind
from sync.documents.hl7 import documents
from sync.documents.receipts import read_receipts
from sync.documents.sidecar import read_sidecar
from sync.documents.xdm import Package, read_xdm
from tests.live.person import Pli, opened
from tests.servers.world import MailWorld
from tests.unit.dispatch.practice import AUTHOR, SIDECAR
from tests.unit.dispatch.test_exporting import RECEIVER, SEEN_BY_ALL
from tests.unit.documents.invented import INS, PDF_OCTETS


def practice(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    world: MailWorld,
    name: str,
    settings: str,
) -> Pli:
    """A Pli with one account and its settings."""
    (root / "home").mkdir(parents=True, mode=0o700)
    pli = Pli(Home(root / "home"), capsys, monkeypatch, world)
    assert pli("init", "--key-file", str(pli.key_file)) == 0, pli.said
    assert pli.add(world.account(name)) == 0, pli.said
    (root / "author.toml").write_text(settings, encoding="utf-8")
    assert pli("account", "set", "cabinet", "--author", str(root / "author.toml")) == 0, pli.said
    return pli


def read(octets: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(octets, policy=email.policy.default))


def checked(letter: EmailMessage) -> Package:
    """Its package, once the letter was seen to be what the rules want."""
    assert letter["Subject"].startswith("XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX")
    assert (letter["X-MSS-CODECDA"], letter["X-MSS-INS"]) == ("11502-2", "O")
    zipped, pdf = letter.iter_attachments()
    assert cast(EmailMessage, pdf).get_content() == PDF_OCTETS
    package = read_xdm(cast(EmailMessage, zipped).get_content())
    assert package.warnings == ()
    assert package.documents[0].patient
    assert package.documents[0].patient.ins == INS
    return package


def test_a_document_is_sent_received_exported_and_answered(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mail_world: MailWorld,
) -> None:
    lab, doctor = mail_world.newcomer(), mail_world.newcomer()
    dmp, software = tmp_path / "dmp", tmp_path / "logiciel"
    dmp.mkdir()
    (software / "answers").mkdir(parents=True)
    settings = f'{AUTHOR}\n[dmp]\nfolder = "{dmp}"\n'
    world = (capsys, monkeypatch, mail_world)
    sender = practice(tmp_path / "lab", *world, lab.user, settings)
    receiving = RECEIVER.format(export="hl7", folder=software, more=SEEN_BY_ALL)
    reader = practice(tmp_path / "doctor", *world, doctor.user, receiving)
    (tmp_path / "a.toml").write_text(SIDECAR, encoding="utf-8")
    (tmp_path / "a.pdf").write_bytes(PDF_OCTETS)

    words = ("--patient", str(tmp_path / "a.toml"), "--document", str(tmp_path / "a.pdf"))
    assert sender("send", "--as", "xdm", *words, "--to", doctor.address, "--to-dmp") == 0, (
        sender.said
    )
    [octets] = mail_world.postfix.wait_delivered(doctor.address, 1)
    letter = read(octets)
    package = checked(letter)
    [placed] = dmp.iterdir()
    assert (placed / "INDEX.HTM").is_file()

    assert reader("sync") == 0, reader.said
    assert reader("handover", "run", "--once") == 0, reader.said
    [message] = [each for each in software.iterdir() if each.is_file()]
    [exported] = documents(message.read_bytes())
    assert exported.patient == package.documents[0].patient
    control_id = message.stem.removeprefix("pli_")
    answer = f"MSH|^~\\&|LGC|C|Pli|C|20261127||ACK|1|P|2.6\rMSA|AA|{control_id}\r"
    (software / "answers" / "1.ack").write_text(answer, encoding="utf-8")
    assert reader("handover", "run", "--once") == 0, reader.said
    assert [each["state"] for each in reader.facts("handover", "list")] == ["accepted"]

    [received] = reader.facts("list", "INBOX")
    assert reader("answer-integration", str(received["id"]), "--code", "902") == 0, reader.said
    # Postfix tells that it handed it over; the doctor's software, that nothing was filed.
    told = mail_world.postfix.wait_delivered(lab.address, 2)
    receipts = {each.kind: each for letter in told for each in read_receipts(letter)}
    assert receipts[ReceiptKind.DSN].outcome is Outcome.RELAYED
    receipt = receipts[ReceiptKind.MDN]
    assert (receipt.outcome, receipt.error) == (Outcome.REFUSED, "902")
    assert f"<{receipt.message_id}>" == letter["Message-ID"]


def test_a_composed_letter_about_a_patient_leaves_as_their_document(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mail_world: MailWorld,
) -> None:
    lab, doctor, other = (mail_world.newcomer() for _ in range(3))
    sender = practice(tmp_path / "lab", capsys, monkeypatch, mail_world, lab.user, AUTHOR)
    patient = read_sidecar(SIDECAR.encode()).patient
    assert patient
    wish = HealthWish(patient=patient, service_day="2026-11-24", qualified=True)
    with opened(sender) as db:
        [by] = accounts(db)
        draft = Draft(
            sender=EmailAddress(email=by.address),
            to=(EmailAddress(email=doctor.address),),
            cc=(EmailAddress(email=other.address),),
            body="Cher confrère,\nvoici le compte rendu.\n",
            in_reply_to="demande@chu.example",
            attachments=(attach(db, "cr.pdf", "application/pdf", PDF_OCTETS),),
            health=wish,
        )
        send_draft(db, save_draft(db, by.id, draft, now=1), 1)
    assert sender("sync") == 0, sender.said
    [octets] = mail_world.postfix.wait_delivered(doctor.address, 1)
    letter = read(octets)
    checked(letter)
    assert letter["In-Reply-To"] == "<demande@chu.example>"
    assert letter["Cc"] == other.address
    assert "voici le compte rendu." in octets.decode("utf-8", "replace")
    [copy] = mail_world.postfix.wait_delivered(other.address, 1)
    assert read(copy)["Message-ID"] == letter["Message-ID"]
    with opened(sender) as db:
        assert largest_letter(db, by.id) is not None, "Postfix names its limit"

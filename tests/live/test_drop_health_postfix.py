"""A dropped PDF with its HPRIM leaves as a health document, by the commands and by a node that is
killed in between: once, and the package at the real server says the right patient.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from store.db import drops
from store.db.handovers import handovers
from store.model.account import Account
from store.model.drop import ItemState
from store.model.handover import HandoverState
from sync.documents.xdm import read_xdm
from tests.live.person import Pli, opened, until
from tests.live.test_documents_postfix import practice, read
from tests.servers.world import MailWorld
from tests.sim.test_drop_groups import page
from tests.sim.test_drop_health import metadata_of
from tests.unit.dispatch.practice import AUTHOR, RESULTS, SIDECAR
from tests.unit.documents.invented import INS

CODE = "102938475"
OF_THE_SET = re.compile(
    rb'identificationScheme="urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"[^>]*value="([^"]*)"'
    rb'|value="([^"]*)"[^>]*identificationScheme="urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"'
)
"""XDSSubmissionSet.patientId (IHE ITI TF-3, table 4.2.3.3)."""
RULE = """[cobas]
folder = "{folder}"
account = "cabinet"
dispatch = "done"
find = ["hprim"]
doctors = "medecins.csv"
as = "xdm"
to_dmp = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "resultats"
    folder.mkdir()
    return folder


def dropped(folder: Path, name: str) -> bytes:
    """A result as the laboratory's machine writes it: the HPRIM names the doctor, by a code."""
    pdf = page(f"Mme ANAÏS LEROUX-ESSAI, née le 14/03/1985, examen {name}")
    hprim = RESULTS.replace("Dr Alice", f"{CODE} Dr Alice")
    for ending, octets in (
        ("pdf", pdf),
        ("hpr", hprim.encode("cp1252")),
        ("toml", SIDECAR.encode()),
        ("done", b""),
    ):
        (folder / f"{name}.{ending}").write_bytes(octets)
    return pdf


def is_right(octets: bytes, pdf: bytes) -> bool:
    """Whether the doctor has the PDF as it was, and a package about the patient it is about."""
    letter = read(octets)
    assert letter["Subject"].startswith("XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX")
    zipped, paper = letter.iter_attachments()
    assert paper.get_content() == pdf
    [of_the_set] = OF_THE_SET.findall(metadata_of(octets))
    found = read_xdm(zipped.get_content())
    assert found.warnings == ()
    [patient] = [each.patient for each in found.documents if each.patient]
    assert (patient.ins, patient.birth_day) == (INS, "1985-03-14")
    return b"".join(of_the_set).startswith(f"{INS}^^^&".encode())


@pytest.fixture
def pli(
    tmp_path: Path,
    folder: Path,
    doctor: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mail_world: MailWorld,
) -> Pli:
    """A laboratory with one rule, that makes health documents and sets for the DMP."""
    lab = mail_world.newcomer()
    (tmp_path / "dmp").mkdir()
    settings = f'{AUTHOR}\n[dmp]\nfolder = "{tmp_path / "dmp"}"\n'
    pli = practice(tmp_path / "lab", capsys, monkeypatch, mail_world, lab.user, settings)
    pli.home.drop_rules.write_text(RULE.format(folder=folder), encoding="utf-8")
    os.utime(pli.home.drop_rules, (1_795_000_000, 1_795_000_000))  # or it is waited for
    codes = f"code;adresse\n{CODE};{doctor.address}\n"
    (pli.home.root / "medecins.csv").write_text(codes, encoding="utf-8")
    return pli


@pytest.fixture
def doctor(mail_world: MailWorld) -> Account:
    return mail_world.newcomer()


def dies_between_the_ledger_and_the_letter(pli: Pli, folder: Path) -> bytes:
    """A node that takes a document and is killed before a server has its letter."""
    postfix = pli.world.postfix
    until(lambda: postfix.queued() == 0)  # else it delivers an earlier one again by itself
    postfix.stop()
    node = pli.node()
    try:
        pdf = dropped(folder, "deux")
        with opened(pli) as db:
            [rule] = drops.rules(db)
            until(lambda: len(drops.items(db, rule.id)) == 2)
    finally:
        node.kill()
        node.wait()
        postfix.start()
    return pdf


def test_a_result_leaves_once_as_a_health_document_about_the_right_patient(
    pli: Pli, tmp_path: Path, folder: Path, doctor: Account, mail_world: MailWorld
) -> None:
    first = dropped(folder, "un")
    assert pli("drop", "run", "--once") == 0, pli.said
    [octets] = mail_world.postfix.wait_delivered(doctor.address, 1)
    assert is_right(octets, first)
    assert len(list((tmp_path / "dmp").iterdir())) == 1, "the set for the DMP was not placed"
    assert not (folder / "un.pdf").exists(), "it was not put away"

    second = dies_between_the_ledger_and_the_letter(pli, folder)
    node = pli.node()
    try:
        with opened(pli) as db:
            [rule] = drops.rules(db)
            until(lambda: all(each.put_away for each in drops.items(db, rule.id)), 60)
            states = {each.state for each in drops.items(db, rule.id)}
            placed = [each.state for each in handovers(db)]
    finally:
        node.terminate()
        assert node.wait(timeout=60) == 0
    assert (states, placed) == ({ItemState.SENT}, [HandoverState.PLACED] * 2)
    arrived = mail_world.postfix.wait_delivered(doctor.address, 2)
    assert len(arrived) == 2, "one left twice"
    assert is_right(next(each for each in arrived if each != octets), second)
    assert len(list((tmp_path / "dmp").iterdir())) == 2

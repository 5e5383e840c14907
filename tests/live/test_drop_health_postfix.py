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
from store.model.drop import ItemState
from store.model.handover import HandoverState
from sync.documents.xdm import Package, read_xdm
from tests.live.person import opened, until
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


def package(octets: bytes, pdf: bytes) -> Package:
    """What the doctor has: the PDF as it was, and the package about the patient it is about."""
    letter = read(octets)
    assert letter["Subject"].startswith("XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX")
    zipped, paper = letter.iter_attachments()
    assert paper.get_content() == pdf
    [of_the_set] = OF_THE_SET.findall(metadata_of(octets))
    assert b"".join(of_the_set).startswith(f"{INS}^^^&".encode())
    found = read_xdm(zipped.get_content())
    assert found.warnings == ()
    return found


def test_a_result_leaves_once_as_a_health_document_about_the_right_patient(
    tmp_path: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mail_world: MailWorld,
) -> None:
    lab, doctor = mail_world.newcomer(), mail_world.newcomer()
    mail_world.dovecot.add_user(lab.user)
    dmp = tmp_path / "dmp"
    dmp.mkdir()
    settings = f'{AUTHOR}\n[dmp]\nfolder = "{dmp}"\n'
    pli = practice(tmp_path / "lab", capsys, monkeypatch, mail_world, lab.user, settings)
    pli.home.drop_rules.write_text(RULE.format(folder=folder), encoding="utf-8")
    os.utime(pli.home.drop_rules, (1_795_000_000, 1_795_000_000))  # or it is waited for
    codes = f"code;adresse\n{CODE};{doctor.address}\n"
    (pli.home.root / "medecins.csv").write_text(codes, encoding="utf-8")

    first = dropped(folder, "un")
    assert pli("drop", "run", "--once") == 0, pli.said
    [octets] = mail_world.postfix.wait_delivered(doctor.address, 1)
    [document] = package(octets, first).documents
    assert document.patient
    assert (document.patient.ins, document.patient.birth_day) == (INS, "1985-03-14")
    assert len(list(dmp.iterdir())) == 1, "the set for the DMP was not placed"
    assert [each.name for each in folder.rglob("*.pdf")] != ["un.pdf"], "it was not put away"

    until(lambda: mail_world.postfix.queued() == 0)  # else it delivers the first one again itself
    mail_world.postfix.stop()  # so that it dies between the ledger and the letter
    node = pli.node()
    try:
        second = dropped(folder, "deux")
        with opened(pli) as db:
            [rule] = drops.rules(db)
            until(lambda: len(drops.items(db, rule.id)) == 2)
    finally:
        node.kill()
        node.wait()
        mail_world.postfix.start()
    node = pli.node()
    try:
        with opened(pli) as db:
            until(lambda: all(each.put_away for each in drops.items(db, rule.id)), 60)
            states = {each.state for each in drops.items(db, rule.id)}
            placed = [each.state for each in handovers(db)]
    finally:
        node.terminate()
        assert node.wait(timeout=60) == 0
    assert (states, placed) == ({ItemState.SENT}, [HandoverState.PLACED] * 2)
    arrived = mail_world.postfix.wait_delivered(doctor.address, 2)
    assert len(arrived) == 2, "one left twice"
    [document] = package(arrived[1], second).documents
    assert document.patient
    assert document.patient.ins == INS
    assert len(list(dmp.iterdir())) == 2

"""A laboratory's HL7 result, and what comes back for its system: ZAM^Z02 once the doctor's mailbox
is known to have it, or not to get it, ZAM^Z03 once their program has filed it, by a real node."""

from __future__ import annotations

import email
import json
import os
import re
from pathlib import Path

import pytest

from store.host.paths import Home
from store.model.account import Account
from tests.live.person import Pli, until
from tests.servers.world import MailWorld
from tests.sim.test_drop_groups import page
from tests.unit.documents.lab_files import OBR, PID, PLAIN, message

RULE = """[cobas]
folder = "{folder}"
account = "cabinet"
dispatch = "done"
find = ["hl7"]
doctors = "medecins.csv"
[cobas.results]
folder = "{results}"
hl7 = true
"""
MDN = """From: {doctor}
To: {lab}
Subject: XDM/1.0/DDM+
Message-ID: <lu@medecin.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

Lu.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{doctor}
Original-Message-ID: {message_id}
Disposition: automatic-action/MDN-sent-automatically; processed

--b--
"""
LITERAL = re.compile(r"(?:[^\\]|\\[FSTRE]\\)*")


def strictly_read(octets: bytes) -> dict[str, list[list[str]]]:
    """Segments and fields, by the letter of HL7 v2.5 chapter 2."""
    text = octets.decode("utf-8")
    assert text.startswith("MSH|^~\\&|")
    assert text.endswith("\r")
    assert "\n" not in text
    found: dict[str, list[list[str]]] = {}
    for line in text[:-1].split("\r"):
        name, *fields = line.split("|")
        assert re.fullmatch("[A-Z][A-Z0-9]{2}", name)
        assert all(LITERAL.fullmatch(each) for each in fields[name == "MSH" :])
        found.setdefault(name, []).append(fields)
    [head] = found["MSH"]
    assert re.fullmatch(r"[0-9]{14}\+0000", head[5])
    assert (head[9], head[10], head[15], head[16]) == ("P", "2.5", "FRA", "UNICODE UTF-8")
    assert 0 < len(head[8]) <= 20
    return found


def drop(folder: Path, name: str, code: str) -> None:
    ward = f"PV1|1|O|||||{code}^KERMADEC^Loïc"
    told = message(PID, ward, OBR, *PLAIN).replace(b"M-77", f"M-{name}\\T\\7".encode())
    for ending, octets in (("pdf", page("LE GOFF Zoé 03/02/1984")), ("hl7", told), ("done", b"")):
        (folder / f"{name}.{ending}").write_bytes(octets + f"\n{name}".encode() * (ending == "pdf"))


def answered(folder: Path, results: Path) -> int:
    """How many answers there are; the next look is made now, not within its fifteen seconds."""
    (folder / ".regarde").touch()
    return len(list(results.glob("*.hl7")))


@pytest.fixture
def doctor(mail_world: MailWorld) -> Account:
    return mail_world.newcomer()


@pytest.fixture
def pli(
    tmp_path: Path,
    doctor: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mail_world: MailWorld,
) -> Pli:
    for name in ("home", "depot", "retour"):
        (tmp_path / name).mkdir(mode=0o700)
    pli = Pli(Home(tmp_path / "home"), capsys, monkeypatch, mail_world)
    assert pli("init", "--key-file", str(pli.key_file)) == 0, pli.said
    assert pli.add(mail_world.newcomer()) == 0, pli.said
    codes = f"code\tadresse\nKERM\t{doctor.address}\nPARTI\tparti-{doctor.address}\n"
    (pli.home.root / "medecins.csv").write_text(codes, encoding="utf-16")
    told = RULE.format(folder=tmp_path / "depot", results=tmp_path / "retour")
    pli.home.drop_rules.write_text(told, encoding="utf-8")
    os.utime(pli.home.drop_rules, (1_795_000_000, 1_795_000_000))  # or it is waited for
    return pli


def test_a_laboratorys_system_reads_what_became_of_its_result(
    pli: Pli, tmp_path: Path, doctor: Account, mail_world: MailWorld
) -> None:
    [lab] = pli.facts("account", "list")
    node, results = pli.node(), tmp_path / "retour"
    try:
        drop(tmp_path / "depot", "un", "KERM")
        drop(tmp_path / "depot", "deux", "PARTI")
        [arrived] = mail_world.postfix.wait_delivered(doctor.address, 1, 60)
        message_id = email.message_from_bytes(arrived)["Message-ID"]
        told = MDN.format(doctor=doctor.address, lab=lab["address"], message_id=message_id)
        with mail_world.dovecot.session(str(lab["user"])) as imap:
            imap.append("INBOX", None, None, told.replace("\n", "\r\n").encode())
        until(lambda: answered(tmp_path / "depot", results) == 3, 60)
    finally:
        node.terminate()
        assert node.wait(timeout=60) == 0
    answers = {each.name[-9:-4]: strictly_read(each.read_bytes()) for each in results.glob("*.hl7")}
    assert {name: said["MSH"][0][7] for name, said in answers.items()} == {
        "z02-y": "ZAM^Z02^ZAM_Z01",
        "z02-n": "ZAM^Z02^ZAM_Z01",
        "z03-y": "ZAM^Z03^ZAM_Z01",
    }
    assert [answers[each]["OBX"][0][3] for each in ("z02-y", "z03-y", "z02-n")] == [
        *(["M-un\\T\\7"] * 2),
        "M-deux\\T\\7",
    ]
    assert answers["z02-n"]["ERR"][0][2] == "207^Application internal error^HL70357"
    states = {
        each["recipients"][0]["state"]
        for each in map(json.loads, (path.read_bytes() for path in results.glob("*.json")))
    }
    assert states == {"filed", "failed"}

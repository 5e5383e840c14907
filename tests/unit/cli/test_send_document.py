"""`pli send --as xdm`: what is missing is said, what is whole is kept in one piece, once."""

from __future__ import annotations

import asyncio
import email
import email.policy
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.db import blobs
from store.db.accounts import account, change_account
from store.db.drafts import drafts_waiting
from store.db.handovers import handovers
from store.db.open import Connection
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.errors import Permanent, Transient
from store.host.clock import now
from store.host.lock import NodeLock
from store.host.paths import Home
from store.model.handover import HandoverState
from store.model.ids import AccountId
from store.model.route import Way
from sync.commands import send, send_document
from sync.documents.duty import read_documents
from sync.documents.xdm import read_xdm
from sync.submit.freeze import freeze_due
from tests.unit.cli.conftest import Pli, Said
from tests.unit.directory.lines import MSSANTE, mssante
from tests.unit.dispatch.practice import AUTHOR, RESULTS, SIDECAR
from tests.unit.dispatch.test_exporting import a_letter, arrives
from tests.unit.documents.invented import INS, PDF_OCTETS, RPPS

TO = ("--to", "Dr Bob <bob@chu.example>")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A practice's settings, a description, a PDF, and a folder for the DMP software."""
    found = {name: tmp_path / name for name in ("author.toml", "a.toml", "a.pdf", "a.hpr", "dmp")}
    found["dmp"].mkdir()
    found["author.toml"].write_text(f'{AUTHOR}\n[dmp]\nfolder = "{found["dmp"]}"\n', "utf-8")
    found["a.toml"].write_text(SIDECAR, encoding="utf-8")
    found["a.pdf"].write_bytes(PDF_OCTETS)
    found["a.hpr"].write_bytes(RESULTS.encode("cp1252"))
    return found


@pytest.fixture(autouse=True)
def _inside(
    db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch, call: Pli,
    files: dict[str, Path],
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    domains = ["cabinet.example", "chu.example", "patient.mssante.fr"]
    replace_whitelist(db, domains, digest=b"d", published_at=now(), now=now())
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))

    async def no_line(*_: object) -> float:
        raise Transient("net.unreachable", host="mx", port=465)

    monkeypatch.setattr(send, "outbox_pass", no_line)
    assert call("account", "set", "cabinet", "--author", str(files["author.toml"])).code == 0


@pytest.fixture
def sent(call: Pli, files: dict[str, Path]) -> Any:
    """Send the document with more options."""

    def send_it(*more: str, to: tuple[str, ...] = TO) -> Said:
        paths = ("--patient", str(files["a.toml"]), "--document", str(files["a.pdf"]))
        return call("send", "--as", "xdm", *paths, *to, *more)

    return send_it


def letters(db: Connection) -> list[Any]:
    """Every letter of the outbox as the standard library reads it, oldest first."""
    octets = (blobs.get(db, each.blob_id) for each in reversed(outbox(db)))
    return [email.message_from_bytes(each, policy=email.policy.default) for each in octets]


def test_a_document_leaves_as_the_rules_want_it(db: Connection, sent: Any) -> None:
    said = sent("--urgent", "--json")
    assert said.code == 0
    [letter] = letters(db)
    assert letter["Subject"].startswith("XDM/1.0/DDM+Compte rendu")
    assert letter["Subject"].endswith("LEROUX-ESSAI ANAÏS 14/03/1985")
    assert (letter["X-MSS-CODECDA"], letter["X-MSS-INS"]) == ("11502-2", "O")
    assert letter["X-MSS-NIL"] == "PLI000001"
    assert letter["Disposition-Notification-To"] == "alice@cabinet.example"
    assert "accueil@labo.example" in letter["Reply-To"]
    assert letter["Importance"] == "high"
    zipped, pdf = letter.iter_attachments()
    assert (zipped.get_filename(), zipped.get_content_type()) == (
        "IHE_XDM.zip",
        "application/zip",
    )
    assert pdf.get_filename().startswith("20261124_CR d'examens biologiques_LEROUX-ESSAI_ANAÏS")
    [document] = read_xdm(zipped.get_content()).documents
    assert document.patient
    assert document.patient.ins == INS
    facts, queued = map(json.loads, said.out.splitlines())
    assert json.loads(facts["document"])["version"] == 1
    assert (facts["level"], queued["state"]) == ("cda_n1", "queued")
    [row] = outbox(db)
    assert [each.way for each in row.recipients] == [Way.MSSANTE]


def test_the_patient_and_the_dmp_each_get_their_own(
    db: Connection, sent: Any, files: dict[str, Path]
) -> None:
    assert sent("--to-patient", "--close", "--to-dmp").code == 0
    first, second = letters(db)
    assert (first["To"], second["To"]) == (
        '"Dr Bob" <bob@chu.example>'.replace('"', ""),
        f"{INS}@patient.mssante.fr",
    )
    assert (first["X-MSS-MES"], second["X-MSS-MES"]) == (None, "FIN")
    ways = [each.way for row in outbox(db) for each in row.recipients]
    assert ways == [Way.PATIENT, Way.MSSANTE]
    [placed] = files["dmp"].iterdir()
    assert placed.name.startswith("IHE_XDM_")
    assert (placed / "IHE_XDM" / "SUBSET01" / "METADATA.XML").is_file()
    [row] = handovers(db)
    assert row.state is HandoverState.PLACED


def test_all_that_is_missing_is_said_and_nothing_is_kept(
    db: Connection, call: Pli, files: dict[str, Path]
) -> None:
    files["a.toml"].write_text('[patient]\nbirth_name = "ESSAI"\n', encoding="utf-8")
    said = call("send", "--as", "xdm", "--patient", str(files["a.toml"]))
    assert said.code == 1
    for words in ("l'INS", "le prénom", "la date de naissance", "le sexe", "le destinataire"):
        assert f"Il manque {words}" in said.err
    assert "Rien n'est parti" in said.err
    assert (outbox(db), drafts_waiting(db), handovers(db)) == ([], [], [])


def test_the_guard_sees_it_as_medical(db: Connection, sent: Any, call: Pli) -> None:
    call("policy", "non_medical", "allow")
    said = sent(to=("--to", "bob@boite.example"))
    assert said.code == 1
    assert "bob@boite.example : ne part pas" in said.err
    assert outbox(db) == []
    assert sent("--non-medical", "rien").code == 2


def test_a_dry_run_says_the_ways_and_keeps_nothing(db: Connection, sent: Any) -> None:
    said = sent("--dry-run", "--to-patient", "--to-dmp")
    assert said.code == 0
    assert f"{INS}@patient.mssante.fr" in said.err
    assert (outbox(db), drafts_waiting(db), handovers(db)) == ([], [], [])


def test_the_same_again_is_seen(db: Connection, sent: Any) -> None:
    assert sent().code == 0
    again = sent()
    assert again.code == 1
    assert "déjà été envoyé à bob@chu.example" in again.err
    assert len(outbox(db)) == 1
    assert sent("--to-patient", "--urgent").code == 1, "another wish makes no other document"
    assert sent("--to-patient", to=()).code == 0
    assert sent(to=("--to", "chloe@chu.example")).code == 0
    assert len(outbox(db)) == 3
    assert sent("--again").code == 0
    assert len(outbox(db)) == 4


def test_results_are_read_and_why_they_are_not_in_codes_is_said(
    db: Connection, sent: Any, files: dict[str, Path]
) -> None:
    said = sent("--results", str(files["a.hpr"]))
    assert said.code == 0
    assert "un résultat n'a pas de code LOINC" in said.err
    assert sent("--results", str(files["a.pdf"])).code == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--subject", "x"), 2),
        (("--cc", "x@chu.example"), 2),
        (("--attach", __file__), 2),
        (("--to", f"{INS}@patient.mssante.fr"), 1),
    ],
)
def test_what_does_not_go_with_a_document_is_refused(
    db: Connection, sent: Any, words: tuple[str, ...], code: int
) -> None:
    assert sent(*words).code == code
    assert outbox(db) == []


def test_an_ordinary_letter_still_needs_its_options(call: Pli, files: dict[str, Path]) -> None:
    assert call("send", "--subject", "x").code == 2
    assert call("send", "--to", "bob@chu.example").code == 2
    said = call("send", *TO, "--subject", "x", "--document", str(files["a.pdf"]))
    assert said.code == 2
    assert "--document ne va qu'avec --as xdm" in said.err


def test_the_letters_of_whoever_died_are_frozen_by_the_node(
    db: Connection, sent: Any, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dead(BaseException):
        """The process died here."""

    def dies(*_: object) -> None:
        raise Dead

    with monkeypatch.context() as patched:
        patched.setattr(send_document, "frozen_letters", dies)
        with pytest.raises(Dead):
            sent("--to-patient", "--to-dmp")
    assert len(drafts_waiting(db)) == 2
    by = account(db, cabinet)

    async def node(at: int) -> int:
        return await freeze_due(db, by, now=at)

    assert asyncio.run(node(now())) == 0  # whoever asked still has the time to
    assert asyncio.run(node(now() + 120)) == 2
    assert len(outbox(db)) == 2
    assert [each["X-MSS-INS"] for each in letters(db)] == ["O", "O"]
    assert [each.state for each in handovers(db)] == [HandoverState.WAITING]


def test_what_cannot_be_frozen_did_not_happen(
    db: Connection, sent: Any, monkeypatch: pytest.MonkeyPatch, files: dict[str, Path]
) -> None:
    async def refuses(*_: object, **__: object) -> tuple[int, ...]:
        raise Permanent("route.not_secure", domain="chu.example", resembles="")

    with monkeypatch.context() as patched:
        patched.setattr(send_document, "freeze", refuses)
        assert sent("--to-dmp").code == 1
    assert (outbox(db), drafts_waiting(db), handovers(db)) == ([], [], [])
    assert list(files["dmp"].iterdir()) == []
    assert sent("--to-dmp").code == 0


def test_settings_that_are_not_understood_are_not_kept(call: Pli, files: dict[str, Path]) -> None:
    files["author.toml"].write_text("[person]\nrrps = '1'\n", encoding="utf-8")
    said = call("account", "set", "cabinet", "--author", str(files["author.toml"]))
    assert said.code == 1
    assert "« person.rrps »" in said.err
    files["author.toml"].write_text("", encoding="utf-8")
    assert call("account", "set", "cabinet", "--author", str(files["author.toml"])).code == 0
    said = call("send", "--as", "xdm", *TO, "--patient", str(files["a.toml"]))
    assert "n'a pas de fiche" in said.err


@pytest.mark.logs("handover.waits")
def test_what_waits_is_listed_and_goes_on(
    db: Connection, sent: Any, call: Pli, files: dict[str, Path], home: Home
) -> None:
    files["dmp"].rmdir()
    assert sent("--to-dmp").code == 1
    listed = call("handover", "list")
    assert listed.code == 1
    assert "DMP en attente. Le dossier" in listed.out
    assert "1 fichiers pour un autre logiciel attendent" in call("doctor").out
    files["dmp"].mkdir()
    assert call("handover", "run", "--once").code == 0
    listed = call("handover", "list", "--json")
    assert (listed.code, json.loads(listed.out)["state"]) == (0, "placed")
    assert "aucun fichier retenu" in call("doctor").out
    assert call("handover", "cancel", "1").code == 2
    assert call("handover", "retry", "9").code == 2
    with NodeLock(home):
        assert sent("--to-dmp", "--again").code == 0


def test_a_recipient_is_found_by_their_rpps_or_the_person_is_asked(
    db: Connection, sent: Any, call: Pli, files: dict[str, Path], tmp_path: Path
) -> None:
    first, second = RPPS
    lines = [
        mssante("bob.bruyere@chu.example", "BRUYERE", "Bob", rpps=first),
        mssante("chloe.cedre@chu.example", "CEDRE", "Chloé", rpps=second),
        mssante("chloe@cabinet.example", "CEDRE", "Chloé", rpps=second),
    ]
    extract = tmp_path / "extract.txt"
    extract.write_text("\n".join((MSSANTE, *lines)) + "\n", encoding="utf-8")
    assert call("directory", "import", str(extract)).code == 0

    def to(number: str) -> Said:
        files["a.toml"].write_text(f"{SIDECAR}\n[[recipients]]\n{number}\n", encoding="utf-8")
        return sent(to=())

    assert to(f'rpps = "{first}"').code == 0
    [letter] = letters(db)
    assert str(letter["To"]) == "Docteur Bob BRUYERE <bob.bruyere@chu.example>"
    several = to(f'rpps = "{second}"')
    assert several.code == 1
    assert "chloe.cedre@chu.example, chloe@cabinet.example" in several.err
    for unknown in ('rpps = "99700218896"', 'code = "0042"'):
        none = to(unknown)
        assert none.code == 1
        assert "n'a pas d'adresse pour" in none.err
    assert len(outbox(db)) == 1


@pytest.mark.logs("handover.waits")
def test_an_account_is_not_removed_while_files_wait(
    db: Connection, sent: Any, call: Pli, files: dict[str, Path]
) -> None:
    files["dmp"].rmdir()
    assert sent("--to-dmp").code == 1
    [letter] = outbox(db)
    assert call("outbox", "cancel", str(letter.id)).code == 0
    said = call("account", "remove", "cabinet", "--yes")
    assert said.code == 2
    assert "1 dépôts pour d'autres logiciels" in said.err
    assert call("handover", "cancel", "1").code == 0
    said = call("account", "remove", "cabinet", "--yes")
    assert said.code == 0, said.err
    assert db.execute("SELECT count(*) FROM handover_file").fetchone() == (0,)


def test_a_patient_of_received_documents_is_known_by_their_matricule(
    db: Connection, sent: Any, cabinet: AccountId, files: dict[str, Path]
) -> None:
    nobody = sent("--ins", INS)
    assert nobody.code == 1
    assert "Aucun document reçu" in nobody.err
    asyncio.run(arrives(db, cabinet, a_letter()))
    asyncio.run(read_documents(db))
    assert sent("--ins", INS).code == 0
    files["a.toml"].write_text("[document]\nservice = 2026-11-24\n", encoding="utf-8")
    assert sent("--ins", INS).code == 0
    assert [each["X-MSS-INS"] for each in letters(db)] == ["O", "N"]
    assert "LEROUX-ESSAI ANAÏS 14/03/1985" in letters(db)[1]["Subject"]
    other = SIDECAR.replace("1985-03-14", "1985-03-15")
    files["a.toml"].write_text(other, encoding="utf-8")
    assert "ne parlent pas tous du même patient" in sent("--ins", INS).err
    assert len(outbox(db)) == 2


def test_a_code_leads_where_the_watched_folders_of_the_account_say(
    db: Connection, home: Home, call: Pli, sent: Any, files: dict[str, Path], tmp_path: Path
) -> None:
    rule = '[{0}]\nfolder = "{1}/{0}"\naccount = "cabinet"\ndoctors = "{0}.csv"\n'
    (tmp_path / "un").mkdir()
    home.drop_rules.write_text(rule.format("un", tmp_path), encoding="utf-8")
    (home.root / "un.csv").write_text("code;adresse\n0042;bob@chu.example\n", encoding="utf-8")
    assert call("drop", "rules").code == 0
    told = f'{SIDECAR}\n[[recipients]]\ncode = "0042"\nname = "Dr Bob"\n'
    files["a.toml"].write_text(told, encoding="utf-8")
    assert sent(to=()).code == 0
    assert letters(db)[0]["To"] == "Dr Bob <bob@chu.example>"
    (tmp_path / "deux").mkdir()
    with home.drop_rules.open("a", encoding="utf-8") as file:
        file.write(rule.format("deux", tmp_path))
    (home.root / "deux.csv").write_text("code;adresse\n0042;zoe@chu.example\n", encoding="utf-8")
    assert call("drop", "rules").code == 0
    said = sent("--again", to=())
    assert (said.code, "bob@chu.example, zoe@chu.example" in said.err) == (1, True)
    assert len(letters(db)) == 1

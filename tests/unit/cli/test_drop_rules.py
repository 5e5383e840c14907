"""`pli drop` beyond adding a rule: the file, the dry run, decisions, pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.accounts import account, change_account
from store.db.authors import set_author
from store.db.drop_ledger import add_item_within, put_away
from store.db.drop_wishes import item
from store.db.drops import rule_by_name, rules, set_rule_state
from store.db.open import Connection, write
from store.db.whitelist import replace_whitelist
from store.host import clock
from store.host.paths import Home
from store.model.drop import ItemState, RuleSource, RuleState, Wish
from store.model.ids import AccountId, BlobId, DropItemId
from tests.meta.sources import ROOT
from tests.sim.drop_world import pdf
from tests.sim.test_drop_groups import HPRIM, LIST, PAGE, page
from tests.unit.cli.conftest import Pli
from tests.unit.dispatch.practice import AUTHOR, SIDECAR
from tests.unit.documents.invented import INS

RULE = """[cobas]
folder = "{folder}"
account = "cabinet"
dispatch = "stem"
doctors = "medecins.csv"
"""


@pytest.fixture
def depot(home: Home, tmp_path: Path, cabinet: AccountId) -> Path:
    """A folder whose rule was written by hand, and a list of doctors beside it."""
    folder = tmp_path / "depot"
    folder.mkdir()
    home.drop_rules.write_text(RULE.format(folder=folder))
    (home.root / "medecins.csv").write_text(LIST)
    return folder


def held(db: Connection, reason: str = "drop.no_way") -> DropItemId:
    with write(db):
        item_id = add_item_within(
            db,
            rules(db)[0].id,
            name=b"a.pdf",
            digest=BlobId(reason.encode().ljust(32, b"0")),
            size=3,
            claim=f"m-{reason}",
            state=ItemState.HELD,
            reason=reason,
            now=clock.now() - 7200,
        )
    put_away(db, [item_id])
    return item_id


def test_a_rule_written_by_hand_is_followed(call: Pli, db: Connection, depot: Path) -> None:
    said = call("drop", "rules")
    assert said.code == 0
    assert "Un envoi : un document et les fichiers de même nom." in said.out
    assert rule_by_name(db, "cobas").folder == str(depot)


def test_an_error_in_it_is_said_with_its_line_and_by_the_doctor(
    call: Pli, db: Connection, depot: Path, home: Home
) -> None:
    call("drop", "rules")
    home.drop_rules.write_text(home.drop_rules.read_text() + "dotcors = 1\n")
    for command in ("rules", "list", "status"):
        said = call("drop", command)
        assert said.code == 1
        assert "ligne 6, « dotcors »" in said.err
    assert [rule.name for rule in rules(db)] == ["cobas"]
    assert "drop.toml ne peut pas être suivi" in call("doctor", "--offline").out


def test_an_error_in_the_list_of_doctors_is_said(call: Pli, depot: Path, home: Home) -> None:
    (home.root / "medecins.csv").write_text("code;adresse\nA;b\n")
    said = call("drop", "rules")
    assert (said.code, "à la ligne 2" in said.out) == (1, True)


def test_what_is_added_is_written_to_the_file_and_what_is_removed_taken_out(
    call: Pli, db: Connection, depot: Path, home: Home, tmp_path: Path
) -> None:
    more = ("--account", "cabinet", "--to", "bob@labo.example", "--create")
    call("drop", "add", "autre", "--folder", str(tmp_path / "autre"), *more)
    text = home.drop_rules.read_text()
    assert text.startswith(RULE.format(folder=depot))
    assert f'folder = "{tmp_path / "autre"}"' in text
    assert rule_by_name(db, "autre").source is RuleSource.FILE
    assert call("drop", "remove", "autre").code == 0
    assert home.drop_rules.read_text().strip() == RULE.format(folder=depot).strip()
    assert [rule.name for rule in rules(db)] == ["cobas"]


def test_a_dry_run_says_everything_and_does_nothing(call: Pli, db: Connection, depot: Path) -> None:
    (depot / "a.pdf").write_bytes(PAGE)
    (depot / "a.hpr").write_bytes(HPRIM)
    before = sorted(depot.rglob("*"))
    said = call("drop", "test", str(depot / "a.pdf"))
    assert said.code == 0
    for words in (
        "Un envoi : a.hpr, a.pdf",
        "Pour loic@medecins.example, d'après l'en-tête HPRIM.",
        "Patient : LEFEVRE ZOE 1984-02-03",
        "Objet de la lettre : Document transmis le",
        "Ce document partirait.",
    ):
        assert words in said.out
    assert sorted(depot.rglob("*")) == before
    for table in ("drop_item", "email_submission", "blob"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_dry_run_says_when_a_picture_could_not_be_compared_with_who_is_named(
    call: Pli, depot: Path
) -> None:
    words = "n'a pu y être comparé au nom du patient"
    (depot / "a.hpr").write_bytes(HPRIM)
    (depot / "a.pdf").write_bytes(pdf("une image"))
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, words in said.out) == (0, True)
    (depot / "a.pdf").write_bytes(PAGE)
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, words in said.out) == (0, False)


def test_a_dry_run_of_a_health_document_says_its_letters_or_all_it_lacks(
    call: Pli, db: Connection, depot: Path, home: Home, tmp_path: Path, cabinet: AccountId
) -> None:
    domains = ["cabinet.example", "medecins.example", "patient.mssante.fr"]
    replace_whitelist(db, domains, digest=b"d", published_at=clock.now(), now=clock.now())
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))
    with home.drop_rules.open("a", encoding="utf-8") as file:
        file.write('as = "xdm"\nto_patient = true\nto_dmp = "asked"\n')
    (depot / "a.pdf").write_bytes(page("Mme ANAÏS LEROUX-ESSAI, née le 14/03/1985"))
    told = SIDECAR + '[[recipients]]\ncode = "102938475"\n[letter]\nto_dmp = true\n'
    (depot / "a.toml").write_text(told, encoding="utf-8")
    said = call("drop", "test", str(depot / "a.pdf"))
    assert said.code == 1
    assert "n'a pas de fiche" in said.out
    author = f'{AUTHOR}\n[dmp]\nfolder = "{tmp_path}"\n'
    set_author(db, cabinet, author.replace("signs = true", ""), now=clock.now())
    said = call("drop", "test", str(depot / "a.pdf"))
    assert said.code == 1
    assert "- Il manque le responsable du document." in said.out
    set_author(db, cabinet, author, now=clock.now())
    said = call("drop", "test", str(depot / "a.pdf"))
    assert said.code == 0
    for words in (
        "Objet de la lettre : XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX-ESSAI ANAÏS",
        f"Une lettre à part au patient : {INS}@patient.mssante.fr",
        f"Un dépôt pour le logiciel DMP, dans {tmp_path}",
    ):
        assert words in said.out
    for table in ("drop_item", "email_submission", "handover", "blob"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    told = call("drop", "rules").out
    assert "Aussi au patient, sauf si l'envoi dit le contraire." in told


@pytest.mark.parametrize(
    ("printed", "beside", "code"),
    [
        (page("M. Jean MARTIN"), HPRIM, "drop.patient_not_in_pdf"),
        (PAGE, None, "drop.no_recipient_found"),
        (b"pas un pdf", HPRIM, "drop.not_pdf"),
    ],
)
def test_a_dry_run_says_what_would_hold_it(
    call: Pli, depot: Path, printed: bytes, beside: bytes | None, code: str
) -> None:
    (depot / "a.pdf").write_bytes(printed)
    if beside:
        (depot / "a.hpr").write_bytes(beside)
    said = call("drop", "test", str(depot / "a.pdf"), "--rule", "cobas")
    assert (said.code, code in said.out, "ne partirait pas" in said.out) == (1, True, True)


def test_held_documents_are_decided(call: Pli, db: Connection, depot: Path) -> None:
    call("drop", "rules")
    one, two, three = held(db), held(db, "drop.patients_differ"), held(db, "drop.no_key")
    said = call("drop", "status")
    assert (said.code, "(depuis 2 h)" in said.out) == (1, True)
    assert call("drop", "release", str(one)).code == 0
    assert item(db, one).wish is Wish.RELEASE
    assert call("drop", "release", str(two)).code == 2
    assert call("drop", "release", str(two), "--verified").code == 0
    assert call("drop", "reroute", str(three), "--to", "x@y.example").code == 0
    assert item(db, three).wish_to == ("x@y.example",)
    assert call("drop", "undo", str(three)).code == 0
    assert (item(db, three).wish, item(db, three).wish_to) == (Wish.NOTHING, ())
    assert call("drop", "undo", str(three)).code == 2
    assert call("drop", "reroute", str(three), "--to", "x@y.example").code == 0
    assert call("drop", "reject", str(one)).code == 0
    assert call("drop", "release", str(one)).code == 2
    [facts] = map(json.loads, call("drop", "status", "--json").out.splitlines())
    assert {each["id"]: each["wish"] for each in facts["documents"]} == {
        one: "",
        two: "despite",
        three: "release",
    }


def test_the_page_of_a_day(call: Pli, db: Connection, depot: Path) -> None:
    call("drop", "rules")
    held(db)
    today = clock.local(clock.now() - 7200).date().isoformat()
    said = call("drop", "report", today)
    assert "Venus : 1 (1 fichiers) = 0 acceptés + 1 retenus + 0 refusés" in said.out
    [facts] = map(json.loads, call("drop", "report", today, "--json").out.splitlines())
    assert (facts["came"], facts["held"]) == (1, 1)
    assert call("drop", "report", "hier").code == 2
    assert "Venus : 0" in call("drop", "report", "2020-01-01").out


def test_the_example_of_the_document_is_a_rule(
    call: Pli, db: Connection, home: Home, cabinet: AccountId
) -> None:
    document = (ROOT / "docs/drop-folder.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", document, re.S)
    home.drop_rules.write_text(example.replace('account = "labo"', 'account = "cabinet"'))
    said = call("drop", "rules")
    assert "drop.toml, ligne" not in said.err
    assert [rule.name for rule in rules(db)] == ["cobas"]


def test_a_dry_run_says_which_key_of_a_sidecar_is_wrong(call: Pli, depot: Path) -> None:
    (depot / "a.pdf").write_bytes(PAGE)
    (depot / "a.toml").write_text('[[recipients]]\nemial = "x@y.example"\n')
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, "« recipients »" in said.out) == (1, True)


def test_a_dry_run_says_whether_it_corrects_what_had_its_name(
    call: Pli, db: Connection, depot: Path, home: Home
) -> None:
    (depot / "a.pdf").write_bytes(page())
    (depot / "a.hpr").write_bytes(HPRIM)
    call("drop", "rules")
    with write(db):
        add_item_within(
            db,
            rules(db)[0].id,
            name=b"a.pdf",
            digest=BlobId(b"0" * 32),
            size=3,
            claim="m-1",
            state=ItemState.SENT,
            recipients=("loic@medecins.example",),
            now=clock.now(),
        )
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, "demande de les comparer" in said.out) == (0, True)
    with home.drop_rules.open("a", encoding="utf-8") as file:
        file.write('same_name = "correction"\n')
    said = call("drop", "test", str(depot / "a.pdf"))
    assert "Il part comme correction de celui du" in said.out
    assert "Document corrigé" in said.out
    assert "le même nom : une correction" in call("drop", "rules").out


def test_a_dry_run_says_that_a_name_does_not_fit_its_pattern(
    call: Pli, depot: Path, home: Home
) -> None:
    with home.drop_rules.open("a", encoding="utf-8") as file:
        file.write('pattern = "{recipient}_{any}.pdf"\n')
    (depot / "a.pdf").write_bytes(PAGE)
    (depot / "a.hpr").write_bytes(HPRIM)
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, "ne suit pas le motif {recipient}_{any}.pdf" in said.out) == (0, True)
    (depot / "a.hpr").unlink()
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, "drop.name_missed" in said.out) == (1, True)


@pytest.mark.parametrize("command", ["rules", "test", "add", "remove", "run"])
def test_half_a_file_is_not_followed_while_it_is_being_written(
    call: Pli,
    db: Connection,
    depot: Path,
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    whole = home.drop_rules.read_text()
    call("drop", "rules")
    [before] = rules(db)
    (depot / "a.pdf").write_bytes(PAGE)
    waits = 0

    def writes_on(seconds: float) -> None:
        nonlocal waits
        waits += 1
        assert 0 < seconds <= 3
        assert rules(db) == [before]
        if waits == 2:
            home.drop_rules.write_text(whole)

    monkeypatch.setattr("sync.drop.following.SETTLED_SECONDS", 3)
    monkeypatch.setattr("sync.commands.drop_settled.sleep", writes_on)
    to = ("--account", "cabinet", "--to", "bob@labo.example", "--create")
    words = {
        "test": (str(depot / "a.pdf"),),
        "add": ("autre", "--folder", str(tmp_path / "autre"), *to),
        "remove": ("cobas",),
        "run": ("--once",),
    }
    home.drop_rules.write_text(whole[: whole.index("dispatch")] + 'to = ["a@b.example"]\n')
    said = call("drop", command, *words.get(command, ()))
    assert (waits, "vient de changer" in said.err) == (2, True)
    if command != "remove":
        assert rule_by_name(db, "cobas").options == before.options
        assert home.drop_rules.read_text().startswith(whole)


def test_a_run_goes_on_by_the_rules_as_they_were_while_the_file_is_wrong(
    call: Pli, db: Connection, depot: Path, home: Home
) -> None:
    """A slip in the file stops no result, with a node or without; it is said each time."""
    call("drop", "rules")
    home.drop_rules.write_text("[cobas")
    said = call("drop", "run", "--once")
    assert (said.code, "ligne 1" in said.err, "cobas : en partance 0" in said.err) == (
        1,
        True,
        True,
    )
    assert rules(db)[0].state is RuleState.WATCHING


def test_the_status_says_that_a_rule_is_down_and_that_the_file_is_not_followed(
    call: Pli, db: Connection, depot: Path, home: Home
) -> None:
    call("drop", "rules")
    assert "cobas" not in call("status").out
    depot.rmdir()
    call("drop", "run", "--once")
    home.drop_rules.write_text("[cobas")
    call("drop", "status")
    out = call("status").out
    assert "dossier surveillé cobas : " in out
    assert "drop.toml, la ligne 1 " in out
    facts = json.loads(call("status", "--json").out)
    assert facts["watched"] == [{"name": "cobas", "state": "down", "error": "drop.folder_missing"}]
    assert facts["rules_error"]


def test_the_doctor_does_not_call_a_rule_well_whose_receipts_cannot_be_written(
    call: Pli, db: Connection, depot: Path
) -> None:
    call("drop", "rules")
    set_rule_state(
        db, rules(db)[0].id, RuleState.WATCHING, error="drop.no_results", scanned_at=clock.now()
    )
    out = call("doctor", "--offline").out
    assert "!!   dossier surveillé cobas : " in out
    assert "cobas va bien" not in out


def test_a_file_that_is_written_for_ever_is_not_followed(
    call: Pli, db: Connection, depot: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("drop", "rules")
    before = rules(db)
    monkeypatch.setattr("sync.drop.following.SETTLED_SECONDS", 3)
    monkeypatch.setattr("sync.commands.drop_settled.sleep", lambda _: None)
    home.drop_rules.write_text(home.drop_rules.read_text() + "urgent = true\n")
    said = call("drop", "rules")
    assert (said.code, "change encore" in said.err, rules(db)) == (1, True, before)
    assert call("drop", "remove", "cobas").code == 1
    assert rules(db) == before


def test_rules_that_meet_by_a_link_are_refused(
    call: Pli, db: Connection, depot: Path, home: Home, tmp_path: Path
) -> None:
    assert call("drop", "rules").code == 0
    (tmp_path / "lien").symlink_to(depot)
    to = ("--account", "cabinet", "--to", "bob@labo.example")
    said = call("drop", "add", "b", "--folder", str(tmp_path / "lien"), *to)
    assert (said.code, "déjà surveillé par la règle cobas" in said.err) == (2, True)
    assert [rule.name for rule in rules(db)] == ["cobas"]
    autre = tmp_path / "autre"
    autre.mkdir()
    retour = tmp_path / "retour"
    retour.mkdir()
    text = home.drop_rules.read_text()
    more = f'[autre]\nfolder = "{autre}"\naccount = "cabinet"\nto = ["a@b.example"]\n'
    home.drop_rules.write_text(f'{text}{more}[autre.results]\nfolder = "{retour}"\n')
    assert call("drop", "rules").code == 0
    retour.rmdir()
    retour.symlink_to(depot)
    said = call("drop", "rules")
    assert (said.code, "ses accusés ou sa liste de médecins" in said.err) == (1, True)


def test_a_second_rule_of_one_name_is_told_that_it_is_the_name(
    call: Pli, depot: Path, tmp_path: Path
) -> None:
    (tmp_path / "autre").mkdir()
    to = ("--account", "cabinet", "--to", "alice@sante.test")
    said = call("drop", "add", "cobas", "--folder", str(tmp_path / "autre"), *to)
    assert (said.code, "Une règle s'appelle déjà cobas" in said.err) == (2, True)


def test_what_the_disk_says_against_a_rule_is_said(
    call: Pli, depot: Path, home: Home, tmp_path: Path
) -> None:
    with home.drop_rules.open("a", encoding="utf-8") as file:
        file.write(f'[cobas.results]\nfolder = "{tmp_path / "retour"}"\n')
    said = call("drop", "rules")
    assert (said.code, "ne peuvent pas être écrits dans" in said.out) == (1, True)
    (tmp_path / "retour").mkdir()
    assert call("drop", "rules").code == 0
    depot.rmdir()
    said = call("drop", "rules")
    assert (said.code, "n'existe plus" in said.out) == (1, True)


def test_addresses_that_are_not_asked_for_are_not_shown_as_if_they_were(
    call: Pli, depot: Path, home: Home
) -> None:
    with home.drop_rules.open("a", encoding="utf-8") as file:
        file.write('to = ["a@b.example"]\nfind = ["hprim"]\n')
    assert "sans effet" in call("drop", "rules").out
    assert "a@b.example" not in call("drop", "list").out


@pytest.mark.parametrize(
    ("grouping", "path", "code", "words"),
    [
        ("alone", "d", 1, "drop.directory"),
        ("alone", "d/a.pdf", 1, "drop.directory"),
        ("alone", "a.pdf", 0, "partirait"),
        ("alone", "failed/m-1/a.pdf", 0, "partirait"),
        ("alone", "a.pdf.part", 1, "drop.unfinished"),
        ("alone", ".a.pdf", 1, "drop.unfinished"),
        ("folder", "a.pdf", 1, "drop.loose"),
        ("folder", "d", 0, "Un envoi : d/a.hpr, d/a.pdf"),
        ("folder", "d/a.pdf", 0, "Un envoi : d/a.hpr, d/a.pdf"),
    ],
)
def test_a_dry_run_knows_what_stays_where_it_is(
    call: Pli, depot: Path, home: Home, grouping: str, path: str, code: int, words: str
) -> None:
    text = RULE.format(folder=depot).replace('"stem"', f'"{grouping}"')
    home.drop_rules.write_text(f'{text}to = ["bob@labo.example"]\nfind = ["fixed"]\n')
    for name in ("d", "failed/m-1"):
        (depot / name).mkdir(parents=True)
    for name in ("a.pdf", "d/a.pdf", "failed/m-1/a.pdf", "a.pdf.part", ".a.pdf"):
        (depot / name).write_bytes(PAGE)
    (depot / "d" / "a.hpr").write_bytes(HPRIM)
    said = call("drop", "test", str(depot / path), "--rule", "cobas")
    assert (said.code, words in said.out) == (code, True)


def test_a_dry_run_of_a_rule_that_is_down_says_so(
    call: Pli, db: Connection, depot: Path, home: Home
) -> None:
    (depot / "a.pdf").write_bytes(PAGE)
    (depot / "a.hpr").write_bytes(HPRIM)
    assert call("drop", "test", str(depot / "a.pdf")).code == 0
    set_rule_state(db, rules(db)[0].id, RuleState.DOWN, error="drop.marker_missing")
    said = call("drop", "test", str(depot / "a.pdf"))
    assert (said.code, "Le fichier témoin manque" in said.out) == (1, True)

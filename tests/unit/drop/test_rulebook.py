"""`drop.toml`: what it may say, what is wrong with it and where, and the store that follows."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db import drops
from store.db.drop_options import options_as_json, options_of
from store.db.drop_rules import file_trouble
from store.db.open import Connection
from store.errors import MailError, Usage
from store.host.paths import Home
from store.model.drop import RuleSource
from store.model.drop_options import (
    Expectation,
    Form,
    FoundIn,
    Further,
    Grouping,
    Limits,
    RuleOptions,
    SameName,
)
from store.model.ids import AccountId
from sync.drop import rule_text
from sync.drop.following import follow, follow_the_file, remove
from sync.drop.rule_text import as_table, without
from sync.drop.rulebook import read_rules

NOW = 1_795_000_000
SMALL = '[cobas]\nfolder = "/srv/cobas"\naccount = "labo"\nto = ["alice@medecins.example"]\n'
WHOLE = """# Les automates
[cobas]
folder = "/srv/cobas"
account = "labo"
identity = "Laboratoire des Tilleuls"
to = ["alice@medecins.example"]
find = ["sidecar", "hprim", "fixed"]
dispatch = "stem"
pattern = "{recipient}_{any}.pdf"
doctors = "medecins.csv"
urgent = true
marker = ".ici"
poll = true
as = "xdm"
to_patient = "asked"
to_dmp = true
same_name = "correction"

[cobas.expect]
files = 2
minutes = 120
days = "mon-sat"
hours = "7-19:30"

[cobas.results]
folder = "/srv/retour"
hl7 = true

[cobas.limits]
largest_mb = 10
waiting = 500
per_hour = 100
free_mb = 50
owner = "cobas"
mode = "0750"
"""


def test_every_key_is_read() -> None:
    [rule] = read_rules(WHOLE)
    options = rule.options
    assert (rule.name, rule.folder, rule.account) == ("cobas", "/srv/cobas", "labo")
    assert options.search == (FoundIn.SIDECAR, FoundIn.HPRIM, FoundIn.FIXED)
    assert options.grouping is Grouping.STEM
    assert (options.form, options.to_patient, options.to_dmp) == (
        *(Form.XDM, Further.ASKED, Further.ALWAYS),
    )
    assert options.same_name is SameName.CORRECTION
    assert options_of(options_as_json(options)) == options
    assert options.expects == Expectation(
        files=2, seconds=7200, days=(0, 1, 2, 3, 4, 5), opens=420, closes=1170
    )
    assert options.limits == Limits(
        largest=10 * 2**20,
        most_waiting=500,
        most_per_hour=100,
        free=50 * 2**20,
        owner="cobas",
        mode=0o750,
    )
    assert (options.marker, options.results, options.acknowledges) == (".ici", "/srv/retour", True)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (SMALL + "fodler = 1\n", "drop.rules_key", 5),
        ("x = 1\n" + SMALL, "drop.rules_key", 1),
        (SMALL + "[cobas.limits]\nwaiting = 3\nmax = 4\n", "drop.rules_key", 7),
        (SMALL.replace('"labo"', "12"), "drop.rules_value", 3),
        (SMALL.replace("alice@", "alice "), "drop.rules_value", 4),
        ('[cobas]\naccount = "labo"\nto = ["a@b.example"]\n', "drop.rules_value", 1),
        (SMALL + 'urgent = "oui"\n', "drop.rules_value", 5),
        (SMALL + 'dispatch = "each"\n', "drop.rules_value", 5),
        (SMALL + 'find = ["pdf"]\n', "drop.rules_value", 5),
        (SMALL + "find = []\n", "drop.rules_value", 5),
        (SMALL + 'find = ["name", "fixed"]\n', "drop.rules_value", 1),
        (SMALL + 'pattern = "{name}.pdf"\nfind = ["name"]\n', "drop.rules_value", 5),
        (SMALL + 'pattern = "{nom}.pdf"\n', "drop.rules_value", 5),
        (SMALL + 'marker = "../x"\n', "drop.rules_value", 5),
        (SMALL + "[cobas.expect]\nfiles = 1\n", "drop.rules_value", 5),
        (SMALL + '[cobas.expect]\nminutes = 60\nhours = "19-7"\n', "drop.rules_value", 7),
        (SMALL + '[cobas.expect]\nminutes = 60\ndays = "luni"\n', "drop.rules_days", 7),
        (SMALL + '[cobas.expect]\nminutes = 60\ndays = "lun-"\n', "drop.rules_days", 7),
        (SMALL + "[cobas.limits]\nwaiting = true\n", "drop.rules_value", 6),
        (SMALL + '[cobas.limits]\nmode = "rwx"\n', "drop.rules_value", 6),
        (SMALL + "expect = 3\n", "drop.rules_value", 5),
        (SMALL + 'as = "pdf"\n', "drop.rules_value", 5),
        (SMALL + "same_name = true\n", "drop.rules_value", 5),
        (SMALL + 'same_name = "old"\n', "drop.rules_value", 5),
        (SMALL + "to_patient = true\n", "drop.rules_value", 5),
        (SMALL + 'to_dmp = "asked"\n', "drop.rules_value", 5),
        (SMALL + 'as = "xdm"\nto_dmp = "oui"\n', "drop.rules_value", 6),
        (SMALL + "to = [\n", "drop.rules_syntax", 5),
        (SMALL + SMALL, "drop.rules_syntax", 5),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(Usage) as wrong:
        read_rules(text)
    assert (wrong.value.code, wrong.value.params["line"]) == (code, line)


def test_a_number_too_long_to_be_read_is_said_like_any_other_mistake() -> None:
    with pytest.raises(Usage) as wrong:
        read_rules(SMALL + f"[a.limits]\nwaiting = {'9' * 5000}\n")
    assert wrong.value.code == "drop.rules_syntax"


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        ("lun-sam", (0, 1, 2, 3, 4, 5)),
        ("mon-sat", (0, 1, 2, 3, 4, 5)),
        ("Mardi, jeudi", (1, 3)),
        ("mar,mer,jeu,ven,dim", (1, 2, 3, 4, 6)),
        ("wednesday-fri, sun", (2, 3, 4, 6)),
        ("sam-lundi", (0, 5, 6)),
    ],
)
def test_days_are_said_in_french_or_english(days: str, wanted: tuple[int, ...]) -> None:
    [rule] = read_rules(SMALL + f'[cobas.expect]\nminutes = 60\ndays = "{days}"\n')
    assert rule.options.expects is not None
    assert rule.options.expects.days == wanted


@given(st.text(alphabet='[]=\n"abc.{}_#1', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Usage):
        read_rules(text)


@given(st.text(min_size=1, max_size=20).filter(str.isprintable))
def test_what_a_command_writes_can_be_read(folder: str) -> None:
    rule = read_rules(WHOLE)[0]
    text = as_table("a.b", f"/{folder}", "labo", rule.to, rule.options)
    [read] = read_rules(text)
    assert (read.name, read.folder, read.to) == ("a.b", f"/{folder}", rule.to)
    assert (read.options.grouping, read.options.search) == (
        *(rule.options.grouping, rule.options.search),
    )


def test_a_rule_is_taken_out_and_the_rest_stays_as_it_was_written() -> None:
    other = '\n# à part\n[autre]\nfolder = "/srv/b"\naccount = "labo"\nto = ["a@b.example"]\n'
    assert without(WHOLE + other, "cobas").strip().startswith("# Les automates")
    assert [each.name for each in read_rules(without(WHOLE + other, "cobas"))] == ["autre"]


@pytest.fixture
def labo(db: Connection, account_id: AccountId) -> AccountId:
    """An account called `labo`."""
    return account_id


def test_a_rule_that_an_earlier_pli_made_is_written_to_the_file(
    db: Connection, labo: AccountId, home: Home
) -> None:
    drops.add_rule(db, name="cobas", folder="/srv/cobas", account_id=labo, to=["a@b.example"])
    before = drops.rule_by_name(db, "cobas")
    follow(db, home, now=NOW)
    [rule] = read_rules(home.drop_rules.read_text())
    assert (rule.name, rule.folder, rule.to) == ("cobas", "/srv/cobas", ("a@b.example",))
    assert home.drop_rules.stat().st_mode & 0o777 == 0o600
    after = drops.rule_by_name(db, "cobas")
    assert (after.id, after.mark, after.source) == (before.id, before.mark, RuleSource.FILE)
    octets = home.drop_rules.read_bytes()
    follow(db, home, now=NOW)
    assert home.drop_rules.read_bytes() == octets


def test_the_store_follows_what_a_hand_wrote(db: Connection, labo: AccountId, home: Home) -> None:
    home.drop_rules.write_text(WHOLE)
    follow(db, home, now=NOW)
    [rule] = drops.rules(db)
    assert rule.options.doctors == str(home.root / "medecins.csv")
    assert (rule.since_at, rule.options.urgent) == (NOW, True)
    home.drop_rules.write_text(SMALL)
    follow(db, home, now=NOW + 1)
    [again] = drops.rules(db)
    assert (again.id, again.since_at, again.options.urgent) == (rule.id, NOW + 1, False)


def test_a_rule_taken_out_is_retired_and_comes_back_with_its_ledger(
    db: Connection, labo: AccountId, home: Home
) -> None:
    home.drop_rules.write_text(SMALL)
    follow(db, home, now=NOW)
    [rule] = drops.rules(db)
    home.drop_rules.write_text("# plus rien\n")
    follow(db, home, now=NOW)
    assert drops.rule(db, rule.id).source is RuleSource.RETIRED
    home.drop_rules.write_text(SMALL)
    follow(db, home, now=NOW)
    assert drops.rule(db, rule.id).source is RuleSource.FILE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "drop.rules_missing"),
        (b"\xff\xfe", "drop.rules_unreadable"),
        (SMALL.replace("labo", "ailleurs").encode(), "drop.rules_account"),
        (SMALL.encode() + b"x = 1\n", "drop.rules_key"),
        (SMALL.replace("[cobas]", "[autre]").encode(), "drop.rules_taken"),
        (SMALL.encode() + b'[cobas.results]\nfolder = "/srv/cobas"\n', "drop.rules_inside"),
        (SMALL.encode() + b'doctors = "/srv/cobas/x/../m.csv"\n', "drop.rules_inside"),
    ],
)
@pytest.mark.logs("drop.rules_not_followed")
async def test_a_file_that_cannot_be_followed_changes_nothing(
    db: Connection, labo: AccountId, home: Home, text: bytes | None, code: str
) -> None:
    home.drop_rules.write_text(SMALL)
    follow(db, home, now=NOW)
    before = drops.rules(db)
    home.drop_rules.unlink()
    if text is not None:
        home.drop_rules.write_bytes(text)
        os.utime(home.drop_rules, (NOW, NOW))
    with pytest.raises(MailError) as wrong:
        follow(db, home, now=NOW)
    assert (wrong.value.code, drops.rules(db), file_trouble(db)[0]) == (code, before, code)
    assert await follow_the_file(db, home=home) > 0
    home.drop_rules.write_text(SMALL)
    os.utime(home.drop_rules, (NOW, NOW))
    await follow_the_file(db, home=home)
    assert file_trouble(db) == ("", {})


@pytest.mark.parametrize(
    ("name", "folder", "code"),
    [
        ("'a b'", "/srv/autre", "drop.rules_bad_name"),
        ("autre", "srv/autre", "drop.rules_not_absolute"),
        ("autre", "/srv/cobas", "drop.rules_taken"),
        ("autre", "/srv/cobas/sent/x", "drop.rules_ours"),
    ],
)
def test_what_is_wrong_with_a_name_or_a_folder_is_said_with_its_line(
    db: Connection, labo: AccountId, home: Home, name: str, folder: str, code: str
) -> None:
    other = SMALL.replace("[cobas]", f"[{name}]").replace("/srv/cobas", folder)
    home.drop_rules.write_text(f"{SMALL}\n# et\n{other}")
    with pytest.raises(Usage) as wrong:
        follow(db, home, now=NOW)
    assert (wrong.value.code, wrong.value.params["line"]) == (code, 7)
    assert (file_trouble(db)[0], file_trouble(db)[1]["line"]) == (code, 7)


async def test_half_a_file_is_not_followed_while_it_is_being_written(
    db: Connection, labo: AccountId, home: Home
) -> None:
    whole = SMALL + 'dispatch = "stem"\nfind = ["hprim"]\nmarker = ".pli-ici"\n'
    home.drop_rules.write_text(whole)
    os.utime(home.drop_rules, (NOW, NOW))
    await follow_the_file(db, home=home)
    [before] = drops.rules(db)
    assert before.options.marker
    home.drop_rules.write_text(SMALL)  # the beginning of it, and a rule as well
    assert 0 < await follow_the_file(db, home=home) < 5
    assert drops.rules(db) == [before]
    home.drop_rules.write_text(whole)
    os.utime(home.drop_rules, (NOW, NOW))
    await follow_the_file(db, home=home)
    assert drops.rules(db) == [before]


def test_forgetting_a_rule_takes_it_out_of_the_file(
    db: Connection, labo: AccountId, home: Home
) -> None:
    home.drop_rules.write_text(WHOLE)
    follow(db, home, now=NOW)
    remove(db, home, "cobas")
    assert drops.rules(db) == []
    assert home.drop_rules.read_text() == "# Les automates\n"


def test_what_is_followed_already_locks_nothing(
    db: Connection, labo: AccountId, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.drop import following

    home.drop_rules.write_text(WHOLE)
    follow(db, home, now=NOW)
    monkeypatch.setattr(following, "write", None)
    follow(db, home, now=NOW + 5)
    assert drops.rules(db)[0].since_at == NOW


def test_a_rule_that_an_earlier_pli_wrote_sends_as_it_did() -> None:
    old = json.loads(options_as_json(RuleOptions(to_dmp=Further.ALWAYS)))
    for key in ("form", "to_patient", "to_dmp", "same_name"):
        del old[key]
    assert options_of(json.dumps(old)) == RuleOptions()


async def test_what_a_crash_left_claimed_keeps_its_rule_where_it_is(
    db: Connection, labo: AccountId, home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "cobas"
    here = SMALL.replace("/srv/cobas", str(folder))
    home.drop_rules.write_text(here)
    follow(db, home, now=NOW)
    [before] = drops.rules(db)
    claim = folder / ".claimed" / f"{before.mark}-1"
    claim.mkdir(parents=True)
    with pytest.raises(Usage, match="not_finished"):
        remove(db, home, "cobas")
    home.drop_rules.write_text(here.replace(str(folder), str(tmp_path / "autre")))
    os.utime(home.drop_rules, (NOW, NOW))
    with pytest.raises(Usage, match="rules_in_use"):
        follow(db, home, now=NOW)
    await follow_the_file(db, home=home)
    assert drops.rules(db) == [before]
    assert file_trouble(db) == ("drop.rules_in_use", {"name": "cobas", "n": 1, "line": 1})
    claim.rmdir()
    await follow_the_file(db, home=home)
    [after] = drops.rules(db)
    assert (after.folder, file_trouble(db)) == (str(tmp_path / "autre"), ("", {}))


REST = '[autre]\nfolder = "/srv/autre"\naccount = "labo"\nto = ["a@b.example"]\n'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('cobas.folder = "/srv/c"\ncobas.account = "labo"\n' + REST, REST),
        ('cobas.to = [ # deux\n  "a@b.example",\n\n  "[cobas]",\n]\n' + REST, REST),
        ('"cobas".folder = "x"\n\'cobas\'.account = "labo"\ncobas . to = ["x"]\n' + REST, REST),
        ('cobas = {folder = "/srv/c", account = "labo", to = ["a@b.example"]}\n' + REST, REST),
        ('cobas.identity = """\n[autre]\n"""\n' + REST, REST),
        ("# En tête\n\n" + SMALL + "\n# Le second\n# automate\n" + REST, None),
        (REST + SMALL + "[cobas.limits]\nwaiting = 3\n", REST),
        (REST + "autre.x.y = 1\n" + SMALL.replace("cobas", "'cobas'"), REST + "autre.x.y = 1\n"),
        (SMALL.replace("\n", "\r\n") + REST, REST),
        ('cobas.to = [\n  "a@b.example" # lui\n] # fin\n' + REST, REST),
        (SMALL.rstrip("\n"), ""),
    ],
)
def test_a_rule_is_taken_out_however_it_is_written(text: str, left: str | None) -> None:
    left = left if left is not None else "# En tête\n\n# Le second\n# automate\n" + REST
    assert without(text, "cobas") == left
    assert without(left, "cobas") == left


def test_of_a_file_that_is_no_toml_nothing_is_taken_out() -> None:
    with pytest.raises(Usage, match="rules_syntax"):
        without("x = 1 = 2\n" + SMALL, "cobas")


def test_a_long_list_is_taken_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    real = rule_text._is_toml

    def counted(text: str) -> bool:
        nonlocal tried
        tried += 1
        return real(text)

    monkeypatch.setattr(rule_text, "_is_toml", counted)
    people = "".join(f'  "a{n}@b.example",\n' for n in range(500))
    assert without(f"cobas.to = [\n{people}]\n{REST}", "cobas") == REST
    assert tried < 20

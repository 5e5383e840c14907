"""The screens about the machine: settings, journal, check-up, line, a new account."""

from __future__ import annotations

import sys

import pytest

from store.db.accounts import account, add_account
from store.db.activity import Kind, activities
from store.db.drop_ledger import add_item_within
from store.db.drops import add_rule
from store.db.link import record as record_link
from store.db.open import Connection, write
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.drop import ItemState
from store.model.ids import AccountId, BlobId
from store.model.link import LinkReport, LinkStep, Step
from store.model.submission import SubmissionState
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice, letter
from tests.tui.terminal import Terminal
from tests.tui.test_outbox_screen import attempted, queued
from tui import children
from tui.children import Report
from tui.screens.activity import told, words_of
from tui.settings import Theme, read
from tui.widgets.key_line import KeyLine


def passed(
    practice: Practice, at: int, octets: int, result: str = "", *, of: AccountId | None = None
) -> None:
    """A pass of the account, as the node records it."""
    step = LinkStep(step=Step.FETCH, began_at=at, milliseconds=5, octets_down=octets, result=result)
    report = LinkReport(pass_began_at=at, at=at, day="2026-10-26", steps=(step,), whole=True)
    record_link(practice.db, of or practice.account_id, report)


def test_the_journal_is_what_the_node_left(practice: Practice) -> None:
    for n in range(3):
        passed(practice, NOW + 60 * n, 1000)
    passed(practice, NOW + 300, 40, "net.timeout")
    passed(practice, NOW + 400, 70)
    done = activities(practice.db)
    assert [each.kind for each in done] == [Kind.PASS] * 5
    by = account(practice.db, practice.account_id)
    lines = [words_of(each) for each in told(done, (by,))]
    assert lines[0] == "cabinet : relève, 70 o"
    assert lines[1].startswith("cabinet : ")
    assert "imap.operateur.example" in lines[1]
    assert lines[2] == "cabinet : 3 relèves, 3,0 ko"


def test_two_accounts_that_take_turns_are_a_line_each_and_push_no_letter_out(
    practice: Practice,
) -> None:
    db = practice.db
    attempted(db, queued(practice), SubmissionState.ACCEPTED, "", "250 2.0.0 ok")
    mine = account(db, practice.account_id)
    other = add_account(
        db, name="labo", address="l@port.example", imap=mine.imap, smtp=mine.smtp, user="l"
    )
    both = (mine, account(db, other))
    for n in range(3):
        for each in both:
            passed(practice, NOW + 600 + 60 * n, 1000, of=each.id)
    done = activities(db, most=5)
    assert [words_of(each) for each in told(done, both)][:2] == [
        "cabinet : 3 relèves, 3,0 ko",
        "labo : 2 relèves, 2,0 ko",
    ]
    assert done[-1].kind is Kind.SENT


def test_the_journal_has_what_was_sent_and_what_was_dropped(practice: Practice) -> None:
    db = practice.db
    attempted(db, queued(practice), SubmissionState.ACCEPTED, "", "250 2.0.0 ok")
    attempted(db, queued(practice, name="m2"), SubmissionState.UNCERTAIN, "net.lost", "")
    rule = add_rule(
        db, name="labo", folder="/srv/depot", account_id=practice.account_id, to=["b@labo.example"]
    )
    with write(db):
        for name, state, reason in (
            (b"bilan.pdf", ItemState.QUEUED, ""),
            (b"\xff.pdf", ItemState.FAILED, "drop.not_pdf"),
        ):
            add_item_within(
                *(db, rule),
                name=name,
                digest=BlobId(name),
                size=9,
                claim=name.hex(),
                state=state,
                now=NOW,
                reason=reason,
            )
    by = account(db, practice.account_id)
    words = [words_of(each) for each in told(activities(db), (by,))]
    assert "envoi n° 1 à bob@labo.example : remis au serveur" in words
    assert "envoi n° 2 à bob@labo.example : " in " ".join(words)
    assert len(words) == 4
    assert "document bilan.pdf : en partance" in words
    assert [each for each in words if each.startswith("document \ufffd.pdf : refusé. Ce document")]


async def test_the_journal_says_what_to_do_and_goes_there(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 600)
    passed(practice, NOW, 40, "net.timeout")
    async with opened() as person:
        await person.press("f3")
        await person.sees("Journal : ce que la synchronisation a fait")
        await person.sees("↵ : les comptes. F5 : le diagnostic.")
        passed(practice, NOW + 60, 1_200)
        await person.sees("relève, 1,2 ko")
        await person.press("enter")
        await person.sees("n : ajouter un compte")


async def test_a_setting_is_changed_where_it_is_read(
    practice: Practice, opened: Opened, home: Home
) -> None:
    async with opened() as person:
        await person.press("f2")
        await person.sees('couleurs                   screen.theme       "default"')
        await person.press("enter")
        await person.sees('screen.theme       "contrast"')
        assert read(home).theme is Theme.CONTRAST
        assert person.app.settings.theme is Theme.CONTRAST
        await person.press("down", "down", "enter")
        await person.sees("lock.idle_minutes (prend : 0 … 60)")
        await person.press("backspace")
        await person.types("999\n")
        await person.sees("ne peut pas être cela")
        await person.press("backspace", "backspace", "backspace")
        await person.types("12\n")
        await person.sees("lock.idle_minutes  12")
        assert read(home).idle_minutes == 12
        await person.press("down", "enter")
        await person.sees("notice.bell        true")


def saying(*lines: str, code: int = 0) -> str:
    """A program that says lines, waits for nothing, and ends."""
    return f"print({chr(10).join(lines)!r}); raise SystemExit({code})"


@pytest.fixture
def stands_in(monkeypatch: pytest.MonkeyPatch):
    """A small program in the place of our command."""

    def put(program: str) -> list[tuple[str, ...]]:
        asked: list[tuple[str, ...]] = []

        def command(home: Home, handle: int, *words: str) -> list[str]:
            asked.append(words)
            return [sys.executable, "-c", program]

        monkeypatch.setattr(children, "command", command)
        return asked

    return put


async def test_the_check_up_is_read_on_the_screen(
    practice: Practice, opened: Opened, stands_in
) -> None:
    asked = stands_in(
        saying("ok   La boîte est saine.", "!!   Le serveur \x1b[2Jne répond pas.", code=1)
    )
    async with opened() as person:
        await person.press("f5")
        await person.sees("La boîte est saine.")
        await person.sees("␛[2Jne répond pas")
        await person.sees("lisez ce qui est marqué")
        await person.press("f4")
        await person.sees("La ligne de chaque compte")
        await person.settles()
        assert asked == [("doctor",), ("doctor", "--link")]
        await person.press("f5")
        await person.settles()
        assert len(asked) == 2, "what was found is shown again, not looked for again"
        await person.press("r")
        await person.settles()
        assert len(asked) == 3


WAITS = "import sys, time; print('commencé', flush=True); time.sleep(600)"


async def test_a_work_goes_on_when_the_screen_is_left_and_is_paused_and_stopped(
    practice: Practice, opened: Opened, stands_in
) -> None:
    stands_in(WAITS)
    async with opened() as person:
        await person.press("f5")
        await person.sees("commencé")
        await person.press("escape", "f3", "f5")
        await person.sees("commencé")
        report = person.app.reports["doctor"]
        await person.press("p")
        await person.sees("En pause")
        await person.until(lambda: state_of(report) == "T")
        await person.press("p")
        await person.until(lambda: state_of(report) == "S")
        await person.press("p")
        await person.until(lambda: state_of(report) == "T")
        assert "r regarder de nouveau" not in person.text
        await person.press("r")
        await person.sees("Déjà en cours : x l'arrête.")
        await person.press("x")
        await person.until(lambda: not report.works)
        for key in ("p", "x"):
            person.find(KeyLine).hush()
            await person.sees("r regarder de nouveau")
            assert "p pause" not in person.text
            await person.press(key)
            await person.sees("Rien n'est en cours : r regarde de nouveau.")


def state_of(report: Report) -> str:
    """What the kernel says of its process: 'S' waits, 'T' is stopped."""
    assert report._process is not None
    with open(f"/proc/{report._process.pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


async def test_no_work_outlives_the_application(
    practice: Practice, opened: Opened, stands_in
) -> None:
    stands_in(WAITS)
    async with opened() as person:
        await person.press("f5")
        await person.sees("commencé")
        report = person.app.reports["doctor"]
    assert not report.works


async def test_the_real_check_up_runs(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        person.app.begin_report("link", Report(("doctor", "--link")))
        await person.press("f4")
        await person.until(lambda: not person.app.reports["link"].works)
        await person.settles()
        await person.sees("cabinet")
        await person.sees("tout va bien")


async def test_a_new_account_is_asked_for(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("A")
        await person.press("n")
        await person.sees("Adresse du nouveau compte")
        await person.types("x\n")
        await person.sees("n'est pas une adresse")
        await person.press("backspace")
        await person.types("b@c.example\n")
        await person.sees("Serveur de réception")
        await person.types("i.example:993\n")
        await person.types("s.example:465\n")
        await person.sees("Ces serveurs chiffrent")
        await person.press("o")
        await person.sees("pli account add b@c.example")


def test_the_new_account_is_added_on_the_terminal_itself(
    home: Home, key: DataKey, db: Connection, practice: Practice
) -> None:
    practice.deliver(letter("Résultat"))
    command = ["-m", "tests.tui.run_app", str(home.root), str(home.root / "test.key")]
    with Terminal(command, columns=100) as terminal:
        terminal.wait_for("Résultat")
        terminal.press("A")
        terminal.press("n")
        terminal.press("bob@cabinet.example\r")
        terminal.press("imap.cabinet.example:993\r")
        terminal.press("smtp.cabinet.example:465\r")
        terminal.press("o")
        terminal.wait_for("Mot de passe")
        terminal.press("tres secret\r")
        terminal.wait_for("pour revenir")
        assert "tres secret" not in terminal.text
        terminal.press("\r")
        terminal.wait_for("Compte ajouté : bob@cabinet.example")
    names = [row[0] for row in db.execute("SELECT address FROM account ORDER BY id")]
    assert names[-1] == "bob@cabinet.example"


async def test_help_begins_with_the_screen_one_is_on_and_comes_back_to_it(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await person.press("o", "question_mark")
        await person.sees("Sur cet écran")
        assert "  x          retirer" in person.text
        await person.press("escape")
        await person.sees("Boîte d'envoi : ce qui")
        await person.press("c")
        await person.settles()
        await person.types("bob?")
        await person.press("f1")
        await person.sees("Sur cet écran")
        assert "  Ctrl+S     envoyer" in person.text
        await person.press("escape")
        await person.sees("bob?")

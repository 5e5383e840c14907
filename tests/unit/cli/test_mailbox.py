"""What the command line says of letters the server no longer has, and the two answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from store.db import losses, placements
from store.db.mailboxes import names_wished
from store.db.search import search
from store.model.mailbox import Role
from tests.tui.practice import NOW, Practice, letter
from tests.tui.practice import practice as make_practice
from tui.cli import run

Pli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def practice(db) -> Practice:
    """A practice whose server no longer has two of its three letters."""
    made = make_practice(db)
    made.deliver(*(letter(f"bilan {n}", message_id=f"m{n}") for n in range(3)))
    lost = placements.newest(db, made.inbox, limit=2)
    losses.lose(db, made.inbox, lost, held=3, now=NOW)
    return made


@pytest.fixture
def pli(practice, home, key, key_file, capsys) -> Pli:
    """Run `pli` on that store: exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        code = run([*words, "--home", str(home.root), "--key-file", str(key_file)])
        return code, *capsys.readouterr()

    return call


ASKED = (
    "Le serveur n'a plus 2 des 3 lettres de « Réception ». Les garder ici ou les retirer ?"
    " En attendant, rien n'est retiré."
    " « pli mailbox keep cabinet/INBOX » garde, « pli mailbox forget cabinet/INBOX » retire."
)


@pytest.mark.parametrize("command", ["status", "mailbox"])
def test_what_is_asked_is_a_sentence_and_code_1(pli, command) -> None:
    code, out, _ = pli(command)
    assert code == 1
    assert ASKED in out


def test_the_facts_of_a_question_are_printed(pli) -> None:
    code, out, _ = pli("status", "--json")
    asked = {"account": "cabinet", "mailbox": "INBOX", "lost": 2, "held": 3}
    assert (code, json.loads(out)["questions"]) == (1, [asked])


def test_the_doctor_asks_in_the_same_words(pli) -> None:
    code, out, _ = pli("doctor", "--offline")
    assert code == 1
    assert ASKED in out


def test_a_mailbox_cannot_draw_on_the_doctors_screen(pli, practice) -> None:
    practice.db.execute("UPDATE mailbox SET name = 'a\x1b[2J\u202eb' WHERE role = 'inbox'")
    _, out, _ = pli("doctor", "--offline")
    assert "cabinet/a␛[2J‹202E›b" in out
    assert not {"\x1b", "\u202e"} & set(out)


def test_what_is_lost_is_still_listed_and_found(pli, practice) -> None:
    _, out, _ = pli("list", "inbox")
    assert out.count("bilan") == 3
    assert len(search(practice.db, "bilan", 10)) == 3


def test_kept_letters_stay_and_nothing_is_asked_any_more(pli, practice) -> None:
    assert pli("mailbox", "keep", "inbox")[0] == 0
    assert len(practice.subjects(Role.INBOX)) == 3
    assert pli("status")[0] == 0


def test_letters_taken_out_are_gone_from_the_list(pli, practice) -> None:
    assert pli("mailbox", "forget", "cabinet/INBOX")[0] == 0
    assert practice.subjects(Role.INBOX) == ["bilan 0"]
    assert pli("mailbox")[0] == 0


@pytest.mark.parametrize("answer", ["keep", "forget"])
def test_an_answer_to_nothing_is_wrong_usage(pli, answer) -> None:
    code, _, err = pli("mailbox", answer, "archive")
    assert code == 2
    assert "Rien n'est demandé au sujet de archive" in err


def test_a_mailbox_is_made_with_the_line_cut_and_letters_go_there(pli, practice) -> None:
    assert pli("mailbox", "create", "Labos/Été")[0] == 0
    (letter_id,) = practice.db.execute("SELECT max(id) FROM email").fetchone()
    assert pli("move", str(letter_id), "--to", "labos/été")[0] == 0
    code, out, _ = pli("list", "Labos/Été")
    assert code == 0
    assert out.count("bilan") == 1
    assert names_wished(practice.db, practice.account_id)


def test_a_mailbox_is_found_under_the_name_it_was_wished(pli, practice) -> None:
    assert pli("mailbox", "rename", "Labos", "Résultats")[0] == 0
    assert pli("list", "résultats")[0] == 0
    assert pli("list", "labos")[0] == 2
    assert pli("mailbox", "subscribe", "résultats", "--off")[0] == 0
    facts = [json.loads(line) for line in pli("mailbox", "--json")[1].splitlines()]
    assert "Résultats" in [each["name"] for each in facts]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rename", "inbox", "Autre"), "réception garde son nom"),
        (("create", "Labos"), "s'appelle déjà Labos"),
        (("create", "a*"), "ne va pas"),
        (("rename", "personne", "x"), "personne"),
        (("create", "x", "--account", "personne"), "personne"),
    ],
)
def test_what_cannot_be_wished_of_a_mailbox_is_one_sentence(pli, words, said) -> None:
    code, _, err = pli("mailbox", *words)
    assert code == 2
    assert said in err

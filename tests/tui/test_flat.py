"""`pli --flat`: what it says, word for word, in both languages; what it promises when cut short.

The transcripts are read by eye when they change: PLI_TRANSCRIPTS=1 writes them anew.
"""

from __future__ import annotations

import contextlib
import getpass
import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from store.db.authors import set_author
from store.db.claim_ages import age_claims
from store.db.claims import claim
from store.db.drafts import draft, drafts, drafts_waiting, save_draft, send_draft
from store.db.emails import page_of_emails
from store.db.node import node_started
from store.db.open import Connection
from store.db.placements import newest
from store.db.submissions import submission
from store.db.work_wishes import works
from store.db.works import forget_works
from store.host import clock
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.paths import Home
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.mailbox import Role
from store.model.submission import SubmissionState
from store.model.work import WorkState
from tests.tui.long_works import document, much
from tests.tui.practice import ALICE, NOW, Practice, letter
from tests.tui.test_outbox_screen import queued
from tui.commands.flat import begin
from tui.commands.flat.session import Flat
from tui.commands.flat.talk import HungUp, Idle, Talk
from tui.commands.flat.vocabulary import COMMANDS, words_of
from tui.nodestart import SILENT_SECONDS
from tui.plain import Plain
from tui.settings import Settings
from tui.terminal_codes import FORGET_AT_END
from tui.when import since_words

HERE = Path(__file__).parent / "transcripts"
ROOT = Path(__file__).parents[2]
ESCAPES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
PDF = b"%PDF-1.7\n" + b"0" * 900
Talks = Callable[..., str]
Said = pytest.CaptureFixture[str]


@pytest.fixture
def talks(home: Home, key: DataKey, db: Connection, capsys: pytest.CaptureFixture[str]) -> Talks:
    """Types lines until the end of them; what was said."""

    def type_(*lines: str) -> str:
        talk = Talk(io.StringIO("".join(f"{line}\n" for line in lines)))
        flat = Flat(talk, home, key, db, lambda: True)
        try:
            flat.run()
        except HungUp:
            talk.forget()
        return capsys.readouterr().out

    return type_


@pytest.fixture
def day(practice: Practice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working day: three letters, a document to send, the clock stopped."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "Europe/Paris")
    node_started(practice.db, os.getpid(), NOW)
    practice.deliver(
        letter("INR", "Bonjour,\nINR : 2,4.\n", documents=[("inr.pdf", "application/pdf", PDF)]),
        letter("Avis", "Cher confrère, merci.\n", sender="Dr Hugo Bernard <h@cardio.example>"),
        letter("\x1b]0;titre\x07", "Une lettre \x1b[2Jqui voudrait dessiner.\n"),
    )
    document = tmp_path / "courrier.txt"
    document.write_text("Compte rendu\n")
    return document


def test_who_answers_claims_under_the_name_chosen_and_an_answer_never_begun_does_not(
    home: Home, key: DataKey, practice: Practice
) -> None:
    set_author(practice.db, practice.account_id, '[mailbox]\nkind = "organization"\n', now=NOW)
    practice.deliver(letter("Potassium"))
    seen: list[list[str]] = []

    class Asked(Talk):
        def ask(self, question: Plain) -> str:
            seen.append(practice.keywords()[0].split())
            return super().ask(question)

    def answered(*lines: str) -> list[str]:
        """What the letter is marked with while one is asked, and at the end."""
        seen.clear()
        said = io.StringIO("".join(f"{line}\n" for line in ("1", "1", "répondre", *lines)))
        flat = Flat(Asked(said), home, key, practice.db, lambda: True, Settings(claim_name="Zoé"))
        with contextlib.suppress(HungUp):
            flat.run()
        return practice.keywords()[0].split()

    assert answered() == ["$seen"]  # the line broke before a word was written
    assert "$pli-claim-zoe" in seen[-1]
    assert answered("Oui.") == ["$pli-claim-zoe", "$seen"]  # a draft is


def test_somebody_else_who_answers_is_said(talks: Talks, practice: Practice) -> None:
    practice.deliver(letter("Potassium"))
    claim(practice.db, newest(practice.db, practice.inbox), "Dr Bob")
    age_claims(practice.db, NOW)
    since = since_words(NOW, clock.now())
    told = talks("1", "1", "répondre")
    assert f"Dr Bob (depuis {since}) répond\n" in told
    assert f"Dr Bob (depuis {since}) répond déjà à cette lettre." in told


def test_an_answer_is_taken_over_only_once_confirmed(talks: Talks, practice: Practice) -> None:
    practice.deliver(letter("Potassium"))
    claim(practice.db, newest(practice.db, practice.inbox), "Dr Bob")
    assert "Répond déjà : Dr Bob." in talks("1", "1", "je-réponds", "non")
    assert practice.keywords() == ["$pli-claim-dr-bob $seen"]
    assert "Vous répondez à la place" in talks("1", "1", "je-réponds", "oui")
    assert practice.keywords() == ["$pli-claim-dr-alice-martin $seen"]


def typed(language: str, document: Path) -> list[str]:
    """The day's lines, by the words of one language."""

    def word(name: str) -> str:
        return words_of(name)[0]

    yes = "oui" if language == "fr" else "yes"
    return [
        *("1", "3", word("document"), word("reply"), "Bien reçu.", "Merci.", ".", "", yes),
        *(word("claim"), word("mailboxes"), "1", "2", word("archive"), word("undo"), "1"),
        *(f"{word('search')} inr", "1", f"{word('save')} 1 {document.parent / 'inr.pdf'}"),
        *(f"{word('save')} 2", word("more"), word("delete"), word("delete")),
        *(word("write"), "pas une adresse", "bob@labo.example", "", "Question", "Bonjour", "."),
        *("/nulle/part", str(document), "", "non" if language == "fr" else "no"),
        *(word("outbox"), word("cancel"), word("drops"), word("status"), "99", "n'importe quoi"),
        *(word("fetch"), word("help"), word("quit")),
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_working_day_word_for_word(
    language: str, day: Path, practice: Practice, talks: Talks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_LANG", language)
    said = talks(*typed(language, day)).replace(str(day.parent), "/tmp/jour")
    kept = HERE / f"day.{language}.txt"
    if os.environ.get("PLI_TRANSCRIPTS") == "1":
        kept.write_text(said, encoding="utf-8")
    assert said == kept.read_text(encoding="utf-8")
    assert not ESCAPES.search(said)
    assert (day.parent / "inr.pdf").read_bytes() == PDF
    db = practice.db
    assert [draft(db, each)[1].subject for each, _, _ in drafts_waiting(db)] == []
    kept_drafts = {draft(db, each)[1].subject: draft(db, each)[1] for each in drafts(db)}
    assert kept_drafts["Question"].body == "Bonjour\n"
    assert [each.name for each in kept_drafts["Question"].attachments] == ["courrier.txt"]
    assert practice.subjects(Role.ARCHIVE) == []


def test_a_letter_that_is_sent_waits_to_leave(day: Path, practice: Practice, talks: Talks) -> None:
    talks("1", "2", "r", "Merci.", ".", "", "oui", "q")
    [(sent, _, _)] = drafts_waiting(practice.db)
    written = draft(practice.db, sent)[1]
    assert written.to[0].email == "h@cardio.example"
    assert written.body.startswith("Merci.\n\n")
    assert "> Cher confrère, merci." in written.body


def test_the_open_letter_is_labelled_filed_put_off_and_all_is_undone(
    day: Path, practice: Practice, talks: Talks
) -> None:
    lines = ("1", "2", "étoile", "étiquette à rappeler", "non-lue", "je-réponds", *("u",) * 4)
    said = talks(*lines, "ranger", "3", "u", "1", "reporter 32/13", "reporter", "2", "u", "b", "q")
    for words in ("« à rappeler » mise", "Dans quelle boîte", "3. Labos", "Rangée dans « Labos »"):
        assert words in said
    assert "« 32/13 » n'est pas un moment à venir." in said
    assert "Reportée" in said
    assert "6. vue Non lues" in said
    assert said.count("Marque annulée.") == 4
    row = next(r for r in page_of_emails(practice.db, practice.inbox) if r.subject == "Avis")
    assert row.keywords.split() == ["$seen"]
    assert practice.subjects(Role.NONE) == []


def test_views_labels_and_what_the_signs_say_are_heard(
    day: Path, practice: Practice, talks: Talks
) -> None:
    practice.deliver(*(letter(f"Lettre {n}") for n in range(25)))
    said = talks("1", "1", "l", "à rappeler", "b", "6", "suite", "suite", "b", "12", "q")
    assert "12. étiquette à rappeler" in said
    assert said.count("27. non lue, ") == 1
    assert "28. " not in said
    assert said.count(", étiquette à rappeler") == 1


def test_what_is_typed_is_kept_when_the_line_breaks(
    day: Path, practice: Practice, talks: Talks
) -> None:
    talks("écrire", "bob@labo.example", "", "Question", "Première ligne")
    [kept] = drafts(practice.db)
    written = draft(practice.db, kept)[1]
    assert (written.subject, written.body) == ("Question", "Première ligne\n")


def test_every_command_has_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("fr", "en"):
        monkeypatch.setenv("PLI_LANG", language)
        words = [word for name in COMMANDS for word in words_of(name)]
        assert len(words) == len(set(words))


def test_what_takes_long_is_said_in_words_and_paused_by_its_number(
    day: Path, practice: Practice, talks: Talks
) -> None:
    much(practice.db, practice.account_id, practice.inbox)
    said = talks("travaux", "pause 1", "travaux", "pause 2", "pause 3", "pause", "q")
    assert "lettres de cabinet : 1 200 lettres sur 5 000, 31,2 Mo reçus, encore 13 min" in said
    assert "document scanner thorax.dcm : 12,4 Mo sur 50,0 Mo, en pause" in said
    assert "lettres de cabinet : 1 200 lettres sur 5 000, 31,2 Mo reçus, se met en pause" in said
    assert "Reprend." in said
    assert "Un envoi commencé ne se met pas en pause" in said
    assert "Dites lequel, par son numéro dans « travaux »." in said
    assert "#" not in said


def test_a_number_is_of_the_works_that_were_said_though_some_are_over_since(
    day: Path, practice: Practice, home: Home, key: DataKey, db: Connection
) -> None:
    much(practice.db, practice.account_id, practice.inbox)
    flat = Flat(Talk(io.StringIO()), home, key, db, lambda: True)
    flat.obey("travaux")
    names = [each.name for each in works(db)]
    forget_works(db, ["sending:1"])
    at = names.index("sending:1") + 1
    flat.obey(f"pause {at + 1}")
    flat.obey(f"pause {at}")
    flat.obey("pause 0")
    paused = {each.name for each in works(db) if each.state is WorkState.PAUSING}
    assert paused == {names[at]}


def test_the_node_of_another_is_heard_and_where_there_is_none_no_key_of_the_screen_is_told(
    day: Path, practice: Practice, home: Home, key: DataKey, db: Connection, capsys: Said
) -> None:
    flat = Flat(Talk(io.StringIO()), home, key, db, lambda: False)
    node_started(db, os.getpid(), clock.now())
    flat.obey("état")
    flat.obey("relever")
    assert "synchronisation active" in (heard := capsys.readouterr().out)
    assert "arrêtée" not in heard
    node_started(db, os.getpid(), clock.now() - 10 * SILENT_SECONDS)
    for asked in ("état", "relever"):
        flat.obey(asked)
        assert "Quittez et rouvrez Pli pour la relancer." in capsys.readouterr().out


def test_a_number_is_of_the_letters_that_were_said_though_others_leave_since(
    day: Path, practice: Practice, home: Home, key: DataKey, db: Connection, capsys: Said
) -> None:
    first = queued(practice, "Avis de M. A.", "m1")
    flat = Flat(Talk(io.StringIO()), home, key, db, lambda: True)
    flat.obey("retirer 1")
    assert submission(db, first).state is SubmissionState.QUEUED
    flat.obey("envois")
    other = queued(practice, "Avis de Mme B.", "m2")
    capsys.readouterr()
    flat.obey("retirer 1")
    states = [submission(db, each).state for each in (first, other)]
    assert states == [SubmissionState.CANCELED, SubmissionState.QUEUED]
    assert "Avis de M. A." in capsys.readouterr().out


def test_of_several_letters_that_wait_only_the_one_that_is_said_is_kept_back(
    day: Path, practice: Practice, home: Home, key: DataKey, db: Connection, capsys: Said
) -> None:
    for subject in ("Avis de M. A.", "Avis de Mme B."):
        told = Draft(sender=EmailAddress(email=ALICE), subject=subject)
        written = save_draft(db, practice.account_id, told, now=NOW)
        send_draft(db, written, NOW)
    flat = Flat(Talk(io.StringIO()), home, key, db, lambda: True)
    flat.obey("retirer")
    assert len(drafts_waiting(db)) == 2
    flat.obey("2")
    ((left, _, _),) = drafts_waiting(db)
    assert draft(db, left)[1].subject == "Avis de M. A."
    assert "Retenue, de nouveau un brouillon : Avis de Mme B." in capsys.readouterr().out
    flat.obey("retirer")
    assert drafts_waiting(db) == []
    flat.obey("retirer")
    assert capsys.readouterr().out.endswith("Rien n'attend de partir.\n")


def test_a_document_that_is_not_here_says_so_in_its_letter(
    day: Path, practice: Practice, talks: Talks
) -> None:
    document(practice.db, practice.account_id, practice.inbox, "scanner.dcm")
    said = talks("1", "1", "q")
    assert "1. scanner.dcm, demandé, 12,4 Mo déjà ici, reste 37,6 Mo" in said


def test_idle_it_locks_and_asks_for_the_passphrase(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(begin.keys, "MEMORY_KIB", 1024)
    key = begin.keys.create(home, passphrase="une phrase bien longue")
    answers, heard = iter(["fausse", "une phrase bien longue"]), []
    lines = iter([Idle(), "quitter"])

    class Watched(Talk):
        def ask(self, question: str) -> str:
            heard.append(question)
            line = next(lines)
            if isinstance(line, Idle):
                raise line
            return line

    monkeypatch.setattr(begin, "Talk", Watched)
    monkeypatch.setattr(begin.OwnNode, "start", lambda *_: False)
    monkeypatch.setattr(begin.signal, "signal", lambda *_: None)
    monkeypatch.setattr(begin.time, "sleep", lambda _: None)
    monkeypatch.setattr(getpass, "getpass", lambda _: next(answers))
    given = key.own_copy()
    assert begin.run_flat(home, given) == 0
    said = capsys.readouterr().out
    assert "Verrouillé" in said
    assert "Ce n'est pas la bonne phrase" in said
    assert said.rstrip().endswith("Au revoir.")
    assert len(heard) == 2
    assert given.octets == bytes(32)


def test_nobody_has_typed_for_long_and_the_terminal_forgets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    with open(theirs) as source, open(os.dup(theirs), "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setenv("TERM", "xterm")
        talk = Talk(source, idle_seconds=0.01)
        with pytest.raises(Idle):
            talk.ask(Plain("?"))
        talk.forget()
    came = b""
    with open(ours, "rb", 0) as end, contextlib.suppress(OSError):  # EIO: all of it was read
        while more := end.read(1000):
            came += more
    assert came.endswith(FORGET_AT_END.encode())


def test_the_command_works_over_a_pipe_on_a_dumb_terminal(
    home: Home, key: DataKey, key_file: Path, practice: Practice
) -> None:
    practice.deliver(letter("Résultat"))
    command = ["-m", "tui.cli", "--home", str(home.root), "--key-file", str(key_file), "--flat"]
    told = subprocess.run(
        [sys.executable, *command],
        input="1\n1\nquitter\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"TERM": "dumb", "PLI_LANG": "fr"},
        timeout=60,
    )
    assert told.returncode == 0, told.stderr
    assert "1. non lue, de Labo du Port" in told.stdout
    assert "voici les résultats" in told.stdout
    assert not ESCAPES.search(told.stdout)
    assert not node_runs(home)

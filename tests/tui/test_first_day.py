"""docs/first-day.md is true: the real program, in a real terminal, with exactly the keys it tells.

The page is read, not repeated: words between backticks are typed, words in italics are waited for.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db.contacts import add as add_contact
from store.db.drop_ledger import put_away
from store.db.drops import add_rule
from store.db.migrate import migrate
from store.db.node import node_started
from store.db.open import connect
from store.host.clock import now
from store.host.keys import create
from store.host.lock import NodeLock
from store.host.paths import Home
from store.model.drop import ItemState
from store.model.submission import SubmissionState
from tests.tui.health_world import LATEST, SERIES, hprim, read
from tests.tui.practice import letter, practice
from tests.tui.test_drop_screen import taken
from tests.tui.test_outbox_screen import attempted, queued
from tests.tui.tmux import Tmux

PAGE = Path(__file__).parents[2] / "docs" / "first-day.md"
TASK = re.compile(r"^\d+\. \*\*(.+?)\*\* \((\d+) keys?\)\.(.*?)(?=^\d+\. |^#|\Z)", re.M | re.S)
TOKEN = re.compile(r"`([^`]+)`|(?<!\*)\*([^*]+)\*(?!\*)")
NAMED = {"↵": "Enter", "Esc": "Escape", "↓": "Down", "Tab": "Tab", "F8": "F8"}
NAMED |= {"Ctrl+S": "C-s", "Ctrl+T": "C-t"}
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)[;m]")
"""A colour, and not the terminal's own (39, 49)."""
DAY = 86_400
PASSPHRASE = "une phrase bien longue"


def tasks() -> list[tuple[str, int, list[tuple[str, str]]]]:
    """(Title, keystrokes it claims, [(typed, '') or ('', seen)]) of each task, in order."""
    return [
        (title, int(count), [(typed, seen) for typed, seen in TOKEN.findall(told)])
        for title, count, told in TASK.findall(PAGE.read_text())
    ]


def strokes(typed: str) -> int:
    """How many keys: one for a key that has a name, else one for each letter."""
    return 1 if typed in NAMED else len(typed)


@pytest.fixture
def morning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A practice in the morning; a node runs as far as the screen can tell."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    home, today = Home(root), now()
    db = connect(home, create(home, passphrase=PASSPHRASE))
    migrate(db)
    made = practice(db)
    made.deliver(
        letter("Courrier de Mme Petit", "Merci.\n", sender="Mme Petit <p@patient.example>"),
        at=today - 30 * DAY,
    )
    for n, (day, result) in enumerate(SERIES):
        made.deliver(letter(f"Bilan {day}", hprim(day, result)), at=today - (280 - 60 * n) * DAY)
    made.deliver(letter("Avis", "Cher confrère, qu'en pensez-vous ?\n"), at=today - 7200)
    made.deliver(letter("Bilan du jour", hprim("25/10/2026", *LATEST)), at=today - 3600)
    read(db)
    add_contact(db, name="Dr Hugo Bernard", emails=["h@cardio.example"], now=today)
    rule_id = add_rule(
        db, name="labo", folder=str(tmp_path), account_id=made.account_id, to=["b@labo.example"]
    )
    put_away(db, [taken(made, rule_id, None, state=ItemState.HELD, reason="drop.no_way")])
    doubtful = queued(made, "Compte rendu", "d1")
    attempted(db, doubtful, SubmissionState.UNCERTAIN, "submission.no_answer", "")
    node_started(db, os.getpid(), today)
    db.close()
    (tmp_path / "cr.pdf").write_bytes(b"%PDF-1.7\n" + b"0" * 900)
    with NodeLock(home):
        yield home


@pytest.mark.parametrize("terminal", [(), ("env", "TERM=vt100", "NO_COLOR=1")])
def test_each_task_takes_the_keys_that_are_told(
    morning: Home, tmp_path: Path, terminal: tuple[str, ...]
) -> None:
    told = tasks()
    assert len(told) >= 12
    for title, count, steps in told:
        assert sum(strokes(typed) for typed, _ in steps if typed) == count, title
    command = (*terminal, sys.executable, "-m", "tui.cli", "--home", str(morning.root))
    with Tmux(tmp_path, command, PLI_LANG="fr", HOME=str(tmp_path)) as tmux:
        tmux.wait_for("Phrase de passe")
        for _title, _count, steps in told:
            for typed, seen in steps:
                if seen:
                    tmux.wait_for(seen)
                    assert not (terminal and COLOUR.search(tmux.do("capture-pane", "-e", "-p")))
                elif typed in NAMED:
                    tmux.keys(NAMED[typed])
                else:
                    tmux.types(typed)

"""The real program, by the command people type, over 64 kbit/s: typed ahead, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.db.drafts import draft, drafts_waiting
from store.db.migrate import migrate
from store.db.open import Connection, connect
from store.host import keys
from store.host.lock import node_runs
from store.host.paths import Home
from tests.tui.practice import letter, practice
from tests.tui.terminal import SlowTerminal

PASSPHRASE = "une phrase bien longue"
FIRST_SCREEN_OCTETS = 24_000
"""The question, the passphrase as it is typed, the list: three seconds of this line at worst
(13,755 to 18,363 octets measured 2026-11, most of them blanks that Textual writes twice)."""


@pytest.fixture
def db(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A store opened by a passphrase, with three letters."""
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    connection = connect(home, keys.create(home, passphrase=PASSPHRASE))
    migrate(connection)
    practice(connection).deliver(
        letter("Premier"), letter("Avis", "Qu'en pensez-vous ?\n"), letter("Dernier")
    )
    yield connection
    connection.close()


def test_a_letter_is_answered_without_waiting_for_the_screen(home: Home, db: Connection) -> None:
    with SlowTerminal(["-m", "tui.cli", "--home", str(home.root)]) as terminal:
        terminal.wait_for("Phrase de passe")
        terminal.type_ahead(f"{PASSPHRASE}\r")
        terminal.wait_for("Dernier")
        assert len(terminal.octets) <= FIRST_SCREEN_OCTETS
        terminal.type_ahead("j\rrBien d'accord.\x13")  # next letter, open, reply, write, send
        terminal.wait_for("Part dans 10 s pour labo@port.example")
        terminal.type_ahead("\x1b[19~")  # F8
        terminal.wait_for("La boîte est verrouillée. Phrase")
        assert "Qu'en pensez-vous" not in terminal.text
        terminal.type_ahead("\x1b")
        assert terminal.ended() == 0
    sent = [draft(db, draft_id)[1] for draft_id, _, _ in drafts_waiting(db)]
    assert [(each.subject, each.body[:14]) for each in sent] in (
        [],
        [("Re: Avis", "Bien d'accord.")],
    )
    assert not node_runs(home)

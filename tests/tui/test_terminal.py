"""What the screen costs a slow line, in octets, and the whole of it by the command people type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db.arriving import Arrival
from store.db.migrate import migrate
from store.db.node import node_state
from store.db.open import Connection, connect
from store.host.keys import DataKey, create
from store.host.lock import node_runs
from store.host.paths import Home
from store.model.email import NO_KEYWORDS, SEEN
from tests.tui.practice import NOW, Practice, letter, practice
from tests.tui.terminal import Terminal
from tui.cli import run

MOVE_OCTETS, TITLE_OCTETS = 450, 150
DOWN, UP, PAGE_DOWN = "\x1b[B", "\x1b[A", "\x1b[6~"
PASSPHRASE = "une phrase bien longue"


@pytest.fixture(scope="module")
def opened_terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A list of a thousand letters on a terminal of 120 by 40."""
    root = tmp_path_factory.mktemp("cost") / "home"
    root.mkdir(mode=0o700)
    home, key_file = Home(root), root / "key"
    db = connect(home, create(home, key_file=key_file))
    migrate(db)
    made = practice(db)
    few = [letter(f"Résultats d'analyses sanguines n° {n}, à rappeler") for n in range(20)]
    made.deliver(*few)
    made.keep(
        [
            Arrival(100 + n, frozenset({SEEN}) if n % 3 else NO_KEYWORDS, NOW - 60 * n, few[n % 20])
            for n in range(1000)
        ],
        made.inbox,
    )
    db.close()
    command = ["-m", "tests.tui.run_app", str(root), str(key_file)]
    with Terminal(command, columns=120, rows=40) as terminal:
        terminal.wait_for("Résultats")
        terminal.settle()
        yield terminal


@pytest.mark.parametrize("key", [DOWN, "j", "k", UP])
def test_a_cursor_move_is_two_lines_of_text(opened_terminal: Terminal, key: str) -> None:
    assert 0 < len(opened_terminal.press(key)) <= MOVE_OCTETS


def test_choosing_a_letter_is_two_lines_and_the_title(opened_terminal: Terminal) -> None:
    opened_terminal.press(" ")
    assert 0 < len(opened_terminal.press(" ")) <= MOVE_OCTETS + TITLE_OCTETS
    opened_terminal.press("\x1b")


def test_a_cursor_move_among_threads_is_two_lines_of_text(opened_terminal: Terminal) -> None:
    opened_terminal.press("T")
    assert 0 < len(opened_terminal.press(DOWN)) <= MOVE_OCTETS
    opened_terminal.press("T")


def test_leaving_the_page_paints_one_page(opened_terminal: Terminal) -> None:
    whole = 120 * 40
    assert 0 < len(opened_terminal.press(PAGE_DOWN)) <= 1.5 * whole
    opened_terminal.press("\x1b[H")


def test_doing_nothing_sends_nothing(opened_terminal: Terminal) -> None:
    opened_terminal.settle()
    assert opened_terminal.read(1.5) == b""


def test_a_screen_gone_and_come_back_is_the_same(opened_terminal: Terminal) -> None:
    before = opened_terminal.text
    opened_terminal.press("o")
    assert "Boîte d'envoi" in opened_terminal.text
    opened_terminal.press("\x1b")
    assert opened_terminal.text == before


@pytest.fixture
def sealed(home: Home) -> Iterator[tuple[Home, DataKey, Connection]]:
    """A store opened by a passphrase, with one letter and no server to reach."""
    key = create(home, passphrase=PASSPHRASE)
    db = connect(home, key)
    migrate(db)
    Practice(db, practice(db).account_id).deliver(letter("Premier résultat"))
    yield home, key, db
    db.close()


def test_bare_pli_unlocks_starts_a_node_and_ends_it(
    sealed: tuple[Home, DataKey, Connection],
) -> None:
    home, _, db = sealed
    with Terminal(["-m", "tui.cli", "--home", str(home.root)], columns=100) as terminal:
        terminal.wait_for("Phrase de passe")
        assert "Premier résultat" not in terminal.text
        terminal.press("pas la bonne\r")
        terminal.wait_for("Ce n'est pas la bonne phrase de passe")
        terminal.press(f"{PASSPHRASE}\r")
        terminal.wait_for("Premier résultat")
        terminal.wait_for("synchronisation active")
        assert terminal.until(lambda: node_state(db) is not None)
        state = node_state(db)
        assert state is not None
        assert state.pid != terminal.process.pid
        assert node_runs(home)
        terminal.press("q")
        assert terminal.ended() == 0
    assert not node_runs(home)


def test_a_hang_up_ends_the_screen_and_its_node(sealed: tuple[Home, DataKey, Connection]) -> None:
    home, _, _ = sealed
    passphrase = home.root / "passphrase"
    passphrase.write_text(PASSPHRASE)
    passphrase.chmod(0o600)
    command = ["-m", "tui.cli", "--home", str(home.root), "--passphrase-file", str(passphrase)]
    with Terminal(command, columns=100) as terminal:
        terminal.wait_for("synchronisation active")
        terminal.hang_up()
        assert terminal.ended() == 0
    assert not node_runs(home)


def test_without_a_terminal_pli_says_so(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create(home, key_file=tmp_path / "key")
    assert run(["--home", str(home.root), "--key-file", str(tmp_path / "key")]) == 2
    assert "L'écran a besoin d'un terminal" in capsys.readouterr().err


def test_half_a_sequence_is_not_printed_by_the_judge() -> None:
    halves = r"print('\x1bP+q', end='', flush=True); input(); print('544e\x1b\\seen')"
    with Terminal(["-c", halves]) as terminal:
        assert terminal.until(lambda: b"\x1bP+q" in terminal.octets)
        terminal.press("\n")
        terminal.wait_for("seen")
        assert "544e" not in terminal.text

"""Locking: the key goes, the place and what was being written stay."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.drivers.linux_driver import LinuxDriver

from store.db.drafts import draft, drafts
from store.db.migrate import migrate
from store.db.open import Connection, connect
from store.host import keys
from store.host.i18n import sentence
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.paths import Home
from tests.tui.conftest import Opened, Person
from tests.tui.practice import Practice, letter, practice
from tests.tui.terminal import PATIENCE_SECONDS, Terminal
from tests.tui.tmux import Tmux
from tui.app import PliApp
from tui.desk import Desk
from tui.driver import TerminalDriver
from tui.hang_up import watch_for_the_end
from tui.keyboard import Ending, read_keys
from tui.plain import NOTHING
from tui.screens.unlock import UnlockScreen
from tui.settings import Settings
from tui.terminal_codes import FORGET, FORGET_AT_END
from tui.widgets.key_line import KeyLine

PASSPHRASE = "une phrase bien longue"
SECRETS = ("Confidentiel", "port.example", "Réception", "Mme D.")


@pytest.fixture
def sealed(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[DataKey, Connection]]:
    """A store opened by a passphrase, with two letters."""
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    key = keys.create(home, passphrase=PASSPHRASE)
    db = connect(home, key)
    migrate(db)
    practice(db).deliver(letter("Confidentiel", "Bonjour Mme D.\n"), letter("Autre"))
    yield key, db
    db.close()


@asynccontextmanager
async def sitting(home: Home, key: DataKey, *, idle_minutes: int = 5) -> AsyncIterator[Person]:
    """Somebody in front of the open screen."""
    app = PliApp(home, key, settings=Settings(idle_minutes=idle_minutes))
    async with app.run_test() as pilot:
        person = Person(app, pilot)
        await person.sees("Confidentiel")
        await person.settles()
        yield person


async def lock(person: Person) -> None:
    """Press the key, and wait for the lock."""
    await person.press("f8")
    await person.sees("Phrase de passe")
    await person.until(lambda: not person.app.is_open)


async def test_locked_shows_nothing_and_has_no_key(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    async with sitting(home, sealed[0]) as person:
        held = person.app.key
        assert held is not None
        assert held.octets == sealed[0].octets
        lent = person.app.lent.lend("bilan.pdf", b"%PDF-1.7")
        await lock(person)
        await person.until(
            lambda: not lent.exists(),
            lambda: "a document lent to another program outlived the lock",
        )
        assert not [word for word in SECRETS if word in person.text]
        assert person.app.key is None
        assert held.octets == bytes(32)
        assert sealed[0].octets != bytes(32), "the copy of somebody else was wiped"
        assert not person.app.glance.mailboxes
        await person.press("c", "o", "ctrl+p", "f8", "question_mark")
        assert isinstance(person.app.screen, UnlockScreen)


async def test_unlocking_returns_to_the_place(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    async with sitting(home, sealed[0]) as person:
        await person.press("j", "enter")
        await person.sees("Mme D.")
        await lock(person)
        await person.types(f"{PASSPHRASE}\n")
        await person.sees("Mme D.")
        await person.press("escape")
        await person.sees("Autre")


async def test_what_the_lock_cut_short_is_not_said_once_it_is_open_again(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    async with sitting(home, sealed[0]) as person:
        person.app.failed(keys.Locked("tui.locked"))
        await person.settles()
        assert sentence("tui.locked") not in person.text


async def test_what_is_being_written_is_kept_before_the_key_goes(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    async with sitting(home, sealed[0]) as person:
        await person.press("c")
        await person.settles()
        await person.types("alice@port.example")
        await lock(person)
        db = sealed[1]
        assert [draft(db, each)[1].to[0].email for each in drafts(db)] == ["alice@port.example"]
        await person.types(f"{PASSPHRASE}\n")
        await person.sees("alice@port.example")
        assert person.app.screen.query_one("#to").has_focus


async def test_a_screen_that_works_by_itself_is_silent_while_locked(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    async with sitting(home, sealed[0]) as person:
        await person.press("c")
        await person.settles()
        composer = person.app.screen
        await lock(person)
        composer._keep_now()  # what its timer calls
        await person.settles()
        assert person.find(KeyLine).message == NOTHING
        assert person.app.failure is None


async def test_nobody_there_for_long_locks(home: Home, sealed: tuple[DataKey, Connection]) -> None:
    async with sitting(home, sealed[0], idle_minutes=2) as person:
        app = person.app
        app.touched_at -= 119
        app._tick()
        await person.settles()
        assert app.is_open
        await person.press("j")
        app.touched_at -= 121
        app._tick()
        await person.sees("Phrase de passe")


async def test_it_never_locks_when_told_so(home: Home, sealed: tuple[DataKey, Connection]) -> None:
    async with sitting(home, sealed[0], idle_minutes=0) as person:
        person.app.touched_at -= 100_000
        person.app._tick()
        await person.settles()
        assert person.app.is_open


async def test_a_store_that_no_passphrase_opens_is_left_instead(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        person.app.touched_at -= 100_000
        person.app._tick()
        await person.settles()
        assert person.app.is_open, "time does not end it: its node would end too"
        await person.press("f8", "f8")
        await person.sees("seulement quittée")
        await person.press("n")
        await person.settles()
        assert person.app.is_open
        assert "seulement quittée" not in person.text
        await person.press("f8", "o")
        await person.until(lambda: person.app.return_value == 0)
    assert person.app.forgets


async def test_a_seat_that_was_closed_is_locked(home: Home, key: DataKey, db: Connection) -> None:
    desk = Desk(home, key)
    await desk.read(drafts)
    desk.close()
    with pytest.raises(keys.Locked):
        await desk.read(drafts)
    desk.close()


def written(home: Home) -> list[str]:
    """The command that opens the screen, unlocked."""
    passphrase = home.root / "passphrase"
    passphrase.write_text(PASSPHRASE)
    passphrase.chmod(0o600)
    return ["-m", "tui.cli", "--home", str(home.root), "--passphrase-file", str(passphrase)]


def test_the_terminal_forgets_when_locked_and_when_the_line_breaks(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    with Terminal(written(home), columns=100) as terminal:
        terminal.wait_for("synchronisation active")
        terminal.press("\x1b[19~")  # F8
        terminal.wait_for("Phrase de passe")
        assert FORGET.encode() in terminal.octets
        after = terminal.octets.rpartition(FORGET.encode())[2].decode()
        assert not [word for word in SECRETS if word in after]
        terminal.press(f"{PASSPHRASE}\r")
        terminal.wait_for("Confidentiel")
        terminal.press("c")
        terminal.press("alice@port.example")
        terminal.hang_up()
        assert terminal.ended() == 0
        terminal.settle()
        assert terminal.octets.endswith(FORGET_AT_END.encode())
    assert [draft(sealed[1], each)[1].to[0].email for each in drafts(sealed[1])]


@pytest.mark.parametrize("forgets", [f"\x1b[?1049h{FORGET}", FORGET_AT_END], ids=("lock", "end"))
def test_what_scrolled_off_a_real_terminal_is_gone_too(tmp_path: Path, forgets: str) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.show(b"Mme D.\r\n" * 100)
        assert "Mme D." in tmux.do("capture-pane", "-p", "-S", "-")
        tmux.show(b"Mme D.\r\n" * 100 + forgets.encode())
        assert "Mme D." not in tmux.do("capture-pane", "-p", "-S", "-")


AS_OF_A_LOGIN = (
    "import fcntl, termios, runpy; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "runpy.run_module('tui.cli', run_name='__main__')"
)
"""The terminal is this process's own, as sshd makes it: its end is a SIGHUP."""


def test_a_line_that_is_cut_keeps_the_draft_and_ends_everything(
    home: Home, sealed: tuple[DataKey, Connection]
) -> None:
    with Terminal(["-c", AS_OF_A_LOGIN, *written(home)[2:]], columns=100) as terminal:
        terminal.wait_for("synchronisation active")
        terminal.press("c")
        terminal.press("alice@port.example")
        os.close(terminal.ours)
        assert terminal.process.wait(PATIENCE_SECONDS) == 0
        terminal.ours = os.open(os.devnull, os.O_RDONLY)
    assert [draft(sealed[1], each)[1].to[0].email for each in drafts(sealed[1])]
    assert not node_runs(home)


def test_a_terminal_that_vanished_is_heard_though_no_signal_came() -> None:
    ours, theirs = os.openpty()
    gone, quiet = threading.Event(), threading.Event()
    watch_for_the_end(theirs, gone.set)
    watch_for_the_end(theirs, quiet.set)()
    os.write(ours, b"x")
    os.close(ours)
    assert gone.wait(PATIENCE_SECONDS)
    assert not quiet.is_set(), "it was no longer watched"
    os.close(theirs)


def test_the_thread_that_reads_keys_ends_though_the_terminal_took_no_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else Python waits for it for ever, and the process outlives its terminal."""
    monkeypatch.setattr(LinuxDriver, "close", lambda driver: None)
    driver = TerminalDriver.__new__(TerminalDriver)
    driver.exit_event, driver._end_watch = Ending(), lambda: None
    ours, theirs = os.openpty()
    reading = threading.Thread(
        target=read_keys, args=(theirs, driver.exit_event, print), daemon=True
    )
    reading.start()
    driver.close()
    reading.join(PATIENCE_SECONDS)
    assert not reading.is_alive()
    os.close(ours)
    os.close(theirs)

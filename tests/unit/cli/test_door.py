"""Whatever a command prints, no word from outside reaches the terminal as it came."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.db.open import connect, write
from store.host.keys import unlock
from store.host.paths import Home
from tests.tui.hostile import hostile_store
from tests.tui.payloads import PAYLOADS
from tui.cli import run
from tui.guard import NEVER

FALSE_LINE = "FAUX: tout va bien"
"""What a line break in a name would let somebody write on a line of its own."""
COMMANDS = (
    ("status",),
    ("list", "inbox"),
    ("list", "inbox", "--limit", "100"),
    ("search", "sujet"),
    *(("show", str(2 * n + 1)) for n in range(len(PAYLOADS))),
    ("outbox",),
    ("outbox", "show", "1"),
    ("drop", "list"),
    ("drop", "status"),
    ("account", "list"),
    ("doctor", "--offline"),
)
WITHOUT_JSON = (
    ("account", "check"),
    ("sync",),
    ("drop", "run", "--once"),
    ("list", f"nulle\x1b[2Jpart\n{FALSE_LINE}"),
    ("account", "set", f"x\x1b[2J\n{FALSE_LINE}", "--user", "u"),
    ("account", "remove", f"x\x1b[2J\n{FALSE_LINE}", "--yes"),
    ("account", "remove", f"x\x1b[2J\n{FALSE_LINE}", f"\u202e\n{FALSE_LINE}"),
    ("drop", "remove", f"x\x1b[2J\n{FALSE_LINE}"),
    (f"frob\x1b[2J\n{FALSE_LINE}",),
    ("list", "inbox", "--limit", f"\x1b[2J\n{FALSE_LINE}"),
    ("status", f"--\x1b[2J\n{FALSE_LINE}"),
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A store in which every name breaks lines too."""
    home, key_file = hostile_store(tmp_path_factory.mktemp("door") / "home")
    db = connect(home, unlock(home, key_file=key_file))
    evil = " ".join(p for p in PAYLOADS.values() if "\ud83d" not in p) + f"\n{FALSE_LINE}"
    with write(db):
        db.execute("UPDATE account SET name = ?1, address = ?1, imap_host = ?1", (evil,))
        db.execute(
            "UPDATE drop_rule SET name = ?1, folder = ?1, recipients = ?2, state = 'down',"
            " last_error = 'drop.not_mounted'",
            (evil, json.dumps([evil])),
        )
        db.execute("UPDATE drop_item SET name = ?", (evil.encode() + b"\xff",))
        db.execute("UPDATE email SET subject = ?1, sender_name = ?1", (evil,))
        db.execute(
            "UPDATE email_submission SET subject = ?1, last_error = 'smtp.no_login'", (evil,)
        )
        db.execute("UPDATE submission_recipient SET email = ?1, reply = ?1", (evil,))
    db.close()
    return home, key_file


def said_by(
    hostile: tuple[Home, Path], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> str:
    """All that a command prints, on either channel."""
    home, key_file = hostile
    capsys.readouterr()
    assert run([*words, "--home", str(home.root), "--key-file", str(key_file)]) in (0, 1, 2)
    said = capsys.readouterr()
    return said.out + said.err


@pytest.mark.parametrize("words", [*COMMANDS, *WITHOUT_JSON], ids=" ".join)
def test_no_command_prints_what_a_terminal_obeys(
    hostile: tuple[Home, Path], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    said = said_by(hostile, words, capsys)
    assert said
    assert not [line for line in said.split("\n") if line.startswith(FALSE_LINE)]
    assert not NEVER.search(said.replace("\n", ""))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_facts_for_programs_are_one_line_of_ascii_each(
    hostile: tuple[Home, Path], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    home, key_file = hostile
    run([*words, "--json", "--home", str(home.root), "--key-file", str(key_file)])
    out = capsys.readouterr().out
    assert out
    assert out.isascii()
    assert not NEVER.search(out.replace("\n", ""))
    assert all(isinstance(json.loads(line), dict) for line in out.splitlines())

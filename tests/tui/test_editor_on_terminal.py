"""$EDITOR on a real terminal: the screen makes room for it, and comes back with what it left."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from store.db.drafts import draft, drafts
from store.db.migrate import migrate
from store.db.open import Connection, connect
from store.host import keys
from store.host.keys import DataKey
from store.host.paths import Home
from tests.tui.practice import practice
from tests.tui.terminal import Terminal

F4 = "\x1bOS"
PASSPHRASE = "une phrase bien longue"


def test_an_editor_has_the_terminal_then_the_screen_has_it_again(
    home: Home, key: DataKey, key_file: Path, db: Connection, tmp_path: Path
) -> None:
    practice(db)
    editor = tmp_path / "ed"
    editor.write_text(
        '#!/bin/sh\nprintf "AU TRAVAIL"\nread answer\nprintf "%s" "$answer" >> "$1"\n',
        encoding="utf-8",
    )
    editor.chmod(0o700)
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file)]
    with Terminal(command, VISUAL="", EDITOR=str(editor)) as terminal:
        terminal.wait_for("Réception")
        terminal.press("c")
        terminal.wait_for("Lettre de")
        terminal.press("\t\t\t\tBonjour ")
        terminal.press(F4)
        terminal.wait_for("AU TRAVAIL")
        terminal.press("à tous\n")
        terminal.wait_for("Bonjour à tous")
        assert "AU TRAVAIL" not in terminal.text


def test_the_store_locks_while_an_editor_has_the_terminal_and_its_text_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    home, key_file = Home(tmp_path / "home"), tmp_path / "key"
    db = connect(home, keys.create(home, passphrase=PASSPHRASE, key_file=key_file))
    migrate(db)
    practice(db)
    editor = tmp_path / "ed"
    # It ends by itself once the store has been locked: nobody types.
    editor.write_text(
        "#!/bin/sh\nprintf 'AU TRAVAIL'\n"
        f"while ! grep -q screen.locked '{home.log}'; do sleep 0.1; done\n"
        'printf "à tous" >> "$1"\n',
        encoding="utf-8",
    )
    editor.chmod(0o700)
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file), "1"]
    with Terminal(command, VISUAL="", EDITOR=str(editor)) as terminal:
        terminal.wait_for("Réception")
        terminal.press("c")
        terminal.wait_for("Lettre de")
        terminal.press("\t\t\t\tBonjour ")
        terminal.press(F4)
        terminal.wait_for("Phrase de passe")
        assert "Bonjour" not in terminal.text
        terminal.press(f"{PASSPHRASE}\r")
        terminal.wait_for("Bonjour à tous")
        kept = [draft(db, each)[1].body for each in drafts(db)]
        assert kept == ["Bonjour "], "what was written before is kept before the key goes"
    db.close()


def test_the_screen_comes_back_and_takes_keys_each_time_an_editor_fails(
    home: Home, key: DataKey, key_file: Path, db: Connection
) -> None:
    practice(db)
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file)]
    with Terminal(command, VISUAL="", EDITOR="false") as terminal:
        terminal.wait_for("Réception")
        terminal.press("c")
        terminal.wait_for("Lettre de")
        terminal.press("\t\t\t\tBonjour")
        for typed, all_of_it in ((" à", "Bonjour à"), (" tous", "Bonjour à tous")):
            terminal.press(F4)
            terminal.wait_for("L'éditeur n'a rien rendu")
            terminal.press(typed)
            terminal.wait_for(all_of_it)


SAVES = '#!/bin/sh\nprintf "%s" "à tous" >> "$1"\nprintf "AU TRAVAIL"\n'


@pytest.mark.parametrize("last", ["kill -9 $$", "trap 'exit 1' HUP; read answer", "read answer"])
def test_what_an_editor_had_saved_is_kept_when_it_is_killed_or_the_line_breaks(
    home: Home, key: DataKey, key_file: Path, db: Connection, tmp_path: Path, last: str
) -> None:
    practice(db)
    editor = tmp_path / "ed"
    editor.write_text(f"{SAVES}{last}\nexit 1\n", encoding="utf-8")
    editor.chmod(0o700)
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file)]
    with Terminal(command, VISUAL="", EDITOR=str(editor)) as terminal:
        terminal.wait_for("Réception")
        terminal.press("c")
        terminal.wait_for("Lettre de")
        terminal.press("\t\t\t\tBonjour ")
        terminal.press(F4)
        if "kill" in last:
            terminal.wait_for("L'éditeur a été interrompu")
            terminal.wait_for("Bonjour à tous")
            terminal.press("\x1b")
            terminal.wait_for("Brouillon gardé")
        elif "HUP" in last:
            terminal.wait_for("AU TRAVAIL")
            os.killpg(terminal.process.pid, signal.SIGHUP)
            terminal.ended()
        else:
            terminal.wait_for("AU TRAVAIL")
            with open(os.devnull, "rb") as nobody:
                os.dup2(nobody.fileno(), terminal.ours)  # no signal: the editor hears it first
            terminal.ended()
    assert [draft(db, each)[1].body for each in drafts(db)] == ["Bonjour à tous"]


DEAF = f"{SAVES}trap '' HUP TERM\nwhile :; do sleep 1; done\n"
BY_A_SCRIPT = "sh -c 'vim \"$0\"; true'"
TYPED = {"vim": "oà tous", BY_A_SCRIPT: "oà tous\x1b:w\r", "nano": "\x1b/à tous", "deaf": ""}
"""What one types in each to add words; a script does not tell vim to keep what is not saved."""


@pytest.mark.parametrize(
    ("editor", "is_cut"), [*((each, False) for each in TYPED), ("vim", True), ("nano", True)]
)
def test_told_to_end_alone_it_ends_the_editor_and_keeps_what_was_typed(
    home: Home,
    key: DataKey,
    key_file: Path,
    db: Connection,
    tmp_path: Path,
    editor: str,
    is_cut: bool,
) -> None:
    """Or nobody is at the other end any more, and the editor hears of it first."""
    deaf, runtime = tmp_path / "deaf", tmp_path / "run"
    deaf.write_text(DEAF, encoding="utf-8")
    deaf.chmod(0o700)
    runtime.mkdir(mode=0o700)
    name = editor.split()[0]
    practice(db)
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file)]
    named = str(deaf) if name == "deaf" else editor
    with Terminal(
        command,
        VISUAL="",
        EDITOR=named,
        XDG_RUNTIME_DIR=str(runtime),
        HOME=str(tmp_path),
        LC_ALL="C.UTF-8",
    ) as terminal:
        terminal.wait_for("Réception")
        terminal.press("c")
        terminal.wait_for("Lettre de")
        terminal.press("\t\t\t\tBonjour ")
        terminal.press(F4)
        terminal.wait_for("AU TRAVAIL" if name == "deaf" else "lettre.txt")
        if name != "deaf":
            terminal.press(TYPED[editor])
            terminal.wait_for("written" if name == "sh" else "à tous")
        if is_cut:
            with open(os.devnull, "rb") as nobody:
                os.dup2(nobody.fileno(), terminal.ours)
        else:
            terminal.process.send_signal(signal.SIGTERM)
        terminal.ended()
    assert [draft(db, each)[1].body.split() for each in drafts(db)] == [["Bonjour", "à", "tous"]]
    assert list(runtime.iterdir()) == []
    assert subprocess.run(["pgrep", "-f", str(tmp_path)], check=False).returncode == 1

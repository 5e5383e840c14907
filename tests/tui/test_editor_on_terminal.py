"""$EDITOR on a real terminal: the screen makes room for it, and comes back with what it left."""

from __future__ import annotations

from pathlib import Path

from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from tests.tui.practice import practice
from tests.tui.terminal import Terminal

F4 = "\x1bOS"


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

"""What a letter says never becomes what a terminal does: every carrier, every trick, every screen.

The raw octets of each screen and of each command are scanned, then what two terminals make of them:
pyte, and tmux, to which the same octets are given again.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.host.paths import Home
from tests.tui.hostile import ALSO, CARRIERS, hostile_store
from tests.tui.hostile_walk import STAGES, walk
from tests.tui.payloads import MARK, PAYLOADS, SEQUENCES, STORED
from tests.tui.terminal import Cells, Terminal
from tests.tui.tmux import Tmux
from tui.cli import run
from tui.plain import plain_words

SHOWN_BY_NONE = {"keyword", "excerpt", "server's last word"}
"""A keyword has no words of its own; the others are kept, and no screen or command has them."""
ASIDE = ("saving", "moving", "composer", "piping", "labelling", "finding", "templates", "list")
"""Stages in which a question, the composer or a notice has the last line."""
TYPED_IN = ("directory",)
"""Stages that end in a field: no letter calls anything there."""
COLUMNS, ROWS = 100, 66
Seen = dict[str, tuple[bytes, Cells]]
SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"
)
OURS = re.compile(
    rb"\x1b(?:\[[0-9;]*[mHK]|\[\?[0-9;]*[hl]|\[[<>=][0-9;]*[uqm]|\[\?[0-9;]*\$p|\[\?u|\[c|P\+q.*)"
)
"""Colours, cursor positions, the end of a line, and the modes Textual sets and asks about."""
NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1a\x7f-\x9f\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    "\u3164\ufeff\uffa0\ufffe\uffff\U000e0000-\U000e01ef]"
)
NOT_ON_A_LINE = re.compile(f"\r|\t|\x1b|{NEVER.pattern}")
"""What no command ever says: its output is lines of words."""
COMMANDS = (
    *("status", "list INBOX", "search sujet", "account list", "outbox", "contact list"),
    *("drop list", "drop status", "drop rules", "drop report", "template list", "mailbox"),
    *("works", "show 1", "show 113", "outbox show 1", "outbox show 2", "directory search mull"),
)
AS_JSON = (
    "works",
    "status",
    "list INBOX",
    "search sujet",
    "show 1",
    "outbox show 2",
    "contact list",
)
FLAT = (
    "1\n2\nlire 1\ndocument\nboîtes\n1\nenvois\ntravaux\ndépôts\nétat\nchercher sujet\n1\n"
    "écrire\nq\n"
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A store in which every word from outside is hostile, and its key."""
    return hostile_store(tmp_path_factory.mktemp("hostile") / "home")


@pytest.fixture(scope="module")
def seen(hostile: tuple[Home, Path]) -> Iterator[Seen]:
    """Every screen of it, walked through once."""
    home, key_file = hostile
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file)]
    with Terminal(command, columns=COLUMNS, rows=ROWS) as terminal:
        found = walk(terminal)
        assert terminal.process.poll() is None, terminal.text
        yield found


@pytest.fixture(scope="module")
def said(hostile: tuple[Home, Path], seen: Seen) -> dict[str, str]:
    """What each command says of it, on both its outputs; after the walk."""
    home, key_file = hostile
    found = {}
    for command in (*COMMANDS, *(f"{command} --json" for command in AS_JSON), "--flat"):
        with pytest.MonkeyPatch.context() as patch:
            out = io.StringIO()
            patch.setattr(sys, "stdin", io.StringIO(FLAT))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", out)
            run([*command.split(), "--home", str(home.root), "--key-file", str(key_file)])
            found[command] = out.getvalue()
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_every_sequence_is_one_of_ours(seen: Seen, stage: str) -> None:
    octets, _ = seen[stage]
    foreign = [s for s in SEQUENCE.findall(octets) if not OURS.fullmatch(s)]
    assert foreign == []
    assert not any(MARK.encode() in s or b"66;6" in s for s in SEQUENCE.findall(octets))


@pytest.mark.parametrize("stage", STAGES)
def test_nothing_else_is_a_control_or_a_direction(seen: Seen, stage: str) -> None:
    octets, _ = seen[stage]
    words = SEQUENCE.sub(b"", octets).decode("utf-8")
    assert not NEVER.search(words)


@pytest.mark.parametrize("payload", [name for name in STORED if "zalgo" not in name])
def test_the_list_shows_the_trick_itself(seen: Seen, payload: str) -> None:
    _, cells = seen["list"]
    shown = plain_words(f"sujet {PAYLOADS[payload]}")[:16]
    assert shown.rstrip() in text(cells)


@pytest.mark.parametrize("stage", [s for s in STAGES if s not in ASIDE])
def test_every_screen_keeps_its_frame(seen: Seen, stage: str) -> None:
    _, cells = seen[stage]
    last = "Esc retour  F1 aide " if stage in TYPED_IN else "q quitter "
    assert "".join(cells[-1]).endswith(last)
    assert "synchronisation arrêtée" in "".join(cells[0])


def test_the_frame_of_the_list_is_straight(seen: Seen) -> None:
    _, cells = seen["list"]
    assert {line[19] for line in cells[1:-1]} == {"│"}


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("composer", "Ctrl+S envoyer"),
        ("alerts", "À voir : 1"),
        ("health", "HL7"),
        ("templates", "#20"),
        ("saving", "Enregistrer"),
        ("document", "#04"),
        ("health", "#26"),
        ("values", "Pas de courbe"),
        ("patient", "Lettre de"),
        ("alerts", "le plus grave d'abord"),
        ("outbox", "Boîte d'envoi"),
        ("drop", "Dossiers surveillés"),
        ("directory", "Trouvés : 2"),
        ("accounts", "Comptes"),
        ("activity", "Journal"),
        ("works", "document "),
    ],
)
def test_the_screens_meant_were_reached(seen: Seen, stage: str, words: str) -> None:
    _, cells = seen[stage]
    assert words in text(cells)


def test_no_command_says_anything_but_lines_of_words(said: dict[str, str]) -> None:
    assert [command for command, words in said.items() if len(words) < 30] == []
    odd = {command: set(NOT_ON_A_LINE.findall(words)) for command, words in said.items()}
    assert {command: found for command, found in odd.items() if found} == {}


def test_every_carrier_was_shown(seen: Seen, said: dict[str, str]) -> None:
    assert len(CARRIERS) + len(ALSO) >= 20
    assert len(PAYLOADS) >= 45
    drawn = (SEQUENCE.sub(b"", octets).decode() for octets, _ in seen.values())
    everywhere = "\n".join([*said.values(), *drawn])
    hidden = [each for n, each in enumerate(CARRIERS) if f"#{n:02d}" not in everywhere]
    assert set(hidden) == SHOWN_BY_NONE


def test_tmux_does_nothing_that_a_letter_says(
    seen: Seen, said: dict[str, str], tmp_path: Path
) -> None:
    with Tmux(tmp_path, columns=COLUMNS, rows=ROWS) as tmux:
        untouched = tmux.state()
        for octets, _ in seen.values():
            tmux.show(octets)
        for words in said.values():
            tmux.show(words.encode("utf-8", "surrogateescape"))
        assert tmux.state() == untouched


def test_tmux_would_do_what_they_say(tmp_path: Path) -> None:
    with Tmux(tmp_path, columns=COLUMNS, rows=ROWS) as tmux:
        tmux.show("".join(SEQUENCES.values()).encode())
        after = tmux.state()
    # tmux 3.5 does not end a title where 3.3 does: all that follows is in it too.
    assert after.title.startswith(MARK)
    assert after.clipboard == MARK


def text(cells: Cells) -> str:
    """The cells as lines of text."""
    return "\n".join("".join(line) for line in cells)

"""What a letter says never becomes what a terminal does: every screen, every trick.

The raw octets of each screen are scanned, then what a terminal makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.tui.hostile import ALSO, CARRIERS, hostile_store
from tests.tui.hostile_walk import STAGES, walk
from tests.tui.payloads import MARK, PAYLOADS, SEQUENCES
from tests.tui.terminal import Cells, Terminal
from tui.plain import plain_words

UNSEEN = ("surrogate", "zalgo")
"""SQLite takes no half of a character; and pyte draws accents its own way."""
ASIDE = ("saving", "moving", "composer", "piping", "labelling", "finding")
"""Stages in which a question or the composer has the last line."""
COLUMNS, ROWS = 100, 40
Seen = dict[str, tuple[bytes, Cells]]
SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"
)
OURS = re.compile(
    rb"\x1b(?:\[[0-9;]*[mH]|\[\?[0-9;]*[hl]|\[[<>=][0-9;]*[uqm]|\[\?[0-9;]*\$p|\[\?u|\[c|P\+q.*)"
)
"""Colours, cursor positions, and the modes Textual sets and asks about."""
NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1a\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Every screen of a hostile store, walked through once."""
    home, key_file = hostile_store(tmp_path_factory.mktemp("hostile") / "home")
    command = ["-m", "tests.tui.run_app", str(home.root), str(key_file)]
    with Terminal(command, columns=COLUMNS, rows=ROWS) as terminal:
        found = walk(terminal)
        assert terminal.process.poll() is None, terminal.text
        yield found


@pytest.mark.parametrize("stage", STAGES)
def test_every_sequence_is_one_of_ours(seen: Seen, stage: str) -> None:
    octets, _ = seen[stage]
    foreign = [s for s in SEQUENCE.findall(octets) if not OURS.fullmatch(s)]
    assert foreign == []


@pytest.mark.parametrize("stage", STAGES)
def test_nothing_else_is_a_control_or_a_direction(seen: Seen, stage: str) -> None:
    octets, _ = seen[stage]
    words = SEQUENCE.sub(b"", octets).decode("utf-8")
    assert not NEVER.search(words)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("payload", ["osc title", "csi clear", "csi colour", "c1 csi", "dcs"])
def test_no_sequence_of_a_letter_reaches_the_terminal(seen: Seen, stage: str, payload: str) -> None:
    octets, _ = seen[stage]
    assert PAYLOADS[payload].encode() not in octets
    assert not any(MARK.encode() in s or b"66;6" in s for s in SEQUENCE.findall(octets))


@pytest.mark.parametrize(
    "payload", [name for name in PAYLOADS if name not in ("surrogate", "zalgo")]
)
def test_the_list_shows_the_trick_itself(seen: Seen, payload: str) -> None:
    _, cells = seen["list"]
    shown = plain_words(f"sujet {PAYLOADS[payload]}")[:16]
    assert shown.rstrip() in text(cells)


@pytest.mark.parametrize("stage", [s for s in STAGES if s not in ASIDE])
def test_every_screen_keeps_its_frame(seen: Seen, stage: str) -> None:
    _, cells = seen[stage]
    assert "".join(cells[-1]).endswith("q quitter ")
    assert "nœud arrêté" in "".join(cells[0])


def test_the_frame_of_the_list_is_straight(seen: Seen) -> None:
    _, cells = seen["list"]
    assert {line[19] for line in cells[1:-1]} == {"│"}


@pytest.mark.parametrize(
    ("stage", "words"),
    [("composer", "Ctrl+S envoyer"), ("saving", "Enregistrer"), ("document", "texte")],
)
def test_the_screens_over_the_letter_were_reached(seen: Seen, stage: str, words: str) -> None:
    _, cells = seen[stage]
    assert words in text(cells)


def text(cells: Cells) -> str:
    """The cells as lines of text."""
    return "\n".join("".join(line) for line in cells)

"""What is sent to the terminal: enough for it to show the screen, and nothing it shows already."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyte
import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from store.db.migrate import migrate
from store.db.open import connect
from store.host.keys import create
from store.host.paths import Home
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter, practice
from tests.tui.terminal import Terminal
from tui.painting import Painting

COLUMNS, ROWS = 30, 6
STYLES = [
    *(Style(), Style(bold=True), Style(reverse=True), Style(color="red"), Style(color="default")),
    *(Style(bgcolor="default"), Style(color="color(39)", bgcolor="#112233"), Style(dim=True)),
]
WORDS = ["a", "bonjour", "   ", " ", "é", "日本", "z\u0301", "────", "          ", "●"]


def console() -> Console:
    """One that has every colour."""
    made = Console(color_system="truecolor", width=COLUMNS, height=ROWS)
    assert made._color_system is ColorSystem.TRUECOLOR
    return made


def strip(chance: random.Random, width: int) -> Strip:
    """Words in colours, `width` cells of them."""
    said = [Segment(chance.choice(WORDS), chance.choice(STYLES)) for _ in range(6)]
    return Strip(said).adjust_cell_length(width)


def update(chance: random.Random) -> CompositorUpdate:
    """The whole screen, or pieces of some lines."""
    if chance.random() < 0.5:
        return LayoutUpdate(
            [[strip(chance, COLUMNS)] for _ in range(ROWS)], Region(0, 0, COLUMNS, ROWS)
        )
    lines = sorted(chance.sample(range(ROWS), 3))
    left = chance.randrange(1, COLUMNS - 1)
    chops = [{0: strip(chance, left), left: strip(chance, COLUMNS - left)} for _ in range(ROWS)]
    return ChopsUpdate(chops, [(y, 0, COLUMNS) for y in lines], [[left, COLUMNS]] * ROWS)


def drawn(screen: pyte.Screen) -> list[list[object]]:
    """What is seen: a blank has no colour of its own but its ground."""

    def seen(cell: pyte.screens.Char) -> object:
        if cell.data == " " and not cell.reverse and cell.bg == "default":
            return " "
        return cell

    return [[seen(screen.buffer[y][x]) for x in range(COLUMNS)] for y in range(ROWS)]


@pytest.mark.parametrize("seed", range(20))
def test_a_terminal_shows_what_it_would_have_been_sent_whole(seed: int) -> None:
    chance, says = random.Random(seed), console()
    painting = Painting()
    painting.forget(COLUMNS)
    whole, changed = pyte.Screen(COLUMNS, ROWS), pyte.Screen(COLUMNS, ROWS)
    for _ in range(15):
        each = update(chance)
        pyte.Stream(whole).feed(each.render_segments(says).replace("\n", ""))
        pyte.Stream(changed).feed(painting.changes(each, says))
        assert drawn(changed) == drawn(whole)


def test_what_is_not_known_is_neither_drawn_nor_erased() -> None:
    painting, words = Painting(), Strip([Segment("日本 b")])
    painting.forget(COLUMNS)
    sent = painting.changes(ChopsUpdate([{9: words}], [(0, 9, 15)], [[15]]), console())
    assert sent == "\x1b[1;10H日本 b"


def test_nothing_beside_what_was_drawn_anew_is_touched() -> None:
    """Beside it a chop holds what stands behind the widgets, which Textual did not render."""
    painting, says, shown = Painting(), console(), pyte.Screen(COLUMNS, ROWS)
    painting.forget(COLUMNS)
    whole = LayoutUpdate([[Strip([Segment("left mid right")])]], Region(0, 0, 14, 1))
    chops = {0: Strip([Segment("????")]), 4: Strip([Segment(" MID   ")]), 11: Strip.blank(19)}
    middle = ChopsUpdate([chops], [(0, 5, 8)], [[4, 11, 30]])
    for each in (whole, middle):
        pyte.Stream(shown).feed(painting.changes(each, says))
    assert shown.display[0].rstrip() == "left MID right"


def test_what_it_shows_already_is_not_sent() -> None:
    says, painting, each = console(), Painting(), update(random.Random(3))
    painting.forget(COLUMNS)
    assert painting.changes(each, says)
    assert painting.changes(each, says) == ""
    painting.forget()
    assert painting.changes(each, says)


@pytest.fixture
def shown(tmp_path: Path) -> list[str]:
    """A screen of sixty letters, as a command."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    home, key_file = Home(root), root / "key"
    db = connect(home, create(home, key_file=key_file))
    migrate(db)
    practice(db).deliver(*(letter(f"Résultat {n}", f"Bonjour, {n}.\n" * 5) for n in range(60)))
    db.close()
    return ["-m", "tests.tui.run_app", str(root), str(key_file)]


def test_each_gesture_costs_a_bad_line_little(shown: list[str]) -> None:
    with Terminal(shown, columns=120, rows=40) as terminal:
        terminal.wait_for("Résultat 59")
        terminal.settle()
        cost = {key: len(terminal.press(key)) for key in ("j", "\x1b[6~", "\r", "h")}
    assert cost["j"] <= 450
    assert cost["\x1b[6~"] <= 40 * 120 * 0.75
    assert cost["\r"] <= 2_500
    assert cost["h"] <= 6_500


def test_without_colours_none_is_sent_and_nothing_breaks(shown: list[str]) -> None:
    with Terminal(shown, NO_COLOR="1") as terminal:
        terminal.wait_for("Résultat 59")
        terminal.press("\r")
        terminal.wait_for("Bonjour, 59.")
        codes = re.findall(rb"\x1b\[([0-9;]*)m", terminal.octets)
    said = {code for group in codes for code in group.split(b";")}
    assert said <= {b"", b"0", b"1", b"4", b"7", b"22", b"27"}


def test_what_is_kept_of_errors_holds_no_letter(shown: list[str], tmp_path: Path) -> None:
    """`pli 2>errors.txt` shows the screen on the terminal, as `pli` does."""
    errors = tmp_path / "errors.txt"
    script = f"import os, runpy; os.dup2(os.open({str(errors)!r}, os.O_CREAT | os.O_WRONLY), 2)\n"
    with Terminal(
        ["-c", script + "runpy.run_module('tests.tui.run_app', run_name='__main__')", *shown[2:]]
    ) as terminal:
        terminal.wait_for("Résultat 59")
    assert errors.read_bytes() == b""


def test_what_another_program_wrote_over_is_drawn_again_by_a_key(shown: list[str]) -> None:
    with Terminal(shown) as terminal:
        terminal.wait_for("Résultat 59")
        terminal.settle()
        for key, shows in (("", "Résultat 59"), ("/", "Critères"), ("?", "Aucune lettre")):
            terminal.press(key)
            terminal.wait_for(shows)
            terminal.settle()
            before = terminal.text
            terminal.screen.erase_in_display(2)
            terminal.press("\x0c")
            assert terminal.text == before


async def test_a_small_window_shows_one_thing_at_a_time(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Résultat du potassium", "Voici ce que dit la lettre.\n"))
    async with opened((40, 12)) as person:
        await person.sees("Résultat du p")
        assert "Envoyés" not in person.text
        await person.press("shift+tab")
        await person.sees("Envoyés")
        await person.press("tab", "enter")
        await person.sees("Voici ce que dit la lettre.")


async def test_at_rest_nothing_is_painted(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter("Résultat"))
    async with opened() as person:
        painted: list[object] = []
        monkeypatch.setattr(
            type(person.app), "_display", lambda app, screen, what: painted.append(what)
        )
        start = person.app.now()
        for tick in range(100):
            monkeypatch.setattr(type(person.app), "now", lambda app, at=start + tick: at)
            person.app._tick()
            await person.pilot.pause()
        assert [each for each in painted if each is not None] == []

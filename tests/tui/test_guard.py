"""The last net, and the rule that no widget is ever given a letter's `str`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from store.host.keys import DataKey
from store.host.paths import Home
from tests.tui.conftest import Person
from tests.tui.practice import Practice, letter
from tui.app import PliApp
from tui.guard import PROBE, Guard

TUI = Path(__file__).parents[2] / "tui"
TAKES_TEXT = {"Static", "Label", "Button", "Markdown", "RichLog", "Log", "DataTable", "OptionList"}
"""Textual's widgets that search a `str` for markup, or draw what they are given as it is."""
FORBIDDEN_CALLS = {"notify", "from_markup", "Content.from_markup", "render_markup", "bell"}


def guarded(*segments: Segment) -> list[Segment]:
    """What the guard makes of a line."""
    return Guard().apply(list(segments), Color(0, 0, 0))


def test_the_guard_takes_out_what_a_terminal_would_obey() -> None:
    [segment] = guarded(Segment(f"a{PROBE}b"))
    assert segment.text.replace("\ufffd", "") == "a]52;c;QQ==31mb"


def test_the_guard_keeps_the_width_of_a_line() -> None:
    line = [Segment(f"a{PROBE}b\u2028é")]
    assert Strip(guarded(*line)).cell_length == Strip(line).cell_length


def test_the_guard_takes_out_hyperlinks() -> None:
    [segment] = guarded(Segment("ici", Style(bold=True, link="https://x.example")))
    assert segment.style is not None
    assert segment.style.link is None
    assert segment.style.bold


def test_the_guard_leaves_an_honest_line_alone() -> None:
    line = [Segment("Glycémie : 1,05 g/l — « normal »", Style(bold=True))]
    assert guarded(*line) == line


async def test_without_its_guard_the_screen_shows_nothing(
    practice: Practice, home: Home, key: DataKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter("Confidentiel"))
    monkeypatch.setattr(Guard, "apply", lambda self, segments, background: segments)
    app = PliApp(home, key)
    async with app.run_test() as pilot:
        person = Person(app, pilot)
        await person.until(lambda: app.failure is not None)
        assert not app.is_open
        assert "Confidentiel" not in person.text
    assert app.failure is not None
    assert app.failure.code == "tui.guard_broken"


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call in the screen's code, with the name it is called by."""
    for path in TUI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node, ast.unparse(node.func).rpartition(".")[2]


def test_no_widget_that_reads_markup_is_used() -> None:
    used = {(path.name, name) for path, _, name in calls() if name in TAKES_TEXT}
    assert used == set()


def test_nothing_asks_for_markup() -> None:
    asked = {(p.name, c.lineno) for p, c, name in calls() if name in FORBIDDEN_CALLS}
    for path, call, _ in calls():
        for keyword in call.keywords:
            if keyword.arg == "markup" and ast.unparse(keyword.value) != "False":
                asked.add((path.name, call.lineno))
    assert asked == set()


def test_only_words_are_made_of_static_text() -> None:
    importing = {
        path.name for path in TUI.rglob("*.py") if "import Static" in path.read_text("utf-8")
    }
    assert importing == {"words.py"}


async def test_what_is_copied_stays_here(practice: Practice, home: Home, key: DataKey) -> None:
    app = PliApp(home, key)
    async with app.run_test():
        app.copy_to_clipboard("un nom")
        assert app.clipboard == "un nom"

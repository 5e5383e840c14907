"""`pli demo`, started as a person starts it: the whole line end to end, with no part faked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.health_words import superseding_words
from store.host.i18n import sentence
from store.model.health import Superseding
from sync.demo import laboratory
from sync.demo.journey import WAYS
from sync.demo.report import CHECKS
from tests.tui.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
PROMISED_SECONDS = 90
INTERRUPTED = 130
STEP = re.compile(r"  \d\d:\d\d:\d\d  +(\d+,\d) s  (.+)")
PLACES = ("depot", "automate")
OPENED = b"\x1b[?1049h"
"""The screen takes the terminal (xterm's alternate screen)."""


@dataclass(frozen=True)
class Told:
    """What `pli demo` said, and the temporary directory it was given."""

    code: int
    lines: list[str]
    errors: str
    place: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One run without a terminal, which is the report."""
    place = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "tui.cli", "demo"],
        cwd=ROOT,
        env={"TMPDIR": str(place), "PLI_LANG": "fr", "PATH": "/usr/bin:/bin", "HOME": str(place)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PROMISED_SECONDS,
        check=False,
    )
    return Told(done.returncode, done.stdout.splitlines(), done.stderr, place)


def checks(told: Told) -> list[str]:
    """The lines of the checks; the page of the documents' ways follows, then the last line."""
    return told.lines[: len(CHECKS)]


def ways(told: Told) -> dict[str, list[tuple[float, str]]]:
    """That page: of each way, the seconds since it began and what was seen."""
    found: dict[str, list[tuple[float, str]]] = {}
    for line in told.lines[len(CHECKS) : -1]:
        if step := STEP.fullmatch(line):
            found[list(found)[-1]].append((float(step[1].replace(",", ".")), step[2]))
        elif line:
            found[line] = []
    return found


def test_every_check_of_the_report_succeeds(told: Told) -> None:
    assert [line for line in checks(told) if not line.startswith("ok  ")] == []
    assert told.lines[-1] == f"{len(CHECKS)} vérifications, dont 0 en échec"
    assert told.code == 0


def test_each_line_tells_how_long_it_took(told: Told) -> None:
    assert all(re.match(r"ok   +\d+ ms  ", line) for line in checks(told))


def test_the_ways_of_the_documents_are_told_step_by_step(told: Told) -> None:
    title, *told_ways = ways(told).items()
    assert title == (sentence("demo.way.page"), [])
    assert [name for name, _ in told_ways] == [sentence(f"demo.way.of.{each}") for each in WAYS]
    result, letter, dispatch = ([words for _, words in steps] for _, steps in told_ways)
    held = result.index(sentence("demo.way.held", code=laboratory.MISTYPED))
    alert = result.index(sentence("demo.way.alert", value="6,7"))
    delivered = sentence("demo.way.delivered")
    assert [words.count(delivered) for words in (result, letter, dispatch)] == [3, 2, 1]
    assert result.index(delivered) < held < alert
    assert letter[-1] == sentence(
        "demo.way.superseded", how=superseding_words(Superseding.REPLACED)
    )
    assert dispatch[-1] == sentence("demo.way.unfiled", code="902")


def test_the_time_of_a_way_only_goes_forward(told: Told) -> None:
    for steps in ways(told).values():
        times = [seconds for seconds, _ in steps]
        assert times == sorted(times)
        assert times[:1] in ([], [0.0])


def test_the_servers_and_the_libraries_say_nothing_of_their_own(told: Told) -> None:
    assert told.errors == ""


def test_nothing_is_left_behind(told: Told) -> None:
    assert list(told.place.glob("pli-demo-*")) == []


def test_a_document_dropped_while_the_screen_is_open_is_seen_to_leave_and_to_arrive(
    tmp_path: Path,
) -> None:
    with Terminal(["-m", "tui.cli", "demo"], columns=140, rows=40, TMPDIR=str(tmp_path)) as screen:
        screen.wait_for("↵ ouvre l'écran")
        assert OPENED not in screen.octets
        paths = [f"  {root / name}" for root in tmp_path.glob("pli-demo-*") for name in PLACES]
        assert set(paths) <= set(screen.octets.decode().replace("\r", "").split("\n"))
        screen.press("\r")
        screen.wait_for("dosage 5 * 3 mg")
        (root,) = tmp_path.glob("pli-demo-*")
        assert str(root / "depot").encode() in screen.octets.partition(OPENED)[0]
        screen.press("D")
        screen.wait_for("analyseur")
        sample, *_ = sorted((root / "exemples").iterdir())
        shutil.copy(sample, root / "depot")
        screen.wait_for(sentence("tui.drop.step.put_away"))
        screen.press("\x1b")
        screen.wait_for("alice / Réception : 35 lettres")
        screen.press("q")
        assert screen.process.wait(PROMISED_SECONDS) == 0
    assert list(tmp_path.glob("pli-demo-*")) == []


def test_told_to_stop_it_puts_everything_away(tmp_path: Path) -> None:
    with Terminal(["-m", "tui.cli", "demo"], columns=140, rows=40, TMPDIR=str(tmp_path)) as screen:
        screen.wait_for("↵ ouvre l'écran")
        screen.press("\r")
        screen.wait_for("dosage 5 * 3 mg")
        screen.process.terminate()
        assert screen.process.wait(PROMISED_SECONDS) == INTERRUPTED
    assert list(tmp_path.glob("pli-demo-*")) == []

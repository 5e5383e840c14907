"""`pli demo`, started as a person starts it: the whole line end to end, with no part faked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.host.i18n import sentence
from sync.demo.report import CHECKS
from tests.tui.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
PROMISED_SECONDS = 60
INTERRUPTED = 130
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


def test_every_check_of_the_report_succeeds(told: Told) -> None:
    assert [line for line in told.lines[:-1] if not line.startswith("ok  ")] == []
    assert told.lines[-1] == f"{len(CHECKS)} checks, 0 failed"
    assert told.code == 0


def test_each_line_tells_how_long_it_took(told: Told) -> None:
    assert all(re.match(r"ok   +\d+ ms  ", line) for line in told.lines[:-1])


def test_the_servers_and_the_libraries_say_nothing_of_their_own(told: Told) -> None:
    assert told.errors == ""


def test_nothing_is_left_behind(told: Told) -> None:
    assert list(told.place.glob("pli-demo-*")) == []


def test_a_document_dropped_while_the_screen_is_open_is_seen_to_leave_and_to_arrive(
    tmp_path: Path,
) -> None:
    with Terminal(["-m", "tui.cli", "demo"], columns=140, rows=40, TMPDIR=str(tmp_path)) as screen:
        screen.wait_for("dosage 5 * 3 mg")
        (root,) = tmp_path.glob("pli-demo-*")
        assert str(root / "depot").encode() in screen.octets.partition(OPENED)[0]
        screen.press("D")
        screen.wait_for("analyseur")
        sample, *_ = sorted((root / "exemples").iterdir())
        shutil.copy(sample, root / "depot")
        screen.wait_for(sentence("tui.drop.step.put_away"))
        screen.press("\x1b")
        screen.wait_for("alice / Réception : 33 lettres")
        screen.press("q")
        assert screen.process.wait(PROMISED_SECONDS) == 0
    assert list(tmp_path.glob("pli-demo-*")) == []


def test_told_to_stop_it_puts_everything_away(tmp_path: Path) -> None:
    with Terminal(["-m", "tui.cli", "demo"], columns=140, rows=40, TMPDIR=str(tmp_path)) as screen:
        screen.wait_for("dosage 5 * 3 mg")
        screen.process.terminate()
        assert screen.process.wait(PROMISED_SECONDS) == INTERRUPTED
    assert list(tmp_path.glob("pli-demo-*")) == []

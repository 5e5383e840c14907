"""`make bench BENCH=drop` works: once, tiny, so that its code does not rot."""

from __future__ import annotations

import re

import pytest

from tests.bench.__main__ import main
from tests.bench.goals import GOALS

TINY = {"DOCUMENTS": "4", "FEW_DOCUMENTS": "2", "TURNED": "2", "DOCUMENT_OCTETS": "2000"}
TINY |= {"BAD_DOCUMENTS": "2", "BAD_TURN_MS": "20"}


def test_a_morning_is_measured_and_gives_the_figures_to_reach(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in TINY.items():
        monkeypatch.setenv(f"PLI_BENCH_{name}", value)
    assert main(["drop"]) == 0
    said = capsys.readouterr().out
    goals = [goal for goal in GOALS if goal.bench == "drop"]
    assert len(goals) == 4
    assert not [goal for goal in goals if f"{goal.words:<46} not measured" in said]
    # How many depends on what the machine does beside: two of two documents may come in two rounds.
    assert re.search(r"turns, each further one +-?[0-9]", said)

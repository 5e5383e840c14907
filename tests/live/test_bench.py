"""`make bench` works: each bench once, tiny, with Pli alone, so that its code does not rot."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import ON_A_SERVER, main
from tests.bench.goals import GOALS

TINY = {
    "PROGRAMS": "Pli",
    "LETTERS": "42",
    "PASSES": "1",
    "FLAGS": "1",
    "FEW": "3",
    "FIRST": "60",
    "OCTETS": "800",
    "DOCUMENT": "20000",
    "TURN_MS": "1",
    "LINE_OCTETS": "1000000",
}


def test_every_bench_on_a_server_runs_and_gives_the_figures_to_reach(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in TINY.items():
        monkeypatch.setenv(f"PLI_BENCH_{name}", value)
    assert main(list(ON_A_SERVER)) == 0
    said = capsys.readouterr().out
    assert "failed" not in said
    missing = [
        limit.figure
        for goal in GOALS
        for limit in goal.limits
        if limit.figure.partition(".")[0] in ON_A_SERVER and f": {limit.figure}\n" in said
    ]
    assert not missing

"""The bench of documents runs, tiny, and gives the figures that are to be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import documents
from tests.bench.goals import GOALS


def test_it_runs_and_gives_the_figures_to_reach(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, value in (("RATE_MS", "1"), ("CDA_OCTETS", "9000"), ("DOCUMENT_OCTETS", "9000")):
        monkeypatch.setenv(f"PLI_BENCH_{name}", value)
    every = documents.large
    monkeypatch.setattr(
        documents, "large", lambda octets: {"cda_n3": every(octets)["cda_n3"], "none": b"x"}
    )
    figures = {f"documents.{name}": value for name, value in documents.bench(tmp_path).items()}
    wanted = {each.figure for goal in GOALS for each in goal.limits if goal.bench == "documents"}
    assert wanted
    assert wanted <= figures.keys()
    assert {"documents.read_xdm", "documents.built_letter", "documents.cda_n3_megabytes"} <= set(
        figures
    )
    assert "refused" not in capsys.readouterr().out


def test_each_large_document_is_read_whole() -> None:
    for name, octets in documents.large(20_000).items():
        kind, found = documents.read(octets)
        assert kind is not None, name
        assert found.documents, name
        assert not set(found.warnings) - {"xdm.size_differs"}, name

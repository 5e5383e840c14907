"""A command that takes long says on a terminal how far it has come, and elsewhere nothing."""

from __future__ import annotations

import io
import sys

import pytest

from sync.commands.bar import ToldGoing, bar


class Terminal(io.StringIO):
    """One that a person looks at."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_lines_of_an_extract_are_told_as_they_are_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    lines = [b"x" * 99] * 10_000
    with bar("directory.taking_in") as tell:
        assert len(list(ToldGoing(tell).through(iter(lines), 1_000_000))) == len(lines)
    told = terminal.getvalue()
    assert "Lignes lues" in told
    assert all(f" {n}%" in told for n in (20, 40, 60, 80))


def test_what_no_person_looks_at_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    with bar("directory.taking_in") as tell:
        tell(1, 2)
    assert told.getvalue() == ""

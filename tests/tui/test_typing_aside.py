"""When a key was typed in another program: by no clock that somebody may set."""

from __future__ import annotations

import pytest

from tui import typing_aside

HOUR = 3600.0


class Machine:
    """Its two clocks, and the date of the last key."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.up, self.wall = 1000.0, 1_700_000_000
        self.date = float(self.wall)
        patch.setattr(typing_aside, "uptime", lambda: self.up)
        patch.setattr(typing_aside.clock, "now", lambda: self.wall)
        patch.setattr(typing_aside, "dated", lambda: self.date)

    def passes(self, seconds: int) -> None:
        """So long."""
        self.up += seconds
        self.wall += seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """One that has been up for a while."""
    return Machine(monkeypatch)


@pytest.mark.parametrize("set_by", [-HOUR, HOUR])
def test_a_clock_that_is_set_is_no_key(machine: Machine, set_by: float) -> None:
    typing = typing_aside.Typing()
    machine.passes(200)
    machine.wall += int(set_by)
    assert typing.at() == 1000.0, "nobody typed for 200 s, whatever the clock says"


@pytest.mark.parametrize("set_by", [-HOUR, HOUR])
def test_a_key_counts_though_the_clock_is_set_after_it(machine: Machine, set_by: float) -> None:
    typing = typing_aside.Typing()
    machine.passes(100)
    assert typing.at() == 1000.0
    machine.passes(50)
    machine.date = float(machine.wall)
    machine.passes(50)
    machine.wall += int(set_by)
    assert 1100.0 <= typing.at() <= 1200.0


def test_a_key_is_dated_to_when_it_was_typed(machine: Machine) -> None:
    typing = typing_aside.Typing()
    machine.passes(150)
    machine.date = float(machine.wall)
    machine.passes(50)
    assert typing.at() == 1150.0

"""A program's cost holds its children's, its failure says why, and nothing of it stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.line import Count
from tests.bench.report import AtLeast
from tests.bench.running import Running, cpu_ticks, most_memory, run, tree
from tests.bench.stage import measured
from tests.servers.process import wait_until

COUNT = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"


def sh(script: str) -> list[str]:
    """A command that runs a script."""
    return ["sh", "-c", script]


def test_it_costs_something() -> None:
    cost = run(sh(COUNT))
    assert cost.seconds > 0
    assert cost.cpu_seconds > 0


def test_a_failure_carries_what_was_said() -> None:
    with pytest.raises(RuntimeError, match="sh 3: plus de place"):
        run(sh("echo plus de place >&2; exit 3"))


def test_what_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    said = tmp_path / "pid"
    with pytest.raises(RuntimeError, match="not within 0 s"):
        run(sh(f"sleep 1000 & echo $! > {said}; wait"), seconds=0.3)
    if said.exists() and said.read_text():
        wait_until(lambda: not Path(f"/proc/{said.read_text().strip()}").exists(), "it ended")


def test_children_are_seen() -> None:
    running = Running(sh("sh -c 'sleep 1000; true' & wait"))
    try:
        wait_until(lambda: len(tree(running.pid)) == 3, "sh, sh and sleep run")
        everyone = tree(running.pid)
        alone = most_memory(running.pid)
        assert alone > 100_000
        assert not running.ended()
        assert running.so_far().peak_octets > alone
    finally:
        running.stop()
    assert running.ended()
    for pid in everyone:
        wait_until(lambda pid=pid: not most_memory(pid), "it ended")


def test_an_ended_process_costs_nothing_more() -> None:
    running = Running(sh("true"))
    running.wait(10)
    assert (most_memory(running.pid), cpu_ticks(running.pid), tree(running.pid)) == (
        0,
        0,
        [running.pid],
    )


def test_our_own_time_is_read_whatever_our_name() -> None:
    while not cpu_ticks(os.getpid()):
        pass


def test_one_that_takes_too_long_is_given_up_and_what_it_cost_is_told() -> None:
    found = Running(["sleep", "60"]).wait(50, give_up_after=0)
    assert found.given_up
    assert all(isinstance(each, AtLeast) for each in measured(found, Count()).values())

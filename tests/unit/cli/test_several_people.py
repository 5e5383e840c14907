"""Several people on one host: each their own store, and nothing of it for the others."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import NeedsUser
from store.host.lock import NodeLock, node_runs
from store.host.paths import Home, default_home

ROOT = Path(__file__).parents[3]


def pli(root: Path, *words: str) -> int:
    """The command in a process of its own, as careless about others as a machine can be set."""
    at = ["--home", str(root), "--key-file", str(root.parent / "key"), *words]
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", *at],
        cwd=ROOT,
        capture_output=True,
        umask=0,
        check=False,
    ).returncode


def test_whatever_the_machine_allows_every_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert pli(home, "init") == 0
    assert pli(home, "settings", "set", "lock.idle_minutes", "3") == 0
    assert pli(home, "status") == 0
    assert pli(home, "sync") in (0, 1)
    every = [home, *home.rglob("*"), tmp_path / "key"]
    assert len(every) > 4
    open_to_others = {
        str(path): oct(path.stat().st_mode)
        for path in every
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    }
    assert not open_to_others


def test_each_person_has_a_store_and_a_node_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = []
    for person in ("alice", "bob"):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / person))
        homes.append(default_home())
        homes[-1].create()
    alice, bob = homes
    assert alice.root != bob.root
    with NodeLock(alice):
        assert node_runs(alice)
        assert not node_runs(bob)
        with NodeLock(bob):
            assert node_runs(bob)


def test_a_store_that_is_somebody_elses_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.create()
    monkeypatch.setattr(os, "geteuid", lambda: home.root.stat().st_uid + 1)
    with pytest.raises(NeedsUser) as refused:
        home.check()
    assert refused.value.code == "store.home_not_ours"

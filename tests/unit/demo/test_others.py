"""What others do in the demo world that somebody looks at, in its order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sync.demo import hospital, laboratory, others
from sync.demo.world import World
from tests.unit.demo.conftest import NOW


def test_each_comes_in_its_time_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[tuple[str, str, bytes]] = []
    monkeypatch.setattr(
        others, "post", lambda _, user, octets, to, envid: posted.append((user, to, octets))
    )
    world = cast(World, SimpleNamespace(machine=tmp_path, servers=None))
    acts = others.acts(world, NOW)
    assert [seconds for seconds, _ in acts] == sorted(seconds for seconds, _ in acts)
    for _, act in acts:
        act()
    pairs = laboratory.pairs(NOW)
    assert {each.name for each in tmp_path.iterdir()} == {
        name for each in pairs for name in (each.text_name, each.pdf_name)
    }
    letters = (hospital.letter(NOW), hospital.corrected_letter(NOW))
    assert posted == [("liaison", "alice", hospital.octets(each, NOW)) for each in letters]

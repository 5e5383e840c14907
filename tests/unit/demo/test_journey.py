"""The page of the report that tells the way of a document."""

from __future__ import annotations

import re

from sync.demo.journey import DISPATCH, RESULT, Journeys
from tests.unit.demo.conftest import NOW

LINE = re.compile(r"  [0-2][0-9]:[0-5][0-9]:[0-5][0-9]  +([0-9]+,[0-9]) s  (.+)")


def test_nothing_that_was_seen_is_no_page() -> None:
    ways = Journeys(lambda: NOW, lambda: 0.0)
    assert ways.of(RESULT).steps == []
    assert ways.page() == []


def test_each_way_counts_from_its_own_first_step_and_stands_in_its_place() -> None:
    ticks = iter((100.0, 107.0, 108.26))
    ways = Journeys(lambda: NOW, lambda: next(ticks))
    ways.of(DISPATCH).step("partie")
    ways.of(RESULT).step("prise")
    ways.of(DISPATCH).step("remise")
    page = [line for line in ways.page() if line]
    assert page[1].startswith("Trois résultats")
    assert page[3].startswith("Un compte rendu")
    found = [LINE.fullmatch(page[n]) for n in (2, 4, 5)]
    assert [each and each[1] for each in found] == ["0,0", "0,0", "8,3"]
    assert [each and each[2] for each in found] == ["prise", "partie", "remise"]

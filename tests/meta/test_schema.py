"""What every migration promises about the tables it makes."""

from __future__ import annotations

import re

import pytest

from tests.meta.sources import ROOT, none

MIGRATIONS = sorted((ROOT / "store/db/migrations").glob("*.sql"))
TABLE = re.compile(r"^CREATE TABLE (\w+)", re.M)
MEASURED = re.compile(r"^\s+(\w+_(?:at|ms|seconds)|at|size|length|offset) INTEGER\b.*", re.M)
UNITS = re.compile(r"--.*(Unix seconds|seconds|milliseconds|octet)")


def test_there_are_tables_and_measures_to_look_at() -> None:
    together = "".join(path.read_text(encoding="utf-8") for path in MIGRATIONS)
    assert TABLE.search(together)
    assert MEASURED.search(together)


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_every_table_is_strict(path) -> None:
    sql = path.read_text(encoding="utf-8")
    assert len(re.findall(r"^\) STRICT[,;]", sql, re.M)) == len(TABLE.findall(sql))


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_every_time_and_size_says_its_unit(path) -> None:
    sql = path.read_text(encoding="utf-8")
    silent = [line.group().strip() for line in MEASURED.finditer(sql)]
    none((line for line in silent if not UNITS.search(line)), "no unit")

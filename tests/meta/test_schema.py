"""What every migration promises about the tables it makes."""

from __future__ import annotations

import re

import pytest

from tests.meta.sources import ROOT, none

MIGRATIONS = sorted((ROOT / "store/db/migrations").glob("*.sql"))
MEASURED = re.compile(r"^\s+(\w+_(?:at|ms|seconds)|at|size|length|offset) INTEGER\b.*", re.M)
UNITS = re.compile(r"--.*(Unix seconds|seconds|milliseconds|octet)")


def test_there_are_migrations() -> None:
    assert MIGRATIONS


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_every_table_is_strict(path) -> None:
    sql = path.read_text(encoding="utf-8")
    tables = re.findall(r"^CREATE TABLE (\w+)", sql, re.M)
    assert tables
    assert len(re.findall(r"^\) STRICT[,;]", sql, re.M)) == len(tables)


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_every_time_and_size_says_its_unit(path) -> None:
    sql = path.read_text(encoding="utf-8")
    silent = [line.group().strip() for line in MEASURED.finditer(sql)]
    assert silent
    none((line for line in silent if not UNITS.search(line)), "no unit")

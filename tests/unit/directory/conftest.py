"""A directory of a few invented people, imported as the real one is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from store.db.directory.shelf import Shelf, connect_listings, open_shelf
from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from sync.directory.load import Loaded, load
from tests.unit.directory.lines import MSSANTE, mssante

NOW = 1_793_000_000
Import = Callable[..., Loaded]
PEOPLE = [
    mssante("zoe.muller@medecin.mssante.fr", "MÜLLER", "Zoé", rpps="99000000010"),
    mssante("z.muller@chu-brest.mssante.fr", "MÜLLER", "Zoé", rpps="99000000010", town="BREST"),
    mssante(
        "paul.mullet@pro.mssante.fr",
        "MULLET",
        "Paul",
        rpps="99000000028",
        profession="Infirmier",
        speciality="",
        town="QUIMPER",
    ),
    mssante("paul.dijon@pro.mssante.fr", "DIJON", "Paul", rpps="99000000036", town="LYON"),
    mssante("a.lœb@x", "LŒB", "Anne"),
    mssante("anne.loeb@medecin.mssante.fr", "LŒB-MARTIN", "Anne", rpps="99000000044"),
    mssante("biologie@ch-dijon.mssante.fr", service="Biologie", structure="CH DE DIJON"),
]


@pytest.fixture
def listings(home: Home, key: DataKey) -> Iterator[Connection]:
    """The imported directory, empty."""
    connection = connect_listings(home, key)
    yield connection
    connection.close()


@pytest.fixture
def imports(listings: Connection, tmp_path: Path) -> Import:
    """Import lines as an extract of the MSSanté kind."""

    def call(
        lines: Iterable[str], *, header: str = MSSANTE, name: str = "extract.txt", **options: bool
    ) -> Loaded:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in (header, *lines)).encode())
        return load(listings, path, now=NOW, **options)

    return call


@pytest.fixture
def shelf(imports: Import, db: Connection, home: Home, key: DataKey) -> Iterator[Shelf]:
    """Both books, PEOPLE in the imported one."""
    imports(PEOPLE)
    opened = open_shelf(home, key)
    yield opened
    opened.close()

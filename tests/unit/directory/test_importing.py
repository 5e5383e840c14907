"""Importing: all or nothing, differences only, and nothing of anybody's own ever touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store.db import contacts
from store.db.directory.importing import Extract, replace_listings
from store.db.directory.reading import snapshots
from store.db.directory.searching import search
from store.db.directory.shelf import Shelf, connect_listings, open_shelf
from store.db.open import Connection
from store.errors import NeedsUser
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.directory import Listing, Network, Source
from tests.extracts import write_mssante
from tests.meta.sources import ROOT
from tests.unit.directory.conftest import NOW, PEOPLE, Import
from tests.unit.directory.lines import LIBRE_ACCES, libre_acces, mssante


def count(listings: Connection) -> tuple[int, int]:
    """Lines, and lines whose words can be found."""
    lines = listings.execute("SELECT count(*) FROM listing").fetchone()[0]
    words = listings.execute("SELECT count(*) FROM listing_words").fetchone()[0]
    return lines, words


def test_a_first_import_holds_every_line_and_says_what_was_odd(listings, imports: Import) -> None:
    loaded = imports(PEOPLE)
    assert loaded.differences == (6, 0, 0, 6, 0)
    assert loaded.odd == {"address": 1}
    assert count(listings) == (6, 6)
    [snapshot] = snapshots(listings)
    assert (snapshot.source, snapshot.listings, snapshot.odd) == (Source.MSSANTE, 6, 1)


def test_the_next_import_brings_the_differences_only(listings, imports: Import) -> None:
    imports(PEOPLE)
    ids = dict(listings.execute("SELECT email, id FROM listing"))
    moved = mssante("paul.dijon@pro.mssante.fr", "DIJON", "Paul", rpps="99000000036", town="NICE")
    new = mssante("neuf@pro.mssante.fr", "NEUF", "Line", rpps="99000000051")
    loaded = imports([moved, new, *PEOPLE[:3], PEOPLE[5]])
    assert loaded.differences == (1, 1, 1, 6, 0)
    after = dict(listings.execute("SELECT email, id FROM listing"))
    same = {"zoe.muller@medecin.mssante.fr", "anne.loeb@medecin.mssante.fr"}
    assert {email: after[email] for email in same} == {email: ids[email] for email in same}
    assert "biologie@ch-dijon.mssante.fr" not in after
    assert count(listings) == (6, 6)


def test_what_is_gone_is_found_no_more(shelf: Shelf, imports: Import) -> None:
    assert [p.family for p in search(shelf, "mullet").people] == ["MULLET"]
    imports([*PEOPLE[:2], *PEOPLE[3:]])
    found = search(shelf, "mullet")
    assert found.approximate
    assert [person.family for person in found.people] == ["MÜLLER"]


def test_the_same_file_again_is_recognised_by_its_digest(listings, imports: Import) -> None:
    imports(PEOPLE)
    before = listings.total_changes
    loaded = imports(PEOPLE)
    assert loaded.differences is None
    assert listings.total_changes - before == 1  # how old it is


def test_a_line_twice_is_held_once(listings, imports: Import) -> None:
    assert imports([*PEOPLE, PEOPLE[0], PEOPLE[0]]).differences == (6, 0, 0, 6, 2)
    assert count(listings) == (6, 6)
    assert imports([*PEOPLE, PEOPLE[0]]).differences == (0, 0, 0, 6, 1)
    new = mssante("neuf@pro.mssante.fr", "NEUF", "Line")
    assert imports([*PEOPLE, new, new]).differences == (1, 0, 0, 7, 1)
    assert count(listings) == (7, 7)


def test_each_kind_of_extract_is_compared_with_its_own(shelf: Shelf, imports: Import) -> None:
    eve = libre_acces("MÜLLER", "Zoé", rpps="99000000010", email="zoe@cabinet.example")
    loaded = imports([eve], header=LIBRE_ACCES, name="libre.txt")
    assert loaded.differences == (1, 0, 0, 1, 0)
    [zoe] = search(shelf, "müller zoé").people
    assert [(a.email, a.network) for a in zoe.addresses] == [
        ("zoe.muller@medecin.mssante.fr", Network.MSSANTE),
        ("z.muller@chu-brest.mssante.fr", Network.MSSANTE),
        ("zoe@cabinet.example", Network.ORDINARY),
    ]
    assert zoe.sources == (Source.MSSANTE, Source.LIBRE_ACCES)
    assert set(zoe.professions) == {"Médecin", "Sage-Femme"}


def test_a_contact_survives_every_import(shelf: Shelf, imports: Import, db: Connection) -> None:
    contacts.add(db, name="Dr Own Entry", emails=["own@apicrypt.org"], now=NOW)
    imports(PEOPLE[:1])
    imports([], may_shrink=True)
    assert [p.name for p in search(shelf, "own").people] == ["Dr Own Entry"]


def test_an_extract_cut_short_is_refused_unless_it_is_meant(listings, imports: Import) -> None:
    many = [mssante(f"p{n}@pro.mssante.fr", f"P{n}") for n in range(1_200)]
    imports(many)
    with pytest.raises(NeedsUser, match=r"directory\.shrinks") as refused:
        imports(many[:500])
    assert refused.value.params == {"held": 1_200, "gone": 700}
    assert count(listings)[0] == 1_200
    assert imports(many[:500], may_shrink=True).differences == (0, 0, 700, 500, 0)


def test_a_reader_sees_the_old_directory_until_the_new_one_is_whole(
    shelf: Shelf, listings: Connection
) -> None:
    def lines():
        yield Listing(1, email="new@pro.mssante.fr", family="NEUVILLE")
        assert [p.family for p in search(shelf, "mullet").people] == ["MULLET"]
        assert search(shelf, "neuville").people == ()
        yield Listing(2, email="newer@pro.mssante.fr", family="NEUVIC")

    extract = Extract(Source.MSSANTE, b"x", NOW)
    replace_listings(listings, extract, lines(), now=NOW, odd=lambda: 0)
    assert [p.family for p in search(shelf, "neuv").people] == ["NEUVIC", "NEUVILLE"]


def test_an_import_that_fails_leaves_the_old_directory_and_its_indexes(
    listings: Connection,
) -> None:
    def broken():
        yield Listing(1, email="new@pro.mssante.fr", family="NEUVILLE")
        raise OSError("the disk")

    before = listings.execute("SELECT name FROM sqlite_master ORDER BY 1").fetchall()
    with pytest.raises(OSError, match="the disk"):
        extract = Extract(Source.MSSANTE, b"x", NOW)
        replace_listings(listings, extract, broken(), now=NOW, odd=lambda: 0)
    assert count(listings) == (0, 0)
    assert listings.execute("SELECT name FROM sqlite_master ORDER BY 1").fetchall() == before


KILLED = """
import os, signal, sys
from pathlib import Path
from store.host.keys import DataKey
from store.host.paths import Home
from store.db.directory.importing import Extract, replace_listings
from store.db.directory.shelf import connect_listings
from store.model.directory import Listing, Source
listings = connect_listings(Home(Path(sys.argv[1])), DataKey(bytes.fromhex(sys.argv[2])))
def lines():
    for n in range(30_000):
        yield Listing(n, email=f"n{n}@pro.mssante.fr", family=f"NEUF{n}", town="x" * 300)
    os.kill(os.getpid(), signal.SIGKILL)
replace_listings(listings, Extract(Source.MSSANTE, b"x", 1), lines(), now=1, odd=lambda: 0)
"""


def test_killed_in_the_middle_the_old_directory_is_there(
    imports: Import, home: Home, key: DataKey, db: Connection, listings: Connection
) -> None:
    imports(PEOPLE)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(home.root), key.octets.hex()],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert killed.returncode == -signal.SIGKILL
    shelf = open_shelf(home, key)
    try:
        assert [p.family for p in search(shelf, "mullet").people] == ["MULLET"]
        assert shelf.listings.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        shelf.close()
    assert imports([*PEOPLE, PEOPLE[0]]).differences == (0, 0, 0, 6, 1)


def test_the_file_is_ours_and_says_nothing_to_who_has_no_key(imports: Import, home: Home) -> None:
    imports(PEOPLE)
    assert home.directory.stat().st_mode & 0o777 == 0o600
    octets = b"".join(p.read_bytes() for p in home.root.glob("directory.db*"))
    assert b"MULLET" not in octets
    assert b"SQLite" not in octets[:64]


def test_a_directory_of_another_version_is_emptied(
    imports: Import, listings: Connection, home: Home, key: DataKey
) -> None:
    imports(PEOPLE)
    listings.execute("PRAGMA user_version = 99")
    again = connect_listings(home, key)
    try:
        assert snapshots(again) == ()
        assert count(again) == (0, 0)
    finally:
        again.close()


def test_memory_does_not_grow_with_what_is_read(tmp_path: Path, listings: Connection) -> None:
    """A line in flight is one of a batch: the generator is never run ahead of the table."""
    ahead = 0

    def lines():
        nonlocal ahead
        for n in range(10_000):
            held = listings.execute("SELECT count(*) FROM listing").fetchone()[0]
            ahead = max(ahead, n - held)
            yield Listing(n, email=f"n{n}@pro.mssante.fr", family="NEUF")

    replace_listings(listings, Extract(Source.MSSANTE, b"x", 1), lines(), now=1, odd=lambda: 0)
    assert ahead < 2_000


def test_the_invented_extract_is_one(tmp_path: Path, listings: Connection) -> None:
    from sync.directory.load import load

    loaded = load(listings, write_mssante(tmp_path / "x_202611260800.zip", 500), now=NOW)
    assert not loaded.odd
    assert loaded.differences is not None
    assert loaded.differences.listings == 500

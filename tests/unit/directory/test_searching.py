"""Finding people as one types: what is found, in which order, and how much work it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.db import contacts
from store.db.directory import searching
from store.db.directory.reading import BY_EMAIL, BY_NATIONAL_ID, COLUMNS
from store.db.directory.searching import search, show
from store.db.directory.shelf import Shelf, connect_listings, open_shelf
from store.db.directory.spelling import one_slip_from, spellings
from store.db.fold import bare
from store.db.migrate import migrate
from store.db.open import Connection, connect, write
from store.errors import Usage
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.directory import Address, Network, Person, Source, as_facts, from_facts, merged
from sync.directory.load import load
from tests.extracts import write_mssante
from tests.tui.practice import NOW, practice
from tests.unit.directory.conftest import PEOPLE, Import
from tests.unit.directory.lines import LIBRE_ACCES, MSSANTE, libre_acces, mssante


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """PEOPLE in a directory that nobody changes."""
    home = Home(tmp_path_factory.mktemp("reading") / "home")
    home.create()
    key, text = DataKey(b"k" * 32), home.root / "x.txt"
    text.write_text("\n".join([MSSANTE, *PEOPLE]), encoding="utf-8")
    db, listings = connect(home, key), connect_listings(home, key)
    migrate(db)
    load(listings, text, now=NOW)
    shelf = open_shelf(home, key)
    yield shelf
    for each in (shelf, db, listings):
        each.close()


def names(shelf: Shelf, typed: str) -> list[str]:
    """Who is found, the nearest first."""
    return [person.name for person in search(shelf, typed).people]


def written_to(db: Connection, *emails: str, at: int = NOW) -> None:
    """Letters were queued for these, the first `at` seconds."""
    account = db.execute("SELECT min(id) FROM account").fetchone()[0]
    account = practice(db).account_id if account is None else account
    for n, email in enumerate(emails):
        with write(db):
            db.execute("INSERT OR IGNORE INTO blob VALUES (1, ?, 1, 'raw', x'00')", (b"d" * 32,))
            row = db.execute(
                "INSERT INTO email_submission (account_id, digest, message_id, envid, mail_from,"
                " size, source, send_at, created_at, updated_at)"
                " VALUES (?, ?, ?, 'e', 'a@x', 1, 'person', 0, ?, 0) RETURNING id",
                (account, b"d" * 32, f"{n}{email}{at}", at + n),
            ).fetchone()
            db.execute(
                "INSERT INTO submission_recipient (submission_id, position, email)"
                " VALUES (?, 0, ?)",
                (row[0], email),
            )


@pytest.mark.parametrize(
    "typed",
    [
        *("müller", "Muller", "MÜLL", "muller zoé", "zoe muller", "mul zo", "muller dijon"),
        *("muller cardio", "vasculaires zoé brest", "99000000010", "9900000001", "899000000010"),
        *("zoe.muller@medecin.mssante.fr", "Zoe.Muller@", "z.muller@chu", "  muller ,  zoe "),
        *("muller 21000", "docteur muller zoe"[8:], "tilleuls muller"),
    ],
)
def test_somebody_is_found_by_beginnings_of_words_in_any_order(reading: Shelf, typed: str) -> None:
    assert names(reading, typed)[:1] == ["Zoé MÜLLER"]
    assert not search(reading, typed).approximate


@pytest.mark.parametrize(
    "typed",
    ["mulller", "mulelr", "mullr", "mulber", "xuller", "mulelr zoe", "muller zooe", "mulelr z"],
)
def test_one_slip_is_forgiven_and_said(reading: Shelf, typed: str) -> None:
    answer = search(reading, typed)
    assert answer.people[0].name == "Zoé MÜLLER"
    assert answer.approximate


def test_ligatures_and_hyphens_are_no_obstacle(reading: Shelf) -> None:
    assert names(reading, "loeb martin") == names(reading, "lœb-mart") == ["Anne LŒB-MARTIN"]


def test_two_slips_are_not_guessed_at(reading: Shelf) -> None:
    assert search(reading, "mxxler").people == ()


def test_all_addresses_of_one_person_stand_side_by_side(reading: Shelf) -> None:
    [zoe] = search(reading, "muller zoe").people
    assert [address.email for address in zoe.addresses] == [
        "zoe.muller@medecin.mssante.fr",
        "z.muller@chu-brest.mssante.fr",
    ]
    assert zoe.towns == ("DIJON", "BREST")
    assert zoe.addresses[0].network is Network.MSSANTE
    assert zoe.addresses[0].paperless


def test_a_name_comes_before_a_town_of_that_name(reading: Shelf) -> None:
    assert names(reading, "dijon")[:2] == ["Paul DIJON", "CH DE DIJON, Biologie"]
    assert set(names(reading, "dijon")[2:]) == {"Anne LŒB-MARTIN", "Zoé MÜLLER"}


def test_an_organisation_is_found_by_its_name_and_its_service(reading: Shelf) -> None:
    [biology] = search(reading, "biologie dijon").people
    assert biology.organisation
    assert biology.addresses[0].box == "ORG"


def test_whom_one_has_written_to_comes_first(shelf: Shelf, db: Connection) -> None:
    assert names(shelf, "paul")[0] == "Paul DIJON"
    written_to(db, "paul.mullet@pro.mssante.fr")
    assert names(shelf, "paul")[:2] == ["Paul MULLET", "Paul DIJON"]
    written_to(db, "Paul.Dijon@pro.mssante.fr", at=NOW + 60)
    assert names(shelf, "paul")[:2] == ["Paul DIJON", "Paul MULLET"]
    assert search(shelf, "paul").people[0].written_at == NOW + 60


def test_whom_one_has_written_to_comes_first_by_a_town_too(shelf: Shelf, db: Connection) -> None:
    assert names(shelf, "dijon")[0] == "Paul DIJON"
    written_to(db, "zoe.muller@medecin.mssante.fr")
    assert names(shelf, "dijon")[:2] == ["Zoé MÜLLER", "Paul DIJON"]


def test_whom_no_directory_knows_is_remembered_by_their_address(
    shelf: Shelf, db: Connection
) -> None:
    written_to(db, "jean.valjean@apicrypt.org", "jean.valjean@apicrypt.org")
    [stranger] = search(shelf, "valj").people
    assert stranger.name == "jean.valjean@apicrypt.org"
    assert stranger.sources == (Source.WRITTEN,)
    assert stranger.addresses[0].network is Network.APICRYPT


def test_a_contact_with_the_rpps_or_an_address_of_somebody_is_the_same_person(
    shelf: Shelf, db: Connection
) -> None:
    contacts.add(db, name="Zoé", emails=["zoe@apicrypt.org"], national_id="899000000010", now=NOW)
    [zoe] = search(shelf, "zoe").people
    assert zoe.id == "c1"
    assert [a.network for a in zoe.addresses] == [
        *(Network.APICRYPT, Network.MSSANTE, Network.MSSANTE)
    ]
    contacts.add(db, name="Paul du quai", emails=["PAUL.mullet@pro.mssante.fr"], now=NOW)
    [paul] = search(shelf, "paul quai").people
    assert paul.name == "Paul du quai"
    assert len(paul.addresses) == 1
    assert {p.id for p in search(shelf, "mullet").people} == {"c2"}


def test_two_national_ids_are_two_people_whatever_they_share(shelf: Shelf, imports: Import) -> None:
    shared = "secretariat@cabinet.mssante.fr"
    imports(
        [mssante(shared, "UN", rpps="99000000010"), mssante(shared, "DEUX", rpps="99000000028")]
    )
    assert {p.family for p in search(shelf, "secretariat@").people} == {"UN", "DEUX"}


@pytest.mark.parametrize("typed", ["", "   ", "-", "'", "\x00", "()"])
def test_nothing_typed_finds_nothing_and_still_says_how_old_it_is(
    reading: Shelf, typed: str
) -> None:
    answer = search(reading, typed)
    assert answer.people == ()
    assert answer.snapshots[0].listings == 6


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_nothing_typed_is_ever_syntax(reading: Shelf, typed: str) -> None:
    search(reading, typed)
    search(reading, f"muller {typed}")


@pytest.mark.parametrize(
    "id",
    [
        "899000000010",
        "99000000010",
        "Zoe.Muller@medecin.mssante.fr",
        "z.muller@chu-brest.mssante.fr",
    ],
)
def test_one_person_is_shown_whole_by_number_or_address(reading: Shelf, id: str) -> None:
    [zoe] = show(reading, id).people
    assert (zoe.name, len(zoe.addresses)) == ("Zoé MÜLLER", 2)
    assert zoe.warning == ""


def test_a_contact_is_shown_with_what_the_directory_knows(shelf: Shelf, db: Connection) -> None:
    contacts.add(db, name="Zoé", emails=["zoe.muller@medecin.mssante.fr"], now=NOW)
    [zoe] = show(shelf, "c1").people
    assert zoe.professions == ("Médecin",)


@pytest.mark.parametrize("id", ["c9", "", "0", "nobody@x.example", "99000000999", "c" * 30])
def test_who_is_unknown_is_said(reading: Shelf, id: str) -> None:
    with pytest.raises(Usage, match=r"directory\.unknown"):
        show(reading, id)


def test_a_person_survives_json(reading: Shelf) -> None:
    zoe = replace(search(reading, "muller").people[0], certificates=(b"\x30\x00",), written_at=3)
    assert from_facts(as_facts(zoe)) == zoe


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "8a", "8b"]), st.sets(st.sampled_from("wxyz"))), max_size=6
    )
)
def test_merging_keeps_every_address_and_never_joins_two_ids(known) -> None:
    people = [
        Person(
            id=f"{n}",
            national_id=national,
            addresses=tuple(Address(f"{e}@x", Network.ORDINARY) for e in sorted(emails)),
        )
        for n, (national, emails) in enumerate(known)
    ]
    found = merged(people)
    assert {a.email for p in found for a in p.addresses} == {
        f"{e}@x" for _, es in known for e in es
    }
    ids = [person.national_id for person in found if person.national_id]
    assert len(ids) == len(set(ids))


def test_the_spellings_one_slip_away_are_a_few_hundred() -> None:
    near = set(one_slip_from("muller"))
    assert {"mulelr", "mullr", "mulller", "nuller", "ullermx"[:5] + "r"} - near == {"ullerr"}
    assert len(near) < 400


def test_a_spelling_is_looked_for_as_the_beginning_of_a_word(reading: Shelf) -> None:
    assert "mulle" in " ".join(spellings(reading.listings, "muxle"))
    assert spellings(reading.listings, "abc") == []
    assert spellings(reading.listings, "12345") == []


PLANS = {
    searching.BY_SORTING: {"from": "a", "to": "b", "limit": 1},
    searching.BY_EMAIL: {"from": "a", "to": "b", "limit": 1},
    searching.BY_NATIONAL_ID: {"from": "a", "to": "b", "limit": 1},
    BY_EMAIL: ("a@x",),
    BY_NATIONAL_ID: ("8",),
    f"{COLUMNS} WHERE l.id IN (SELECT value FROM json_each(?))": ("[1]",),
}


@pytest.mark.parametrize("query", PLANS)
def test_no_search_reads_all_lines(reading: Shelf, query: str) -> None:
    plan = reading.listings.execute(f"EXPLAIN QUERY PLAN {query}", PLANS[query])
    told = [row[3] for row in plan.fetchall()]
    assert any("SEARCH" in step for step in told), told
    assert not [step for step in told if step.startswith(("SCAN l", "SCAN listing"))], told


TYPED = ("a", "ma", "mar", "medecin", "medecin mar", "zzzzz", "cab de m", "9900", "a.b@")


def test_a_key_costs_no_more_among_eight_times_as_many(
    tmp_path: Path, db: Connection, listings: Connection, home: Home, key: DataKey
) -> None:
    """Steps of SQLite's machine, a hundred at a time."""

    def costs(count: int) -> list[int]:
        extract = write_mssante(tmp_path / f"{count}.zip", count)
        load(listings, extract, now=NOW, may_shrink=True)
        shelf, steps = open_shelf(home, key), 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        shelf.listings.set_progress_handler(step, 100)
        found = []
        for typed in TYPED:
            steps = 0
            search(shelf, typed)
            found.append(steps)
        shelf.close()
        return found

    few, many = costs(1_000), costs(8_000)
    told = zip(TYPED, few, many, strict=True)
    assert not [each for each in told if each[2] > each[1] * 1.5 + 150]


def test_bare_words_are_what_the_index_holds() -> None:
    assert bare("  D'ARTAGNAN-Lœb  (Zoé), ß ﬁ ") == "d artagnan loeb zoe ss fi"


def test_an_account_of_the_free_listing_alone_is_found(shelf: Shelf, imports: Import) -> None:
    imports([libre_acces("NORD", "Ève", rpps="99000000077")], header=LIBRE_ACCES, name="l.txt")
    [eve] = search(shelf, "nord").people
    assert (eve.addresses, eve.professions) == ((), ("Sage-Femme",))

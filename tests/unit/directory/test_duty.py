"""What the node does by itself: fetches what has changed, within what the line may cost."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db.accounts import account
from store.db.directory.reading import snapshots
from store.db.directory.shelf import connect_listings
from store.db.link import set_budget, spent
from store.db.open import Connection, write
from store.db.sources import add_source, ask, lookup, sources, want_sources
from store.db.work_wishes import pause, resume, works
from store.db.works import Measured, save_measured
from store.host import clock
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Profile
from store.model.directory import Network
from store.model.directory_source import DirectorySource, SourceKind
from store.model.link import Budget
from store.model.work import Unit, WorkState, directory_of
from sync.directory import duty
from sync.directory.duty import DAY, HOUR, answer_asked, fetch_due, is_due, may_fetch
from tests.servers.authority import Authority
from tests.servers.web import Asked, Reply, Web, web
from tests.tui.practice import practice
from tests.unit.directory.conftest import PEOPLE
from tests.unit.directory.lines import MSSANTE, mssante
from tests.unit.directory.test_fhir import published

NOW = 1_793_000_000


class Publisher:
    """Today's extract, and how it is given."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.cut_at: int | None = None
        self.publish(PEOPLE)

    def publish(self, lines: list[str], etag: str = '"1"') -> None:
        """A new extract."""
        path = self.directory / "x.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x_202611260800.txt", "\n".join([MSSANTE, *lines]))
        self.body, self.etag = path.read_bytes(), etag

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.startswith("/fhir"):
            return published(asked)
        if asked.headers.get("if-none-match") == self.etag:
            return Reply(304, {"Content-Length": "0"})
        begins = int(asked.headers.get("range", "bytes=0-").removeprefix("bytes=")[:-1])
        status = 206 if begins and asked.headers.get("if-range") == self.etag else 200
        body = self.body[begins:] if status == 206 else self.body
        return Reply(status, {"ETag": self.etag}, body, self.cut_at)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the publisher."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clock, which tests turn."""
    now = [NOW]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    """Somebody who publishes."""
    return Publisher(tmp_path)


@pytest.fixture
def server(publisher: Publisher, authority: Authority, db: Connection) -> Iterator[Web]:
    """Where it is published; a source of the store."""
    with web(authority, publisher) as running:
        url, ca = f"{running.url}/x.zip", str(authority.ca_file)
        add_source(db, DirectorySource(name="mss", kind=SourceKind.EXTRACT, url=url, ca=ca))
        yield running


def held(home: Home, key: DataKey) -> int:
    """Lines of the directory."""
    listings = connect_listings(home, key)
    try:
        return sum(snapshot.listings for snapshot in snapshots(listings))
    finally:
        listings.close()


def asked(server: Web) -> list[str]:
    """The conditions of each request."""
    return [
        each.headers.get("if-none-match", each.headers.get("range", "")) for each in server.asked
    ]


def test_an_extract_is_fetched_once_a_day_and_only_when_it_has_changed(
    server: Web, publisher: Publisher, db, home, key, time
) -> None:
    assert asyncio.run(fetch_due(db, home, key)) == HOUR
    assert held(home, key) == 6
    assert not home.extract_part(1).exists()
    asyncio.run(fetch_due(db, home, key))
    time[0] += DAY - 1
    asyncio.run(fetch_due(db, home, key))
    assert asked(server) == [""]
    time[0] += 1
    asyncio.run(fetch_due(db, home, key))
    assert asked(server) == ["", '"1"']
    publisher.publish([*PEOPLE, mssante("neuf@pro.mssante.fr", "NEUF")], '"2"')
    time[0] += DAY
    asyncio.run(fetch_due(db, home, key))
    assert held(home, key) == 7


def test_a_cut_line_is_gone_on_with_an_hour_later(
    server: Web, publisher: Publisher, db, home, key, time
) -> None:
    publisher.cut_at = 200
    asyncio.run(fetch_due(db, home, key))
    [source] = sources(db)
    assert (source.last_error, source.part_etag) == ("net.lost", '"1"')
    assert home.extract_part(1).stat().st_size == 200
    publisher.cut_at = None
    asyncio.run(fetch_due(db, home, key))
    assert len(server.asked) == 1
    time[0] += HOUR
    asyncio.run(fetch_due(db, home, key))
    assert asked(server) == ["", "bytes=200-"]
    assert (sources(db)[0].last_error, held(home, key)) == ("", 6)


def test_what_is_no_extract_is_not_kept_and_the_old_one_is(
    server: Web, publisher: Publisher, db, home, key, time
) -> None:
    asyncio.run(fetch_due(db, home, key))
    publisher.body, publisher.etag = b"<html>captive portal</html>", '"2"'
    time[0] += DAY
    asyncio.run(fetch_due(db, home, key))
    assert sources(db)[0].last_error == "directory.not_an_extract"
    assert sources(db)[0].etag == '"1"'
    assert not home.extract_part(1).exists()
    assert held(home, key) == 6


def test_a_lean_line_fetches_nothing_unasked(server: Web, db, home, key, time) -> None:
    account_id = practice(db).account_id
    with write(db):
        db.execute("UPDATE account SET profile = 'satellite'")
    asyncio.run(fetch_due(db, home, key))
    assert server.asked == []
    want_sources(db, NOW)
    asyncio.run(fetch_due(db, home, key))
    assert held(home, key) == 6
    time[0] += DAY
    asyncio.run(fetch_due(db, home, key))
    assert len(server.asked) == 1
    assert account(db, account_id).profile is Profile.SATELLITE


def test_a_budget_holds_it_and_counts_it(
    server: Web, publisher: Publisher, db, home, key, time
) -> None:
    account_id = practice(db).account_id
    set_budget(db, account_id, Budget(octets_per_day=1_000_000))
    [source] = sources(db)
    assert may_fetch(db, source)
    day = clock.local(NOW).date().isoformat()
    asyncio.run(fetch_due(db, home, key))
    assert spent(db, account_id, day).down == len(publisher.body)
    set_budget(db, account_id, Budget(octets_per_day=len(publisher.body)))
    assert not may_fetch(db, sources(db)[0])
    assert not is_due(sources(db)[0], NOW + HOUR)


def test_what_the_screen_asked_is_answered(
    server: Web, authority: Authority, db, home, key, time, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the key\n")
    secret.chmod(0o600)
    add_source(
        db,
        DirectorySource(
            name="api",
            kind=SourceKind.FHIR,
            url=f"{server.url}/fhir/v2",
            ca=str(authority.ca_file),
            secret_file=str(secret),
        ),
    )
    number = ask(db, "muller", NOW)
    asyncio.run(answer_asked(db))
    found = lookup(db, number)
    assert found is not None
    assert (found.answered_at, found.last_error) == (NOW, "")
    assert [a.network for a in found.people[0].addresses] == [Network.ORDINARY, Network.MSSANTE]
    secret.write_text("wrong\n")
    number = ask(db, "muller", NOW)
    asyncio.run(answer_asked(db))
    found = lookup(db, number)
    assert found is not None
    assert (found.people, found.last_error) == ((), "directory.key_refused")


def test_the_next_look_is_an_hour_away_at_most(db, home, key, time) -> None:
    assert asyncio.run(fetch_due(db, home, key)) == HOUR
    assert duty.next_at(DirectorySource(name="x", kind=SourceKind.EXTRACT, url="")) == DAY


def paused(db: Connection) -> str:
    """The only source, paused by a person while it was going."""
    name = directory_of(1)
    save_measured(db, [Measured(name, None, Unit.OCTETS, 0, None, 0.0, 0, 0)], now=NOW)
    pause(db, name, NOW)
    return name


def test_a_paused_source_is_not_asked_and_is_still_due_once_it_is_resumed(
    server: Web, db, home, key, time
) -> None:
    name = paused(db)
    time[0] += DAY
    assert asyncio.run(fetch_due(db, home, key)) == HOUR
    assert server.asked == []
    assert works(db)[0].state is WorkState.PAUSED
    resume(db, name, NOW)
    asyncio.run(fetch_due(db, home, key))
    assert held(home, key) == 6
    assert works(db) == []


@pytest.mark.parametrize("stopped_in", ["fetch", "_load"])
def test_paused_in_its_midst_it_goes_on_without_fetching_anything_twice(
    server: Web, publisher: Publisher, db, home, key, time, monkeypatch, stopped_in: str
) -> None:
    real = getattr(duty, stopped_in)

    def stopped(*given, **named):
        going = named.get("going") or given[-1]
        going.stop = True
        return real(*given, **named)

    monkeypatch.setattr(duty, stopped_in, stopped)
    name = directory_of(1)
    save_measured(db, [Measured(name, None, Unit.OCTETS, 0, None, 0.0, 0, 0)], now=NOW)
    asyncio.run(fetch_due(db, home, key))
    assert held(home, key) == 0
    assert sources(db)[0].last_error == "", "a pause is no failure"
    assert is_due(sources(db)[0], NOW)
    assert home.extract_part(1).stat().st_size == len(publisher.body)
    monkeypatch.setattr(duty, stopped_in, real)
    asyncio.run(fetch_due(db, home, key))
    assert held(home, key) == 6
    assert asked(server) == ["", f"bytes={len(publisher.body)}-"]

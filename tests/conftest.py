"""For every test: its own store, in memory, and a warning nobody announced is a failure."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from store.db import migrate as migrating
from store.db.migrate import migrate
from store.db.open import Connection, connect
from store.host.keys import DataKey, create
from store.host.paths import Home

# The same cases at every run, so that a red run is red for everyone; `make soak` is what explores.
settings.register_profile(
    "ci",
    max_examples=50,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "soak",
    max_examples=4000,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

MEMORY = Path("/dev/shm")
ROOM_OCTETS = 1_000_000_000
"""More than all tests at work hold at once; a container may have been given 64 MB."""


def pytest_configure(config: pytest.Config) -> None:
    """Temporary directories lie in memory, where there is room.

    Deaths here are those of a process, never of the power: to wait for the disk at each commit
    proves nothing, and took a third of the time.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_OCTETS:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(scope="session", autouse=True)
def migrated_slowly(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Connection], None]]:
    """How a new store is really migrated, which takes 50 ms; those of tests are copies of one."""
    home = Home(tmp_path_factory.mktemp("migrated") / "home")
    key = create(home, key_file=home.root / "test.key")
    with closing(connect(home, key)) as db:
        migrate(db)
    slowly, steps = migrating._apply, (migrating.NAMES, migrating.script)

    def copied(db: Connection) -> None:
        anything = db.execute("SELECT 1 FROM sqlite_master").fetchone()
        path = db.execute("PRAGMA database_list").fetchone()[2]
        if anything or not path or (migrating.NAMES, migrating.script) != steps:
            slowly(db)
            return
        with closing(connect(home, key, readonly=True)) as template:
            template.backup(db)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrating, "_apply", copied)
        yield slowly


@pytest.fixture(autouse=True)
def _french_whatever_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PLI_HOME", "PLI_KEY_FILE", "PLI_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLI_LANG", "fr")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home, private to its owner."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    return Home(root)


@pytest.fixture
def key_file(home: Home) -> Path:
    """Where the key file of `key` lies."""
    return home.root / "test.key"


@pytest.fixture
def key(home: Home, key_file: Path) -> DataKey:
    """The data key of a store just created in `home`."""
    return create(home, key_file=key_file)


@pytest.fixture
def db(home: Home, key: DataKey) -> Iterator[Connection]:
    """An open connection to an empty store."""
    connection = connect(home, key)
    migrate(connection)
    yield connection
    connection.close()


@pytest.fixture(autouse=True)
def _no_unexpected_warnings(
    caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> Iterator[None]:
    expected = {name for mark in request.node.iter_markers("logs") for name in mark.args}
    caplog.set_level(logging.INFO)
    yield
    surprises = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.getMessage().split()[0] not in expected
    ]
    assert not surprises, surprises

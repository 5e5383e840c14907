"""`pli` run within the test, on a store just made."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from store.db.accounts import add_account
from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Endpoint
from store.model.ids import AccountId
from sync.drop import following
from tui.cli import run


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Pli = Callable[..., Said]


@pytest.fixture
def call(home: Home, key: DataKey, key_file: object, capsys: pytest.CaptureFixture[str]) -> Pli:
    """Run `pli` with these words; the store opens by its key file."""

    def run_it(*words: str) -> Said:
        capsys.readouterr()
        code = run([*words, "--home", str(home.root), "--key-file", str(key_file)])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run_it


@pytest.fixture
def cabinet(db: Connection) -> AccountId:
    """An account called `cabinet`."""
    return add_account(
        db,
        name="cabinet",
        address="alice@cabinet.example",
        imap=Endpoint(host="imap.operateur.example", port=993),
        smtp=Endpoint(host="smtp.operateur.example", port=465),
        user="alice",
    )


@pytest.fixture(autouse=True)
def rules_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has written to `drop.toml` is all of it: no command waits for more."""
    monkeypatch.setattr(following, "SETTLED_SECONDS", 0)

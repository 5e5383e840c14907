"""A watched folder on the disk, and a rule in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db.accounts import add_account
from store.db.drops import add_rule
from store.db.open import Connection
from store.model.account import Endpoint
from store.model.ids import AccountId, DropRuleId
from sync.drop import files
from sync.drop.files import Root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that everybody may read."""
    path = tmp_path / "dépôt"
    path.mkdir()
    path.chmod(0o755)  # whatever the umask
    return path


@pytest.fixture
def root(folder: Path) -> Iterator[Root]:
    """The folder, open."""
    with files.opened(str(folder)) as opened:
        yield opened


@pytest.fixture
def account_id(db: Connection) -> AccountId:
    """The account of a laboratory."""
    return add_account(
        db,
        name="labo",
        address="labo@analyses.example",
        imap=Endpoint(host="imap.example", port=993),
        smtp=Endpoint(host="smtp.example", port=465),
        user="labo",
    )


@pytest.fixture
def rule_id(db: Connection, account_id: AccountId) -> DropRuleId:
    """One rule, over a folder that nobody looks at."""
    to = ["alice@medecins.example"]
    return add_rule(db, name="cobas", folder="/srv/cobas", account_id=account_id, to=to)

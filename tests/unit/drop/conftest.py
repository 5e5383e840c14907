"""A watched folder on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.drop import files
from sync.drop.files import Root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that everybody may read."""
    path = tmp_path / "dépôt"
    path.mkdir(mode=0o755)
    return path


@pytest.fixture
def root(folder: Path) -> Iterator[Root]:
    """The folder, open."""
    with files.opened(str(folder)) as opened:
        yield opened

"""The bench of screens: tiny, so that its code does not rot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import readers, screens
from tests.bench.hundred_thousand import fill, places
from tests.bench.letters import subject_of
from tests.bench.maildir import Maildir


def test_pli_is_measured_like_its_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEYS", "PAGES", "LETTERS"):
        monkeypatch.setattr(screens, name, 2)
    fill(tmp_path / "store", 60)
    home, key_file = places(tmp_path / "store")
    found = screens.measured(readers.pli(home.root, key_file), subject_of(59), 0)
    assert set(found) == {figure.key for figure in screens.FIGURES}
    assert min(found["cursor_octets"], found["page_octets"], found["open_octets"]) > 0


def test_the_maildir_holds_the_letters_of_the_store(tmp_path: Path) -> None:
    screens.fill_maildir(tmp_path / "INBOX", 12)
    assert sorted(Maildir(tmp_path / "INBOX").letters()) == list(range(12))

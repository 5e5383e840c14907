"""`pli init`, where it cannot or must not begin."""

from __future__ import annotations

import pytest

from store.db.open import Connection
from store.host.paths import Home
from tests.unit.cli.conftest import Pli


@pytest.mark.parametrize("words", [("init",), ("status",), ("drop", "list"), ("doctor",), ()])
def test_letters_without_their_keys_are_left_as_they_are(
    call: Pli, home: Home, db: Connection, words: tuple[str, ...]
) -> None:
    home.keys.unlink()
    before = sorted(home.root.iterdir())
    said = call(*words)
    assert (said.code, sorted(home.root.iterdir())) == (1, before)
    assert "mail.db" in said.err
    assert "Remettez keys.json" in said.err
    assert "pli init" not in said.err

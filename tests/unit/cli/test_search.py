"""`pli search`: criteria, their order, and a wrong one said in a sentence."""

from __future__ import annotations

from store.db.open import Connection
from tests.tui.practice import letter
from tests.tui.practice import practice as make_practice
from tests.unit.cli.conftest import Pli


def test_letters_are_found_by_criteria_in_the_order_asked_for(call: Pli, db: Connection) -> None:
    made = make_practice(db)
    made.deliver(letter("Ferritine", message_id="1"), letter("Avis", "ferritine\n", message_id="2"))
    by_date = call("search", "ferritine de:labo").out.splitlines()
    assert [line.split()[-1] for line in by_date] == ["Avis", "Ferritine"]
    ranked = call("search", "ferritine de:labo", "--relevance").out.splitlines()
    assert [line.split()[-1] for line in ranked] == ["Ferritine", "Avis"]
    assert call("search", "objet:avis est:lu").out == ""


def test_a_wrong_criterion_is_said_and_nothing_else(call: Pli, db: Connection) -> None:
    said = call("search", "frm:labo\x1b[2J")
    assert (said.code, said.out) == (2, "")
    assert "« frm: » n'est pas un critère. Ceux qui existent : de:, à:, copie:" in said.err
    assert "\x1b" not in call("search", "avant:\x1b[2J").err

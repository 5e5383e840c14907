"""`pli works`: what takes long, paused and resumed by its name."""

from __future__ import annotations

import json

from store.db.open import Connection
from store.db.work_wishes import works
from store.db.works import Measured, obey_pauses, save_measured
from store.host import clock
from store.model.ids import AccountId
from store.model.work import READING, Unit, WorkState, letters_of
from tests.unit.cli.conftest import Pli


def goes(db: Connection, cabinet: AccountId) -> str:
    """The letters of the account come."""
    name = letters_of(cabinet)
    told = Measured(name, cabinet, Unit.LETTERS, 1200, 5000, 5.0, 9, 3_100_000)
    save_measured(db, [told], now=clock.now())
    return name


def test_at_rest_nothing_is_shown(call: Pli, cabinet: AccountId) -> None:
    assert call("works") == (0, "", "Rien de long en ce moment.\n")


def test_each_is_a_line_that_says_that_nothing_goes_on_without_a_node(
    db: Connection, call: Pli, cabinet: AccountId
) -> None:
    name = goes(db, cabinet)
    assert call("works").out == (
        f"{name:<14} lettres de cabinet : 1 200 lettres sur 5 000, 3,1 Mo reçus,"
        " la synchronisation est arrêtée, rien n'avance\n"
    )
    [facts] = [json.loads(line) for line in call("works", "--json").out.splitlines()]
    assert (facts["name"], facts["state"], facts["done"]) == (name, "running", 1200)
    assert facts["seconds_left"] == 760


def test_a_pause_is_wished_obeyed_and_taken_back(
    db: Connection, call: Pli, cabinet: AccountId
) -> None:
    name = goes(db, cabinet)
    code, _, err = call("works", "pause", name)
    assert code == 0
    assert err.startswith("La pause est demandée : ce qui est déjà en route arrive encore")
    assert call("works", "pause", name).err == "C'est déjà en pause.\n"
    obey_pauses(db, cabinet)
    assert [work.state for work in works(db)] == [WorkState.PAUSED]
    assert call("works").out.endswith("3,1 Mo reçus, en pause\n")
    assert call("works", "resume", name).err == "Reprend.\n"
    assert call("works", "resume", name).err == "Ce n'était pas en pause.\n"


def test_what_is_over_or_cannot_wait_is_refused_with_a_sentence(
    db: Connection, call: Pli, cabinet: AccountId
) -> None:
    assert call("works", "pause", READING).code == 2
    told = Measured("sending:1", cabinet, Unit.OCTETS, 9, 90, 0.0, 0, 0)
    save_measured(db, [told], now=clock.now())
    code, _, err = call("works", "pause", "sending:1")
    assert (code, "ne se met pas en pause" in err) == (2, True)

"""What `pli show` says of who wrote a letter; `pli rederive`."""

from __future__ import annotations

import json

import pytest

from store.db.open import Connection
from store.host.keys import DataKey
from tests.unit.cli.conftest import Pli
from tests.unit.opening.test_opening import SEALED
from tests.unit.opening.world import World
from tests.unit.smime.test_letters import letter, made, signing


@pytest.fixture
def world(db: Connection, key: DataKey) -> World:
    return World.of(db, key, "rsa")


def test_the_line_and_the_facts_are_shown(call: Pli, world: World) -> None:
    email_id = str(world.receive(made(letter(), signing=signing())))
    said = call("show", email_id)
    assert "Confiance : ✓ signée par « alice » (alice@cabinet.example) · " in said.out
    facts = json.loads(call("show", email_id, "--json").out)["trust"]
    assert (facts["level"], facts["address"]) == ("proven", "alice@cabinet.example")
    assert facts["reasons"] == ["revocation_unknown"]
    assert facts["signer"][0] == "alice"
    assert not facts["sealed"]


def test_a_letter_that_claims_nothing_is_not_signed(call: Pli, world: World) -> None:
    email_id = str(world.receive(letter()))
    assert "Confiance : - non signée · non scellée\n" in call("show", email_id).out
    assert json.loads(call("show", email_id, "--json").out)["trust"]["level"] == "unsigned"


def test_a_document_that_was_sealed_goes_out_and_that_is_said(call: Pli, world: World) -> None:
    email_id = world.receive(SEALED)
    (text,) = [each for each in world.shown(email_id).parts if each.is_body]
    said = call("show", str(email_id), "--part", text.number)
    assert "il sort d'ici en clair" in said.err
    assert "1,05 g/L" in said.out
    raw = call("show", str(email_id), "--raw")
    assert (raw.err, "1,05 g/L" in raw.out) == ("", False)


def test_why_it_stays_sealed_is_said(call: Pli, db: Connection, key: DataKey) -> None:
    world = World.of(db, key)
    email_id = world.receive(SEALED)
    said = call("show", str(email_id)).out
    assert "! Cette lettre est scellée pour une clé que Pli n'a pas." in said
    assert "scellée, et pas ouverte ici" in said


def test_every_letter_is_read_again(call: Pli, world: World) -> None:
    email_id = world.receive(SEALED)
    world.receive(letter())
    with world.db:
        world.db.execute("UPDATE email SET subject = 'x', derived_version = 99")
        world.db.execute("UPDATE email_opened SET digest = NULL, level = '', version = 99")
    said = call("rederive")
    assert said.code == 0
    assert said.err.endswith("documents, PDF…\n2 lettres relues.\n")
    assert world.shown(email_id).subject == "Bilan de Mme Durand : glycémie"
    assert world.trust(email_id).verdict.badge

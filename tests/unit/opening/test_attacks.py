"""No trick gives a badge in Alice's name, on the whole path: octets in, the trust line out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import store.host.clock
import sync.opening.duty
from store import trust_words
from store.db.crls import keep_crl, want_crls
from store.db.migrate import migrate
from store.db.open import connect
from store.db.opened import came_sealed
from store.host.keys import create
from store.host.paths import Home
from store.model.ids import EmailId
from store.model.trust import Crl
from tests.unit.opening.attacks import (
    ALICE,
    ATTACKS,
    EFAIL,
    HONEST,
    LIE,
    MALLORY,
    MALLORYS,
    OWN_REASON,
    sealed,
    signed,
)
from tests.unit.opening.world import World
from tests.unit.smime.people import authority
from tests.unit.trust.pki import CRL_URL, DAY, MIDDLE, NOW, ROOT, Encoding, crl
from tui.drafting import forwarded, replied

Received = dict[str, EmailId]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One practice for all of them: nothing here depends on what came before."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (store.host.clock, sync.opening.duty):
            patch.setattr(module, "now", lambda: NOW)
        home = Home(tmp_path_factory.mktemp("home", numbered=True))
        home.root.chmod(0o700)
        key = create(home, key_file=home.root / "test.key")
        db = connect(home, key)
        migrate(db)
        found = World.of(db, key, "rsa", anchored=False)
        found.believe(ROOT.der, authority()[0].public_bytes(Encoding.DER))
        want_crls(db, [(CRL_URL, MIDDLE.der)])
        revoked = crl(MIDDLE, 77)
        keep_crl(db, Crl(url=CRL_URL, issuer=MIDDLE.der, octets=revoked, this_update_at=NOW - DAY))
        yield found
        db.close()


@pytest.fixture(scope="module")
def received(world: World) -> Received:
    """Each, once the node has done all it does."""
    return {name: world.receive(made()) for name, made in ATTACKS.items()}


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) >= 40


def test_an_honest_letter_has_a_badge(world: World) -> None:
    """Else nothing below would prove anything."""
    said = world.trust(world.receive(signed()))
    assert said.verdict.badge
    assert trust_words.line(said, NOW).startswith("✓ signée par « Dr Alice Martin » (alice@cab")


@pytest.mark.parametrize("name", ATTACKS)
def test_no_trick_is_believed(world: World, received: Received, name: str) -> None:
    said = world.trust(received[name])
    assert not said.pending
    assert not said.verdict.badge
    assert said.verdict.address == ""
    line = trust_words.line(said, NOW)
    assert "✓" not in line
    assert "signée par" not in line
    assert said.verdict.reasons


@pytest.mark.parametrize("name", OWN_REASON)
def test_each_is_refused_for_what_it_is(world: World, received: Received, name: str) -> None:
    assert OWN_REASON[name] in world.trust(received[name]).verdict.reasons


@pytest.mark.parametrize("name", EFAIL)
def test_nothing_that_was_sealed_is_merged_with_what_was_not(
    world: World, received: Received, name: str
) -> None:
    shown = world.shown(received[name])
    assert "1,05 g/L" not in shown.body or came_sealed(world.db, received[name])
    assert not ("1,05 g/L" in shown.body and LIE.decode() in shown.body)


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_opened_is_answered_sealed_or_not_at_all(
    world: World, received: Received, name: str
) -> None:
    email_id = received[name]
    was = came_sealed(world.db, email_id)
    for _, written in (replied(world.db, email_id, False), forwarded(world.db, email_id)):
        assert written.was_sealed is was


@pytest.mark.parametrize("name", MALLORYS)
def test_who_signs_in_her_own_name_is_called_by_it(world: World, name: str) -> None:
    said = world.trust(world.receive(MALLORYS[name]()))
    assert (said.verdict.badge, said.verdict.address) == (True, MALLORY)
    line = trust_words.line(said, NOW)
    assert re.fullmatch(r"✓ signée par « Mallory[^·«»✓]* » \(mallory@cabinet\.example\) · .*", line)
    assert line.count("✓") == 1
    assert "\u202e" not in line
    assert world.shown(world.receive(MALLORYS[name]())).sender.email == MALLORY


@pytest.mark.parametrize("name", HONEST)
def test_what_is_not_signed_is_not_shown(world: World, name: str) -> None:
    email_id = world.receive(HONEST[name]())
    shown = world.shown(email_id)
    assert world.trust(email_id).verdict.address == ALICE
    assert LIE.decode() not in shown.body + shown.subject
    assert MALLORY not in [each.email for each in shown.to]


def test_who_seals_a_letter_chooses_no_name_to_come_under(world: World) -> None:
    """Carriers check the From they see; inside, anybody can write anybody's."""
    octets = sealed().replace(b"Alice Martin <alice@cabinet.example>", MALLORY.encode(), 1)
    shown = world.shown(world.receive(octets))
    assert shown.sender.email == MALLORY
    assert shown.warnings == ("trust.other_from",)
    same = world.shown(world.receive(sealed()))
    assert (same.sender.email, same.warnings) == (ALICE, ())

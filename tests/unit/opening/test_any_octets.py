"""Any octets at all, in at one end: an answer comes out at the other, and never a false badge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db.emails import octets_of
from store.db.opened import came_sealed
from tests.unit.opening.attacks import ALICE, BARE, sealed, signed
from tests.unit.opening.test_attacks import world
from tests.unit.opening.world import World
from tests.unit.smime.test_letters import letter, made, p7m, signing, to

__all__ = ["world"]
SIGNED = "multipart/signed"
WHOLE = [
    *(signed(), sealed(), sealed(cbc=True), made(letter(), signing=signing(opaque=True))),
    made(letter(), signing=signing(), readers=to("rsa")),
]


@pytest.fixture(scope="module", autouse=True)
def _one_world(world: World) -> None:
    """Made once: an example costs what a letter costs."""


@given(
    whole=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 255)), min_size=1, max_size=4),
    cut=st.none() | st.integers(0, 4000),
)
def test_a_damaged_letter_gives_an_answer(world: World, whole: bytes, changes, cut) -> None:
    octets = bytearray(whole if cut is None else whole[:cut])
    for at, flip in changes:
        if octets:
            octets[at % len(octets)] ^= flip
    judged(world, bytes(octets))


@given(
    octets=st.binary(max_size=400),
    kind=st.sampled_from(["application/pkcs7-mime", "application/octet-stream", SIGNED]),
)
def test_a_signature_or_seal_of_any_octets_gives_an_answer(
    world: World, octets: bytes, kind: str
) -> None:
    judged(world, BARE + p7m(octets, kind))


def judged(world: World, octets: bytes) -> None:
    email_id = world.receive(octets)
    said = world.trust(email_id)
    assert octets_of(world.db, email_id) == octets
    assert not said.pending or not said.claims
    shown = world.shown(email_id)
    if said.verdict.badge:
        # The change was where nobody looks: what is shown is what she signed, to the letter.
        assert said.verdict.address == ALICE or shown.sender.email == said.verdict.address
        assert "1,05 g/L" in shown.body
        assert shown.subject == "Bilan de Mme Durand : glycémie"
    if "1,05 g/L" in shown.body and b"1,05 g/L" not in octets:
        assert came_sealed(world.db, email_id) or said.claims

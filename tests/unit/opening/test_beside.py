"""A signed part with something beside it, and what only looks like a signature: shown whole."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates

from store.model.trust import Level, Reason
from tests.unit.opening import attacks
from tests.unit.opening.world import World
from tests.unit.smime.people import authority
from tests.unit.smime.test_letters import letter, made, p7m, signing, to


@pytest.mark.parametrize("readers", [(), to("rsa")], ids=["signed", "sealed"])
def test_what_lies_beside_a_signed_part_is_not_lost_from_sight(world: World, readers) -> None:
    """A list, or an operator, adds its part to a signed letter: the reader must see it too."""
    signed = made(letter(), signing=signing())
    boundary = re.findall(rb'boundary="?([^"\r\n;]+)', signed)[0]
    end = b"--" + boundary + b"--"
    added = b"--" + boundary + b"\r\nContent-Type: text/plain\r\n\r\nRappel du labo\r\n" + end
    octets = signed.replace(end, added)
    email_id = world.receive(made(octets, readers=readers) if readers else octets)
    assert world.trust(email_id).verdict.level is Level.PARTLY
    assert "1,05 g/L" in world.shown(email_id).body
    assert "Rappel du labo" in world.shown(email_id).body


def test_certificates_that_are_handed_over_are_a_document_and_no_false_signature(
    world: World,
) -> None:
    given = serialize_certificates([authority()[0]], Encoding.DER)
    octets = attacks.BARE + p7m(given, "application/pkcs7-mime", "smime.p7c")
    email_id = world.receive(octets)
    assert [each.name for each in world.shown(email_id).parts] == ["smime.p7c"]
    assert world.trust(email_id).verdict.level is Level.UNSIGNED


def test_of_a_signed_part_among_others_only_what_is_known_is_told(world: World) -> None:
    """A list that puts its own words around a signed letter: no certificate was looked at."""
    email_id = world.receive(
        attacks.mixed(attacks.inner(attacks.signed()), b"\r\nPied de page\r\n")
    )
    assert world.trust(email_id).verdict.reasons == (Reason.PART_ONLY,)

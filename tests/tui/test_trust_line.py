"""The trust line: outside of the letter, on one line, with its reasons one key away."""

from __future__ import annotations

import pytest

from store.db.contacts import add
from store.db.smime_keys import keys, remove_key
from store.host.keys import DataKey
from sync.opening.duty import keep_letters
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter
from tests.unit.opening.test_opening import SEALED
from tests.unit.opening.world import World
from tests.unit.smime.people import authority
from tests.unit.smime.test_letters import letter as hers
from tests.unit.smime.test_letters import made, signing, to
from tests.unit.trust.pki import NOW, Encoding
from tui.widgets.letter_pane import LetterPane
from tui.widgets.trust_line import TrustLine

SIGNED = "✓ signée par « alice » (alice@cabinet.example)"
DRAWN = f"{SIGNED} · scellée pour « vous »\n" * 60


@pytest.fixture
def world(db: object, key: DataKey, practice: Practice) -> World:
    """The practice, with a key that opens and an authority that vouches."""
    found = World(practice.db, key, practice)
    found.give_key("rsa")
    found.believe(authority()[0].public_bytes(Encoding.DER))
    return found


def last_lines(text: str) -> list[str]:
    """The trust line and the keys."""
    return text.split("\n")[-2:]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_who_signed_and_for_whom_it_was_sealed(
    world: World, opened: Opened, size: tuple[int, int]
) -> None:
    world.practice.deliver(made(hers(), signing=signing(), readers=to("rsa")))
    await keep_letters(world.db, key=world.key)
    async with opened(size) as person:
        await person.press("enter")
        await person.sees("1,05 g/L")
        await person.settles()
        line = last_lines(person.text)[0]
        assert line.strip().startswith(SIGNED)
        if size[0] > 80:
            assert "premier message signé de alice@cabinet.example" in line
            assert "scellée pour « alice, Pli, FR »" in line


async def test_it_is_no_part_of_what_a_letter_draws(world: World, opened: Opened) -> None:
    world.practice.deliver(letter("Bonjour", DRAWN))
    async with opened() as person:
        await person.press("enter")
        await person.sees(SIGNED)
        await person.settles()
        pane, line = person.find(LetterPane), person.find(TrustLine)
        assert line not in pane.walk_children()
        assert not pane.region.overlaps(line.region)
        for _ in range(4):
            assert last_lines(person.text)[0].strip() == "- non signée · non scellée"
            await person.press("pagedown")


async def test_its_reasons_are_one_key_away(world: World, opened: Opened) -> None:
    world.practice.deliver(made(hers(), signing=signing()))
    await keep_letters(world.db, key=world.key)
    async with opened((120, 40)) as person:
        await person.press("enter")
        await person.sees(SIGNED)
        await person.press("t")
        await person.sees("Personne ici ne sait si le certificat a été révoqué.")
        await person.sees("empreinte SHA-256 : ")
        await person.press("escape")
        await person.sees("1,05 g/L")


async def test_the_key_is_shown_and_answers_from_the_list(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter())
    async with opened((120, 40)) as person:
        await person.sees("t confiance")
        await person.press("t")
        await person.sees("Ce que l'on sait de cette lettre")
        await person.press("escape")
        await person.press("question_mark")
        await person.sees("confiance")


async def test_a_letter_that_is_opened_meanwhile_is_read_where_it_is(
    world: World, opened: Opened
) -> None:
    world.practice.deliver(made(hers(), readers=to("rsa")))
    async with opened() as person:
        await person.press("enter")
        await person.sees("… pas encore ouverte ni vérifiée")
        await keep_letters(world.db, key=world.key)
        await person.sees("1,05 g/L")
        await person.sees("- non signée · scellée pour « alice, Pli, FR »")


async def test_what_stays_sealed_says_why(world: World, opened: Opened) -> None:
    remove_key(world.db, keys(world.db)[0].id)
    world.practice.deliver(made(hers(), readers=to("rsa")))
    await keep_letters(world.db, key=world.key)
    async with opened() as person:
        await person.press("enter")
        await person.sees("… on ne sait pas si elle est signée · scellée, et pas ouverte ici")
        await person.sees("Cette lettre est scellée pour une clé que Pli n'a pas.")


async def test_a_document_of_a_sealed_letter_is_saved_in_clear_and_that_is_said(
    world: World, opened: Opened, tmp_path: object
) -> None:
    world.practice.deliver(SEALED)
    await keep_letters(world.db, key=world.key)
    async with opened((120, 40)) as person:
        await person.press("enter")
        await person.sees("bilan.pdf")
        await person.press("s")
        await person.sees("bilan.pdf")
        person.app.screen.query_one("Input").value = str(tmp_path)
        await person.press("enter")
        await person.sees("Enregistré en clair, hors de Pli")


async def test_the_directory_has_the_address(world: World, opened: Opened) -> None:
    add(world.db, name="Labo du Port", emails=["labo@port.example"], now=NOW)
    world.practice.deliver(letter())
    async with opened() as person:
        await person.press("enter")
        await person.sees("adresse dans l'annuaire")

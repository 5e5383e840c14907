"""The bottom line says what has just happened, and only as long as that is what one looks at."""

from __future__ import annotations

import pytest

from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter

STAR = "Étoile mise."


@pytest.mark.parametrize("keys", [("question_mark", "escape"), ("D", "escape"), ("o", "escape")])
async def test_what_was_said_is_not_said_again_after_another_screen(
    practice: Practice, opened: Opened, keys: tuple[str, str]
) -> None:
    practice.deliver(letter())
    async with opened() as person:
        await person.press("asterisk")
        await person.sees(STAR)
        for key in keys:
            await person.press(key)
            await person.settles()
            assert STAR not in person.text


async def test_nor_beside_another_letter(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("un"), letter("deux"))
    async with opened() as person:
        await person.press("enter")
        await person.settles()
        await person.press("asterisk")
        await person.sees(STAR)
        await person.press("J")
        await person.settles()
        assert STAR not in person.text
        await person.press("asterisk")
        await person.sees(STAR)
        await person.press("escape")
        await person.settles()
        assert STAR not in person.text


async def test_a_letter_put_away_while_it_is_read_is_said(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter())
    async with opened() as person:
        await person.press("enter")
        await person.settles()
        await person.press("e")
        await person.settles()
        assert "Rangée dans « Archives »." in person.text


async def test_a_question_does_not_hide_what_was_said(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("un"))
    async with opened() as person:
        await person.press("asterisk")
        await person.sees(STAR)
        await person.press("m")
        await person.sees("Ranger la lettre dans :")
        await person.press("escape")
        await person.settles()
        assert STAR in person.text


async def test_saving_what_is_not_there_is_answered(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter())
    async with opened((120, 30)) as person:
        await person.press("s")
        await person.sees("Ouvrez d'abord la lettre")
        await person.press("enter")
        await person.settles()
        await person.press("s")
        await person.sees("n'a pas de document à enregistrer")


async def test_while_one_types_only_keys_that_still_do_something_are_told(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Quantiféron"))
    async with opened() as person:
        await person.press("slash")
        await person.settles()
        line = person.text.splitlines()[-1]
        assert "q quitter" not in line
        assert "/ chercher" not in line
        assert "Ctrl+S" in line
        assert line.rstrip().endswith("F1 aide")
        assert "Esc retour" in line
        await person.types("quanti")
        await person.sees("Lettres trouvées : 1")
        await person.press("down")
        await person.settles()
        line = person.text.splitlines()[-1]
        assert line.startswith(" r répondre")
        assert line.rstrip().endswith("q quitter")


async def test_who_writes_a_letter_is_told_how_to_be_helped(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await person.press("c")
        await person.sees("Ctrl+S envoyer")
        line = person.text.splitlines()[-1]
        assert line.rstrip().endswith("Esc garder et sortir  F1 aide")
        assert "Ctrl+P patient" in line
        await person.press("f1")
        await person.sees("Les touches")


async def test_an_open_letter_says_how_to_leave_it(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter())
    async with opened() as person:
        assert "Esc" not in person.text.splitlines()[-1]
        await person.press("enter")
        await person.sees("voici les résultats")
        line = person.text.splitlines()[-1]
        assert line.rstrip().endswith("Esc retour  ? aide  q quitter")
        assert line.startswith(" r répondre")
        await person.press("escape")
        await person.settles()
        assert "Esc" not in person.text.splitlines()[-1]


async def test_while_another_has_the_store_one_is_told_and_the_keys_wait(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("un"))
    async with opened() as person:
        await person.sees("un")
        practice.db.execute("BEGIN IMMEDIATE")
        person.app.simulate_key("asterisk")
        person.app.simulate_key("n")
        await person.sees("Un instant : la boîte est occupée.")
        practice.db.execute("ROLLBACK")
        await person.sees("Marquée")
        await person.settles()
        assert "Un instant" not in person.text
        assert {"$flagged", "$seen"} <= set(practice.keywords()[0].split())

"""Letters the server no longer has: the screen asks, and one key answers."""

from __future__ import annotations

import pytest

from store.db import losses, placements
from store.model.mailbox import Role
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice, letter


@pytest.fixture
def emptied(practice: Practice) -> Practice:
    """A practice whose server no longer has two of its three letters."""
    practice.deliver(*(letter(f"bilan {n}", message_id=f"m{n}") for n in range(3)))
    lost = placements.newest(practice.db, practice.inbox, limit=2)
    losses.lose(practice.db, practice.inbox, lost, held=3, now=NOW)
    return practice


async def test_the_status_line_says_that_something_is_asked(
    emptied: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await person.sees("votre avis (Q) : 1")
        await person.sees("bilan 2")


async def test_kept_on_the_screen_they_stay(emptied: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("Q")
        await person.sees("Le serveur n'a plus 2 des 3 lettres de « Réception »")
        await person.press("g")
        await person.sees("Lettres gardées ici, et seulement ici : 2.")
        await person.until(lambda: "votre avis" not in person.text)
        assert len(emptied.subjects(Role.INBOX)) == 3


async def test_taken_out_on_the_screen_once_said_twice(emptied: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("Q", "r")
        await person.sees("Retirer ces lettres d'ici aussi (2) ?")
        await person.press("o")
        await person.sees("Lettres retirées : 2.")
        await person.until(lambda: "bilan 2" not in person.text)
        assert emptied.subjects(Role.INBOX) == ["bilan 0"]


@pytest.mark.parametrize("keys", [("Q", "escape"), ("Q", "r", "n")])
async def test_a_question_left_for_later_stays(
    emptied: Practice, opened: Opened, keys: tuple[str, ...]
) -> None:
    async with opened() as person:
        await person.press(*keys)
        await person.settles()
        await person.sees("votre avis (Q) : 1")
        assert len(emptied.subjects(Role.INBOX)) == 3


async def test_with_nothing_asked_the_key_says_so(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("Q")
        await person.sees("Rien ne vous est demandé.")

"""Answering a letter of a shared mailbox says so to the others, by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from store.db.authors import set_author
from store.db.claim_ages import LASTS_SECONDS, age_claims
from store.db.claims import claim
from store.db.open import Connection
from store.db.placements import newest
from store.model.ids import EmailId
from tests.tui.conftest import Opened, Person
from tests.tui.practice import NOW, Practice, letter
from tests.tui.test_writing import composing, kept, kept_and_taken_up, leaving
from tui import claiming
from tui.app import PliApp
from tui.desk import Seat
from tui.feed import StoreChanged
from tui.plain import NOTHING, Plain
from tui.screens.letters import LettersScreen, around
from tui.settings import ClaimWhen, Settings
from tui.when import since_words
from tui.widgets.letter_pane import LetterPane
from tui.widgets.words import Words

ALICE, BOB = "$pli-claim-dr-alice-martin", "$pli-claim-dr-bob"
SHARED_BOX = '[mailbox]\nkind = "organization"\n'


@pytest.fixture
def shared(practice: Practice) -> Practice:
    """The mailbox of an organisation, with a letter in it."""
    set_author(practice.db, practice.account_id, SHARED_BOX, now=NOW)
    practice.deliver(letter("Potassium", message_id="k1"))
    return practice


def words(practice: Practice) -> list[str]:
    """The keywords of the letter."""
    return practice.keywords()[0].split()


async def answers(person: Person) -> None:
    await person.sees("Potassium")
    await composing(person, "r")


async def test_who_begins_to_answer_claims_and_an_untouched_answer_releases(
    shared: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await answers(person)
        assert words(shared) == [ALICE]
        await person.press("escape")
        await person.until(lambda: words(shared) == [])
        assert kept(shared.db) == []


async def test_an_answer_that_is_kept_is_still_claimed_and_one_thrown_away_is_not(
    shared: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await answers(person)
        await person.types("Oui")
        await person.press("escape")
        await person.sees("Brouillon gardé")
        assert words(shared) == [ALICE]
        await person.press("o")
        await person.sees("brouillon")
        await composing(person, "enter")
        await person.press("ctrl+d")
        await person.sees("Jeter ce brouillon ?")
        await person.press("o")
        await person.until(lambda: words(shared) == [])


@pytest.mark.parametrize(("typed", "left"), [("", []), ("Oui", [ALICE])])
async def test_when_the_line_to_the_person_breaks_only_an_answer_begun_stays_claimed(
    shared: Practice, opened: Opened, typed: str, left: list[str]
) -> None:
    async with opened() as person:
        await answers(person)
        await person.types(typed)
        assert words(shared) == [ALICE]
        person.app.hang_up()
        await person.until(lambda: not person.app.is_running)
    assert words(shared) == left
    assert len(kept(shared.db)) == len(left)


async def test_once_sent_it_is_answered_and_no_longer_claimed_until_called_back(
    shared: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await answers(person)
        await person.types("Oui")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert words(shared) == ["$answered"]
        await person.press("u")
        await person.sees("L'envoi est arrêté")
        assert words(shared) == [ALICE]


async def test_an_answer_taken_up_later_marks_its_letter_too(
    shared: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await answers(person)
        await person.types("Oui")
        await kept_and_taken_up(person)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(shared.db)[0].in_reply_to == "k1@port.example"
        assert words(shared) == ["$answered"]


def bob_claims(db: Connection, practice: Practice) -> None:
    claim(db, newest(db, practice.inbox), "Dr Bob")


async def test_somebody_else_who_answers_is_said_and_their_claim_stays(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Potassium"))
    bob_claims(practice.db, practice)  # which says that the mailbox is shared
    async with opened() as person:
        await answers(person)
        await person.sees("! Dr Bob répond déjà à cette lettre.")
        assert words(practice) == [BOB]
        await person.press("escape", "enter")
        await person.sees("Dr Bob répond")
        assert str(person.app.screen.query_one("#claim", Words).words) == "Dr Bob répond"


async def test_since_when_somebody_answers_is_said(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Potassium"))
    bob_claims(practice.db, practice)
    age_claims(practice.db, NOW - 3_600)
    async with opened() as person:
        since = since_words(NOW - 3_600, person.app.now())
        await answers(person)
        await person.sees(f"! Dr Bob (depuis {since}) répond déjà à cette lettre.")
        await person.press("escape", "enter")
        await person.sees(f"Dr Bob (depuis {since}) répond")


async def test_an_answer_is_taken_over_once_confirmed_and_given_back(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Potassium"))
    bob_claims(practice.db, practice)
    async with opened((100, 24)) as person:
        await person.sees("[Dr Bob répond] Potassium")
        await person.press("y")
        await person.sees("Répond déjà : Dr Bob. Répondre vous-même à la place ?")
        await person.press("n")
        await person.settles()
        assert words(practice) == [BOB]
        await person.press("y")
        await person.sees("Répondre vous-même à la place ?")
        await person.press("o")
        await person.sees("[Dr Alice Martin répond] Potassium")
        assert words(practice) == [ALICE]
        await person.press("u")
        await person.sees("[Dr Bob répond] Potassium")
        assert words(practice) == [BOB]


async def test_an_answer_gone_on_with_after_its_claim_ended_claims_anew(
    shared: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await answers(person)
        await person.types("Oui")
        await person.press("escape")
        await person.sees("Brouillon gardé")
        age_claims(shared.db, NOW - LASTS_SECONDS)
        age_claims(shared.db, NOW)
        assert words(shared) == []
        await person.press("o")
        await person.sees("brouillon")
        await composing(person, "enter")
        assert words(shared) == [ALICE]


async def test_what_is_asked_as_one_leaves_ends_nothing(
    shared: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of claims goes before the screen that it stands in."""
    answered = asyncio.Event()

    async def others(pli: PliApp, email_id: EmailId) -> Plain:
        screen = pli.screen
        while screen.query("#claim"):
            await asyncio.sleep(0)
        answered.set()
        return NOTHING

    async with opened() as person:
        await answers(person)
        monkeypatch.setattr(claiming, "others", others)
        person.app.screen.post_message(StoreChanged())
        await person.press("escape")
        await person.until(answered.is_set)
        await person.sees("Potassium")
        assert person.app.is_running


async def test_who_claims_meanwhile_is_said_too(shared: Practice, opened: Opened) -> None:
    async with opened() as person:
        await answers(person)
        bob_claims(shared.db, shared)
        await person.sees("! Dr Bob répond déjà à cette lettre.")
        await person.press("escape")
        await person.until(lambda: words(shared) == [BOB])


async def test_a_mailbox_of_ones_own_is_told_nothing(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Potassium"))
    async with opened() as person:
        await answers(person)
        assert words(practice) == []
        await person.press("escape")
        person.app.apply_settings(Settings(claim_when=ClaimWhen.ALWAYS, claim_name="Zoé"))
        await answers(person)
        assert words(practice) == ["$pli-claim-zoe"]


async def test_it_can_be_turned_off(shared: Practice, opened: Opened) -> None:
    async with opened() as person:
        person.app.apply_settings(Settings(claim_when=ClaimWhen.NEVER))
        await answers(person)
        assert words(shared) == []


async def test_what_was_asked_about_a_letter_is_not_said_of_the_next_one(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter("Ancienne", message_id="a1"), letter("Potassium", message_id="k1"))
    claim(practice.db, newest(practice.db, practice.inbox, limit=1), "Dr Bob")
    asked, go_on = asyncio.Event(), asyncio.Event()
    async with opened((120, 40)) as person:
        await person.sees("Potassium")
        await person.press("enter")
        claim_of = person.app.screen.query_one("#claim", Words)
        await person.until(lambda: "Dr Bob" in claim_of.words)
        await person.settles()
        read, shown = Seat.__call__, person.find(LetterPane).email
        assert shown is not None

        async def slow(
            seat: Seat[Any], work: Callable[..., object], *about: object, **more: object
        ) -> object:
            found = await read(seat, work, *about, **more)
            if work is around and about == (shown.id,):
                asked.set()
                await go_on.wait()
            return found

        monkeypatch.setattr(Seat, "__call__", slow)
        screen = person.app.screen
        assert isinstance(screen, LettersScreen)
        screen.look()
        await asked.wait()
        await person.press("J")
        await person.until(lambda: person.find(LetterPane).email not in (None, shown))
        await person.until(lambda: claim_of.words == "")
        go_on.set()
        await person.settles()
        assert claim_of.words == ""

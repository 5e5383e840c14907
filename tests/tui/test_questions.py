"""Letters the server no longer has: the screen asks, and one key answers."""

from __future__ import annotations

import os

import pytest

from store.db import losses, placements
from store.db.accounts import set_link
from store.db.asked import asked_in
from store.db.emails import page_of_emails
from store.db.listing import save_listing
from store.db.node import node_started
from store.db.notes import add_note
from store.db.open import write
from store.host import clock
from store.host.i18n import sentence
from store.model.account import Link
from store.model.mailbox import Role
from tests.tui.conftest import Opened
from tests.tui.practice import LISTING, NOW, Practice, letter
from tests.tui.test_lists import second_account
from tui.widgets.status_line import StatusLine


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
        await person.sees("à décider (Q) : 1")
        await person.sees("bilan 2")


async def test_a_sync_moves_nothing_on_the_screen_while_a_question_waits(
    emptied: Practice, opened: Opened
) -> None:
    db = emptied.db
    node_started(db, os.getpid(), clock.now())
    hospital = second_account(emptied).account_id
    async with opened((80, 24)) as person:
        for link in (Link.ONLINE, Link.CONNECTING, Link.SYNCING, Link.ONLINE):
            for each in (emptied.account_id, hospital):
                set_link(db, each, link, synced_at=clock.now())
            await person.sees(f"hôpital {sentence(f'link.{link}')}")
            await person.sees("à décider (Q) : 1")
            assert person.find(StatusLine).size.height == 1


async def test_kept_on_the_screen_they_stay(emptied: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("Q")
        await person.sees("Le serveur n'a plus 2 des 3 lettres de « Réception »")
        await person.press("g")
        await person.sees("Lettres gardées ici, et seulement ici : 2.")
        await person.until(lambda: "à décider" not in person.text)
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
        await person.sees("à décider (Q) : 1")
        assert len(emptied.subjects(Role.INBOX)) == 3


async def test_what_was_chosen_for_the_person_is_said_above_the_letter(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("bilan"))
    (row,) = page_of_emails(practice.db, practice.inbox)
    with write(practice.db):
        add_note(practice.db, row.email_id, "merge.kept_flagged", now=NOW)
    async with opened((160, 30)) as person:
        await person.press("enter")
        await person.sees("Vous aviez supprimé cette lettre ici")


async def test_a_missing_mailbox_taken_out_is_shown_no_longer(
    practice: Practice, opened: Opened
) -> None:
    labos = practice.named("Labos")
    practice.deliver(letter("bilan"), mailbox=labos)
    remaining = [m for m in LISTING if m.name != "Labos"]
    save_listing(practice.db, practice.account_id, remaining, now=NOW)
    losses.lose(practice.db, labos, losses.on_server(practice.db, labos), held=1, now=NOW)
    async with opened((160, 30)) as person:
        await person.sees("Labos")
        await person.press("Q")
        await person.sees("Le serveur n'a plus la boîte « Labos »")
        await person.press("r", "o")
        await person.until(lambda: "Labos" not in person.text)


async def test_with_nothing_asked_the_key_says_so(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("Q")
        await person.sees("Rien ne vous est demandé.")


@pytest.mark.parametrize(("pressed", "state"), [("o", "yes"), ("n", "no")])
async def test_who_asks_for_a_receipt_is_answered_on_the_screen(
    practice: Practice, opened: Opened, pressed: str, state: str
) -> None:
    practice.deliver(letter("bilan", message_id="m1"))
    with write(practice.db):
        practice.db.execute(
            "INSERT INTO receipt_asked (email_id, asks_to, return_path, state, changed_at)"
            " SELECT id, 'bob@labo.example', '', 'ask', 1 FROM email"
        )
    async with opened() as person:
        await person.sees("à décider (Q) : 1")
        await person.press("Q")
        await person.sees("demande à savoir que vous avez lu « bilan »")
        await person.press(pressed)
        await person.until(lambda: "à décider" not in person.text)
        (found,) = asked_in(practice.db, None, ["yes", "no"])
        assert found.state == state

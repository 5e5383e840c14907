"""Composing a letter that leaves as a health document: the patient, the ticks, the node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from store.db.accounts import account, change_account
from store.db.authors import set_author
from store.db.drafts import draft, save_draft, send_draft
from store.db.whitelist import replace_whitelist
from store.model.document import Traits
from store.model.draft import Draft, HealthWish
from store.model.email import EmailAddress
from sync.dispatch.composing import dispatch_composed, look_at_composed
from tests.tui.conftest import Opened, Person
from tests.tui.health_world import from_hospital, read
from tests.tui.practice import NOW, Practice, letter
from tests.tui.test_writing import composing, kept, leaving
from tests.unit.dispatch.practice import AUTHOR, RESULTS
from tests.unit.documents import cda_maker
from tests.unit.documents.invented import PDF_OCTETS
from tui.about_patient import AboutPatient
from tui.screens.health_wish import BOXES, TickWish
from tui.screens.letter_form import LetterForm
from tui.widgets.ways import Ways

SIZE = (80, 24)
BOB, CARLA = "bob@chu.example", "carla@chu.example"


@pytest.fixture
def clinic(practice: Practice) -> Practice:
    """It says who writes, is in the trust space, and had a letter about somebody."""
    db = practice.db
    set_author(db, practice.account_id, AUTHOR, now=NOW)
    inside = ["cabinet.example", "chu.example", "patient.mssante.fr"]
    replace_whitelist(db, inside, digest=b"d", published_at=NOW, now=NOW)
    change_account(db, replace(account(db, practice.account_id), ca="igc-sante"))
    hprim = [("bilan.hpr", "text/plain", RESULTS.encode("cp1252"))]
    practice.deliver(letter("Bilan", sender="x@chu.example", documents=hprim))
    practice.deliver(from_hospital(cda_maker.cda(), "CR"), at=NOW - 9 * 86_400)
    read(db)
    return practice


async def node(clinic: Practice) -> int:
    """The node has its turn."""
    return await look_at_composed(clinic.db, now=NOW)


async def about(person: Person, *lines: str) -> None:
    """What stands of the document comes to say these."""
    shown = person.find(AboutPatient)
    for words in lines:
        await person.until(lambda words=words: words in shown.words, lambda: str(shown.words))


async def attach(person: Person, path: Path) -> None:
    """A document, by its path."""
    await person.press("ctrl+t")
    await person.sees("Document à joindre")
    person.find(Input).value = str(path)
    await person.press("enter")
    await person.sees(f"Joints : {path.name}")


async def answering_with_pdf(person: Person, tmp_path: Path) -> None:
    """An answer to the letter, with a PDF."""
    (tmp_path / "cr.pdf").write_bytes(PDF_OCTETS)
    await person.sees("Bilan")
    await composing(person, "r")
    await attach(person, tmp_path / "cr.pdf")


async def test_the_patient_of_the_letter_one_answers_is_offered_and_the_node_says_what_lacks(
    clinic: Practice, opened: Opened, tmp_path: Path
) -> None:
    async with opened(SIZE) as person:
        await answering_with_pdf(person, tmp_path)
        await person.press("ctrl+p")
        await person.sees("De qui parle cette lettre ?")
        await person.sees("LEROUX-ESSAI")
        await person.press("enter")
        await person.until(lambda: isinstance(person.app.screen, TickWish))
        await person.sees("[ ] INS qualifiée")
        await person.press("down", "enter", "escape")
        await about(person, "LEROUX-ESSAI ANAIS 14/03/1985", "aussi au patient", "à vérifier")
        await person.until(lambda: bool(kept(clinic.db)))
        assert await node(clinic) == 1
        await about(person, "× Il manque l'INS", "× On n'écrit au patient qu'avec une INS")
        await person.press("ctrl+s")
        await person.sees("Il manque l'INS ou un autre identifiant")
        assert leaving(clinic.db) == []
        await person.press("ctrl+p", "end", "enter")
        await person.until(lambda: not person.find(AboutPatient).display)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(clinic.db)[0].health is None


async def test_a_patient_is_found_by_name_and_the_way_to_their_own_mailbox_is_said(
    clinic: Practice, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "cr.pdf").write_bytes(PDF_OCTETS)
    async with opened(SIZE) as person:
        await composing(person, "c")
        await person.types("x@chu.example")
        await person.press("tab", "ctrl+p")
        await person.sees("De qui parle cette lettre ?")
        await person.types("BERN")
        await person.sees("BERNARD")
        await person.press("enter")
        await person.until(lambda: isinstance(person.app.screen, TickWish))
        await person.press("enter", "down", "enter", "escape")
        await about(person, "BERNARD (D'YS) PAULE", "acte du", "aussi au patient")
        ways = person.find(Ways)
        mailbox = f"✓ {cda_maker.INS}@patient.mssante.fr"
        await person.until(lambda: mailbox in ways.words, lambda: str(ways.words))
        await person.until(lambda: bool(kept(clinic.db)))
        assert await node(clinic) == 1
        await about(person, "× Il manque le contenu du document")
        await attach(person, tmp_path / "cr.pdf")
        await about(person, "… à vérifier")
        assert await node(clinic) == 1
        await about(person, "! Attention : ce PDF n'est pas")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(clinic.db)[0].health == person_s_wish(clinic)


async def test_what_was_seen_in_a_document_is_not_said_of_another(
    clinic: Practice, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "autre.pdf").write_bytes(PDF_OCTETS)
    async with opened(SIZE) as person:
        await answering_with_pdf(person, tmp_path)
        await person.press("ctrl+p")
        await person.sees("LEROUX-ESSAI")
        await person.press("enter")
        await person.until(lambda: isinstance(person.app.screen, TickWish))
        await person.press("down", *["enter", *["down"] * 3] * 2, "escape")
        await about(person, "aussi au patient · vu dans le document")
        await person.press("ctrl+g")
        await attach(person, tmp_path / "autre.pdf")
        await person.until(lambda: "vu dans" not in person.find(AboutPatient).words)
        wish = person.find(Ways).how.health
        assert wish is not None
        assert (wish.to_patient, wish.checked) == (True, False)


def person_s_wish(clinic: Practice) -> HealthWish:
    """What was ticked."""
    [found] = leaving(clinic.db)
    assert found.health
    assert (found.health.qualified, found.health.to_patient) == (True, True)
    return found.health


@pytest.mark.logs("draft.not_frozen")
async def test_what_the_node_could_not_send_is_told_and_taken_up_again(
    clinic: Practice, opened: Opened
) -> None:
    db, by = clinic.db, account(clinic.db, clinic.account_id)
    wish = HealthWish(patient=Traits(birth_name="LEROUX-ESSAI", given_names=("Anaïs",)))
    written = Draft(sender=EmailAddress(email=by.address), subject="Avis", health=wish)
    draft_id = save_draft(db, by.id, written, now=NOW)
    send_draft(db, draft_id, NOW)
    assert await dispatch_composed(db, by, now=NOW) == 0
    async with opened(SIZE) as person:
        await person.press("o")
        await person.sees("Le document de santé ne peut pas partir. Ouvrez la lettre")
        await composing(person, "enter")
        await about(person, "× Il manque l'INS", "× et ")


async def test_to_send_it_again_is_not_said_of_whoever_comes_since(
    clinic: Practice, opened: Opened
) -> None:
    db, by = clinic.db, account(clinic.db, clinic.account_id)
    wish = HealthWish(patient=Traits(birth_name="LEROUX-ESSAI"), again=True)
    to = (EmailAddress(email=BOB), EmailAddress(email=CARLA))
    written = Draft(sender=EmailAddress(email=by.address), to=to, subject="Avis", health=wish)
    save_draft(db, by.id, written, now=NOW)
    async with opened(SIZE) as person:
        await person.press("o")
        await person.sees("Avis")
        await composing(person, "enter")
        form = person.app.screen
        assert isinstance(form, LetterForm)

        async def written_to(people: str) -> bool:
            form.query_one("#to", Input).value = people
            await person.press("tab")
            await person.settles()
            assert form.ways.how.health
            return form.ways.how.health.again

        form.query_one("#to", Input).focus()
        assert await written_to(f"{BOB}, {CARLA}")
        form.query_one("#to", Input).focus()
        assert await written_to(BOB)
        form.query_one("#to", Input).focus()
        assert not await written_to(f"{BOB}, nouveau@labo.test")


@pytest.mark.parametrize("hurry", ["sent", "kept"])
async def test_whoever_is_still_being_typed_is_new_too(
    clinic: Practice, opened: Opened, hurry: str
) -> None:
    db, by = clinic.db, account(clinic.db, clinic.account_id)
    wish = HealthWish(patient=Traits(birth_name="LEROUX-ESSAI"), again=True)
    to = (EmailAddress(email=BOB),)
    written = Draft(sender=EmailAddress(email=by.address), to=to, subject="Avis", health=wish)
    draft_id = save_draft(db, by.id, written, now=NOW)
    async with opened(SIZE) as person:
        await person.press("o")
        await person.sees("Avis")
        await composing(person, "enter")
        form = person.app.screen
        assert isinstance(form, LetterForm)
        form.query_one("#to", Input).focus()
        await person.press("end")
        await person.types(", nouveau@labo.test")
        if hurry == "sent":
            await person.press("ctrl+s")
        else:
            await form.keep_quietly()
        await person.settles()
        assert form.ways.how.health
        assert not form.ways.how.health.again
        if hurry == "kept":
            health = draft(db, draft_id)[1].health
            assert health
            assert not health.again
        assert leaving(db) == []


async def test_to_send_it_again_is_said_of_those_who_are_there_when_it_is_ticked(
    clinic: Practice, opened: Opened
) -> None:
    db, by = clinic.db, account(clinic.db, clinic.account_id)
    wish = HealthWish(patient=Traits(birth_name="LEROUX-ESSAI"))
    to = (EmailAddress(email=BOB),)
    written = Draft(sender=EmailAddress(email=by.address), to=to, subject="Avis", health=wish)
    save_draft(db, by.id, written, now=NOW)
    async with opened(SIZE) as person:
        await person.press("o")
        await person.sees("Avis")
        await composing(person, "enter")
        form = person.app.screen
        assert isinstance(form, LetterForm)
        form.query_one("#to", Input).focus()
        await person.press("end")
        await person.types(", nouveau@labo.test")
        await person.press("ctrl+p")
        await person.until(lambda: isinstance(person.app.screen, TickWish))
        await person.press(*["down"] * BOXES.index("again"), "enter", "escape")
        await person.until(lambda: person.app.screen is form)
        await form.keep_quietly()
        assert form.ways.how.health
        assert form.ways.how.health.again


async def test_a_day_that_is_none_is_not_taken(clinic: Practice, opened: Opened) -> None:
    async with opened(SIZE) as person:
        await person.sees("Bilan")
        await composing(person, "r")
        await person.press("ctrl+p", "enter")
        await person.until(lambda: isinstance(person.app.screen, TickWish))
        day = person.app.screen.query_one("#day", Input)
        day.value = "10/2026"
        await person.press("escape")
        await person.sees("Ce n'est pas un jour passé")
        day.value = "24/10/2026"
        await person.press("escape")
        await about(person, "acte du 24/10/2026")


async def test_without_settings_the_person_is_told_what_to_do(
    practice: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await composing(person, "c")
        await person.press("ctrl+p")
        await person.sees("n'a pas de fiche")

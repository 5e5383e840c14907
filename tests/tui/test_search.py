"""Searching from the screen, and hearing of what the other process commits."""

from __future__ import annotations

from store.db.open import write
from store.db.parts import save_text, texts_wanted
from store.model.mailbox import Role
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter
from tui.feed import StoreChanged
from tui.widgets.letter_pane import LetterPane
from tui.widgets.words import Words


async def test_words_are_found_whatever_their_accents(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Œdème du poumon"), letter("Glycémie"))
    async with opened() as person:
        await person.press("slash")
        await person.types("oedeme")
        await person.sees("Lettres trouvées : 1")
        assert "Œdème du poumon" in person.text
        assert "Glycémie" not in person.text


async def test_what_is_typed_at_once_after_the_slash_is_searched_for(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Quantiféron"))
    async with opened() as person:
        await person.press("slash", "q", "u", "a", "n", "t", "enter")
        await person.sees("Lettres trouvées : 1")


async def test_nothing_found_is_said(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("slash")
        await person.types("absent")
        await person.sees("Aucune lettre ne contient tous ces mots.")


async def test_a_found_letter_is_read_filed_and_put_back(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Ferritine", "Ferritine 12 µg/l\n"))
    async with opened() as person:
        await person.press("slash")
        await person.types("ferritine")
        await person.press("enter")
        await person.sees("Lettres trouvées : 1")
        await person.press("enter")
        await person.sees("Ferritine 12 µg/l")
        await person.press("e")
        await person.sees("Rangée dans « Archives ».")
        assert practice.subjects(Role.ARCHIVE) == ["Ferritine"]
        await person.press("u")
        await person.sees("Remise dans « Réception ».")
        assert practice.subjects(Role.INBOX) == ["Ferritine"]


async def test_escape_closes_the_letter_then_the_search(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Ferritine"))
    async with opened() as person:
        await person.press("slash")
        await person.types("ferritine")
        await person.press("enter")
        await person.sees("Lettres trouvées : 1")
        await person.press("enter")
        await person.sees("Objet Ferritine")
        await person.press("escape")
        await person.sees("Lettres trouvées : 1")
        await person.press("escape")
        await person.sees("Réception : 1 lettre")


async def test_the_text_of_a_pdf_is_read_and_found(practice: Practice, opened: Opened) -> None:
    pdf = ("bilan.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")
    practice.deliver(letter("Bilan", documents=[pdf]))
    [wanted] = texts_wanted(practice.db, 5)
    with write(practice.db):
        save_text(practice.db, wanted, "Natrémie 139 mmol/l")
    async with opened() as person:
        await person.press("slash")
        await person.types("natremie")
        await person.press("enter")
        await person.sees("Lettres trouvées : 1")
        await person.press("enter")
        await person.until(lambda: person.find(LetterPane).parts.display)
        person.find(LetterPane).parts.focus()
        await person.press("enter")
        await person.sees("Natrémie 139 mmol/l")


def test_news_of_the_store_replaces_older_news() -> None:
    assert StoreChanged().can_replace(StoreChanged())


async def test_a_wrong_criterion_is_said_in_a_sentence(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Ferritine"))
    async with opened((160, 24)) as person:
        await person.press("slash")
        await person.types("frm:labo")
        await person.sees("« frm: » n'est pas un critère.")


async def test_what_was_found_before_does_not_stand_under_a_wrong_criterion(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Ferritine"))
    async with opened((160, 24)) as person:
        await person.press("slash")
        await person.types("ferritine")
        await person.sees("Labo du Port")
        await person.types(" frm:labo")
        await person.sees("« frm: » n'est pas un critère.")
        assert "Labo du Port" not in person.text
        await person.press(*["backspace"] * len(" frm:labo"))
        await person.sees("Labo du Port")


async def test_the_criteria_that_exist_are_read_to_the_last(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Bilan"))
    async with opened() as person:
        await person.press("slash")
        await person.sees("taille:")
        await person.types("truc:x")
        await person.sees("n'est pas un critère")
        await person.sees("réseau:.")


async def test_what_a_letter_says_of_the_words_is_shown_and_marked(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(
        letter("Bilan", "Bonjour,\n" + "mot " * 40 + "\nla Ferritine est basse\x1b[2J\n")
    )
    async with opened() as person:
        await person.press("slash")
        await person.types("ferritine")
        await person.sees("la Ferritine est basse␛[2J")
        shown = person.app.screen.query_one("#excerpt", Words)
        assert [shown.words[start:end] for start, end in shown.marks] == ["Ferritine"]


async def test_the_order_is_by_date_or_by_subject(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("Ferritine"), letter("Avis", "ferritine\n"))
    async with opened() as person:
        await person.press("slash")
        await person.types("ferritine")
        await person.press("enter")
        await person.sees("Lettres trouvées : 2")
        assert person.text.index("Avis") < person.text.index("  Ferritine")
        await person.press("ctrl+t")
        await person.sees("D'abord celles qui le disent dans leur objet.")
        assert person.text.index("  Ferritine") < person.text.index("Avis")


async def test_while_letters_wait_to_be_read_a_search_says_that_there_may_be_more(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Ferritine"), letter("Ferritine encore"))
    with write(practice.db):
        practice.db.execute("UPDATE email SET derived_version = 0 WHERE id = 2")
    async with opened((120, 24)) as person:
        await person.press("slash")
        await person.types("ferritine")
        await person.sees("Lettres trouvées : 2. Toutes les lettres ne sont pas encore lues")

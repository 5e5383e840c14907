"""Reading and filing letters, one gesture at a time."""

from __future__ import annotations

import stat
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from textual.events import Key

from store.model.email import SEEN, EmailAddress
from store.model.mailbox import Role
from tests.tui.conftest import Opened
from tests.tui.practice import ALICE, Practice, letter
from tui.screens.patients import PatientsScreen
from tui.widgets.letter_pane import LetterPane, people


async def test_the_newest_letter_is_on_top(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("la première"), letter("la seconde"))
    async with opened() as person:
        await person.sees("la seconde")
        assert person.text.index("la seconde") < person.text.index("la première")


async def test_enter_opens_the_letter_and_wishes_it_seen(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Résultats", "Glycémie 1,05 g/l."))
    async with opened() as person:
        await person.sees("Résultats")
        await person.press("enter")
        await person.sees("Glycémie 1,05 g/l.")
        await person.settles()
        assert practice.keywords() == [SEEN]


async def test_the_address_stands_before_the_name(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter(sender='"banque@sure.example" <voleur@loin.example>'))
    async with opened() as person:
        await person.press("enter")
        await person.sees("voleur@loin.example (banque@sure.example)")


async def test_on_a_small_screen_the_letter_takes_the_place_of_the_list(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("une"), letter("deux"))
    async with opened((80, 24)) as person:
        await person.press("enter")
        await person.sees("Objet deux")
        assert "Réception" not in person.text
        await person.press("escape")
        await person.sees("Réception")


async def test_on_a_large_screen_the_list_stays_beside_the_letter(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("une"), letter("deux"))
    async with opened((200, 60)) as person:
        await person.press("enter")
        await person.sees("Objet deux")
        assert "Réception" in person.text
        assert "une" in person.text


@pytest.mark.parametrize("pressed", ["e", "d", "asterisk", "r", "m", "t", "L", "w"])
async def test_in_the_left_column_no_key_touches_a_letter(
    practice: Practice, opened: Opened, pressed: str
) -> None:
    practice.deliver(letter("une"), letter("deux"))
    async with opened() as person:
        await person.sees("e archiver")
        await person.press("shift+tab")
        await person.until(lambda: "e archiver" not in person.text)
        await person.press(pressed)
        await person.sees("Le curseur est dans la colonne de gauche")
        assert practice.keywords() == ["", ""]
        await person.press("tab", "e")
        await person.until(lambda: practice.subjects(Role.INBOX) == ["une"])


async def test_in_the_left_column_the_key_of_patients_is_for_all_of_them(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("une"))
    async with opened() as person:
        await person.sees("e archiver")
        await person.press("shift+tab", "I")
        await person.until(lambda: isinstance(person.app.screen, PatientsScreen))


async def test_a_star_is_wished_and_undone(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter())
    async with opened() as person:
        await person.press("asterisk")
        await person.sees("Étoile mise. (u : annuler)")
        assert practice.keywords() == ["$flagged"]
        await person.press("u")
        await person.sees("Marque annulée.")
        assert practice.keywords() == [""]


async def test_archiving_moves_to_the_archive_and_back_again(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("à ranger"))
    async with opened() as person:
        await person.sees("à ranger")
        await person.press("e")
        await person.sees("Rangée dans « Archives ».")
        await person.until(lambda: "à ranger" not in person.text)
        assert practice.subjects(Role.ARCHIVE) == ["à ranger"]
        await person.press("u")
        await person.sees("à ranger")
        assert practice.subjects(Role.INBOX) == ["à ranger"]


async def test_deleting_moves_to_the_trash(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("publicité"))
    async with opened() as person:
        await person.press("d")
        await person.sees("Corbeille ».")
        assert practice.subjects(Role.TRASH) == ["publicité"]


async def test_deleting_in_the_trash_asks_first(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("vieille"), mailbox=practice.mailbox(Role.TRASH))
    async with opened() as person:
        await person.press("shift+tab")
        await person.press("end", "enter")
        await person.sees("vieille")
        await person.press("d")
        await person.sees("Supprimer cette lettre pour de bon ?")
        await person.press("enter", "n")
        await person.settles()
        assert practice.subjects(Role.TRASH) == ["vieille"]
        await person.press("d", "o")
        await person.sees("Supprimée.")
        assert practice.subjects(Role.TRASH) == []
        await person.press("u")
        await person.sees("La lettre est remise.")
        assert practice.subjects(Role.TRASH) == ["vieille"]


async def test_a_letter_is_filed_where_one_chooses(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("pour les labos"))
    async with opened() as person:
        await person.press("m")
        await person.sees("Ranger la lettre dans :")
        await person.press("down", "down", "enter")
        await person.sees("Rangée dans « Labos ».")
        assert practice.subjects(Role.INBOX) == []


async def test_the_next_letter_opens_without_going_back(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("ancienne"), letter("récente"))
    async with opened() as person:
        await person.press("enter")
        await person.sees("Objet récente")
        await person.press("J")
        await person.sees("Objet ancienne")
        await person.press("K")
        await person.sees("Objet récente")


async def test_a_key_acts_on_the_letter_that_is_read(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("ancienne"), letter("récente"))
    async with opened((200, 60)) as person:
        await person.press("down", "enter")
        await person.sees("Objet ancienne")
        await person.press("e")
        await person.sees("Archives ».")
        assert practice.subjects(Role.ARCHIVE) == ["ancienne"]


async def test_a_long_letter_is_read_to_its_end(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter(body="\n".join(f"ligne {n}" for n in range(5000))))
    async with opened() as person:
        await person.press("enter")
        await person.sees("ligne 3")
        await person.press("end")
        await person.sees("ligne 4999")


async def test_a_letter_without_archive_says_what_to_do(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter(), mailbox=practice.mailbox(Role.ARCHIVE))
    async with opened() as person:
        await person.press("shift+tab", "down", "down", "enter")
        await person.sees("Archives : 1 lettre")
        await person.press("e")
        await person.sees("La lettre est déjà dans « Archives ».")


PDF = ("glycémie.pdf", "application/pdf", b"%PDF-1.7 not really\n%%EOF")


async def test_attachments_are_listed_with_type_and_size(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter(documents=[PDF, ("suspect.pdf.exe", "application/pdf", b"MZ" * 600)]))
    async with opened((120, 40)) as person:
        await person.press("enter")
        await person.sees("glycémie.pdf")
        assert "PDF  25 o" in person.text
        assert "[nom suspect" in person.text
        assert "1 ko" in person.text


async def test_the_first_document_says_which_key_leads_to_it_until_one_is_there(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        await person.press("enter")
        await person.sees("Tab : y aller")
        await person.press("tab")
        await person.until(lambda: "Tab : y aller" not in person.text)


async def test_a_letter_within_the_letter_is_called_by_what_it_is_about(
    practice: Practice, opened: Opened
) -> None:
    made = message_from_bytes(letter(), policy=default)
    assert isinstance(made, EmailMessage)
    made.add_attachment(message_from_bytes(letter("Bilan de mars"), policy=default))
    practice.deliver(made.as_bytes())
    async with opened((120, 40)) as person:
        await person.press("enter")
        await person.sees("+ message joint : Bilan de mars")
        assert "sans nom" not in person.text.split("message joint")[0]


def test_who_was_cut_off_is_not_counted_as_nobody() -> None:
    many = [EmailAddress(email=f"a{n}@x.example") for n in range(10)]
    assert people(many).endswith(", et 2 autres")
    assert people(many, cut=True).endswith(", et au moins 2 autres")
    assert people(many[:8], cut=True).endswith("a7@x.example")


async def test_saving_writes_the_octets_for_their_owner_only(
    practice: Practice, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        await person.press("enter", "s")
        await person.sees(f"{tmp_path}/glycémie.pdf"[:40])
        await person.press("enter")
        await person.sees("Enregistré :")
    saved = tmp_path / "glycémie.pdf"
    assert saved.read_bytes() == PDF[2]
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


async def test_saving_never_overwrites(
    practice: Practice, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "glycémie.pdf").write_text("un autre")
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        await person.press("enter", "s", "enter")
        await person.sees("existe déjà et n'a pas été touché")
        assert (tmp_path / "glycémie.pdf").read_text() == "un autre"
        await person.press("escape")


async def test_a_document_whose_text_is_not_read_yet_says_so(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        await person.press("enter")
        await person.until(lambda: person.find(LetterPane).parts.display)
        person.find(LetterPane).parts.focus()
        await person.press("enter")
        await person.sees("n'est pas encore lu. Réessayez")


async def test_a_text_document_is_read_on_the_screen(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter(documents=[("note.csv", "text/csv", b"sodium;142\n")]))
    async with opened() as person:
        await person.press("enter")
        await person.until(lambda: person.find(LetterPane).parts.display)
        person.find(LetterPane).parts.focus()
        await person.press("enter")
        await person.sees("sodium;142")
        await person.press("escape")
        await person.sees(ALICE)


async def test_keys_pressed_in_a_burst_are_each_meant_for_the_next_letter(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(*(letter(f"lettre {n}") for n in range(4)))
    async with opened() as person:
        await person.sees("lettre 3")
        for _ in range(3):
            person.app.post_message(Key("e", "e"))
        await person.until(lambda: len(practice.subjects(Role.ARCHIVE)) == 3)
        await person.settles()
        assert practice.subjects(Role.INBOX) == ["lettre 0"]

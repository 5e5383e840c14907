"""What helps to write: templates, spelling, another editor, another hour, pasted documents."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from store.db.accounts import add_account
from store.db.drafts import drafts_waiting
from store.db.sender_identities import change_identity
from store.db.templates import Template, save_template
from store.model.account import Endpoint
from store.model.sender_identity import Quote, SenderIdentity
from tests.tui.conftest import Opened, Person
from tests.tui.practice import NOW, Practice, letter
from tests.tui.test_writing import composing, field, kept, leaving
from tui.screens import letter_form
from tui.screens.composer import ComposerScreen
from tui.widgets.writing_area import WritingArea

SIZE = (120, 30)
SIGNED = SenderIdentity(signature="Dr Alice Martin\n12 rue du Port")


def text(person: Person) -> str:
    """What is written in the composer."""
    return person.find(WritingArea).text


async def write(person: Person, to: str = "bob@labo.example", subject: str = "Avis") -> None:
    """A letter begun, the cursor at the end of its text."""
    await composing(person, "c")
    person.app.screen.query_one("#to", Input).value = to
    person.app.screen.query_one("#subject", Input).value = subject
    written = person.find(WritingArea)
    written.text = "Bonjour"
    written.move_cursor(written.document.end)
    written.focus()
    await person.settles()


def template(practice: Practice, body: str, subject: str = "") -> None:
    """Keep one."""
    save_template(practice.db, Template("courrier", subject, body), now=NOW)


async def test_a_template_is_filled_in_and_what_it_lacks_keeps_the_letter_here(
    practice: Practice, opened: Opened
) -> None:
    template(practice, "Cher {destinataire},\nje vous adresse {patient}.\n", "Avis pour {patient}")
    async with opened(SIZE) as person:
        await write(person, to='"Dr Bob" <bob@labo.example>', subject="")
        await person.press("f2")
        await person.sees("Modèle à mettre dans la lettre")
        await person.press("enter")
        await person.sees("Cher Dr Bob,")
        assert field(person, "subject") == "Avis pour [[patient]]"
        assert "je vous adresse [[patient]]." in text(person)
        await person.press("ctrl+s")
        await person.sees("Il reste à remplir : patient.")
        assert leaving(practice.db) == []
        await person.types("M. P")
        assert "je vous adresse M. P." in text(person)
        await person.press("f3")
        await person.until(lambda: person.app.screen.query_one("#subject").has_focus)
        await person.types("M. P")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(practice.db)[0].subject == "Avis pour M. P"


async def test_without_a_template_the_way_to_one_is_said(
    practice: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await write(person)
        await person.press("f2")
        await person.sees("« pli template add NOM FICHIER »")


async def test_a_letter_leaves_at_the_time_that_was_said(
    practice: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await write(person)
        await person.press("f6")
        await person.sees("Envoyer quand ?")
        await person.types("hier")
        await person.press("enter")
        await person.sees("Ce n'est pas un moment à venir.")
        person.find(Input).value = "12/03/2031 8h"
        await person.press("enter")
        await person.sees("Partira le 12 mars 2031, 08:00 pour bob@labo.example. (u : annuler)")
        [(_, send_at, _)] = drafts_waiting(practice.db)
        assert send_at == int(datetime(2031, 3, 12, 8).timestamp())
        await person.press("u")
        await person.sees("L'envoi est arrêté")


async def test_a_new_letter_ends_with_the_signature_and_an_untouched_one_is_not_kept(
    practice: Practice, opened: Opened
) -> None:
    change_identity(practice.db, practice.account_id, SIGNED)
    async with opened(SIZE) as person:
        await composing(person, "c")
        assert text(person) == "\n\n-- \nDr Alice Martin\n12 rue du Port\n"
        await person.press("escape")
        await person.until(lambda: not isinstance(person.app.screen, ComposerScreen))
        await person.settles()
        assert kept(practice.db) == []


async def test_another_sender_signs_otherwise(practice: Practice, opened: Opened) -> None:
    change_identity(practice.db, practice.account_id, SIGNED)
    nowhere = Endpoint(host="h.example", port=1)
    other = add_account(
        practice.db, name="b", address="b@b.example", imap=nowhere, smtp=nowhere, user="b"
    )
    change_identity(practice.db, other, SenderIdentity(signature="Secrétariat"))
    async with opened(SIZE) as person:
        await composing(person, "c")
        await person.press("ctrl+o")
        await person.until(lambda: text(person) == "\n\n-- \nSecrétariat\n")
        await person.press("ctrl+o")
        await person.until(lambda: text(person) == "\n\n-- \nDr Alice Martin\n12 rue du Port\n")


async def test_an_answer_below_what_it_repeats_begins_there(
    practice: Practice, opened: Opened
) -> None:
    change_identity(practice.db, practice.account_id, SenderIdentity(quote=Quote.ABOVE))
    practice.deliver(letter("Potassium", "K 5,9\nsuite\n"))
    async with opened(SIZE) as person:
        await person.sees("Potassium")
        await composing(person, "r")
        await person.types("Vu")
        assert text(person).endswith("> K 5,9\n> suite\n\nVu")


async def test_a_pasted_path_is_attached_once_the_person_agrees(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    pdf = tmp_path / "bilan du 14.pdf"
    pdf.write_bytes(b"%PDF-1.7\n%%EOF")
    async with opened(SIZE) as person:
        await write(person)
        person.app.post_message(Paste(f"'{pdf}'\n"))
        await person.sees("Joindre ce qui vient d'être collé (1) : bilan du 14.pdf ?")
        await person.press("o")
        await person.sees("Joints : bilan du 14.pdf (14 o)")
        assert text(person) == "Bonjour"
        person.app.post_message(Paste(str(pdf)))
        await person.sees("Joindre ce qui vient d'être collé")
        await person.press("n")
        await person.until(lambda: text(person) == f"Bonjour{pdf}")
        person.app.post_message(Paste(" et /etc"))
        await person.until(lambda: text(person) == f"Bonjour{pdf} et /etc")


async def test_tab_completes_the_path_of_a_document(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    for name in ("bilan-a.pdf", "bilan-b.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.7\n%%EOF")
    async with opened(SIZE) as person:
        await write(person)
        await person.press("ctrl+t")
        await person.sees("Tab : compléter")
        person.find(Input).value = f"{tmp_path}/bi"
        person.find(Input).cursor_position = len(f"{tmp_path}/bi")
        await person.press("tab")
        await person.sees("bilan-a.pdf   bilan-b.pdf")
        assert person.find(Input).value == f"{tmp_path}/bilan-"
        await person.types("b")
        await person.press("tab", "enter")
        await person.sees("Joints : bilan-b.pdf")
        await person.press("ctrl+g")
        await person.until(lambda: "Joints :" not in person.text)
        await person.press("ctrl+g")
        await person.sees("Rien n'est joint.")


async def test_the_text_goes_to_another_editor_and_comes_back(
    practice: Practice, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "ed"
    script.write_text(
        f"#!{sys.executable}\nimport sys, os, stat\np = sys.argv[1]\n"
        "assert stat.S_IMODE(os.stat(p).st_mode) == 0o600\n"
        "assert stat.S_IMODE(os.stat(os.path.dirname(p)).st_mode) == 0o700\n"
        "t = open(p, encoding='utf-8').read()\nopen(p + '~', 'w').write(t)\n"
        "open(p, 'w', encoding='utf-8').write(t.replace('Bonjour', 'Chère amie') + '\\n')\n",
        encoding="utf-8",
    )
    script.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.delenv("VISUAL", raising=False)
    place = tmp_path / "run"
    place.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))

    @contextmanager
    def nothing_to_suspend() -> Iterator[None]:
        yield

    async with opened(SIZE) as person:
        await write(person)
        monkeypatch.setattr(person.app, "suspend", nothing_to_suspend)
        await person.press("f4")
        await person.until(lambda: text(person) == "Chère amie")
        assert list(place.iterdir()) == []
        await person.until(lambda: [each.body for each in kept(practice.db)] == ["Chère amie"])
        script.write_text(f"#!{sys.executable}\nraise SystemExit(1)\n", encoding="utf-8")
        await person.press("f4")
        await person.sees("L'éditeur n'a rien rendu")
        assert text(person) == "Chère amie"
        assert list(place.iterdir()) == []


async def test_a_receipt_and_an_answer_are_asked_for_and_kept_with_the_draft(
    practice: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await write(person)
        await person.press("f9")
        await person.sees("F9 accusé de lecture : oui")
        await person.press("f5")
        await person.sees("Réponse attendue avant quand ?")
        person.find(Input).value = "12/03/2031 18h"
        await person.press("enter")
        await person.sees("Sans réponse, qui prévenir ?")
        person.find(Input).value = "chef"
        await person.press("enter")
        await person.sees("Ce n'est pas une adresse")
        person.find(Input).value = "chef@labo.test"
        await person.press("enter")
        await person.sees("F5 réponse avant le 12 mars 2031, 18:00, sinon")
        await person.sees("avis à chef@labo.test")
        await person.press("escape")
        await person.sees("Brouillon gardé")
        [draft] = kept(practice.db)
        assert draft.receipt
        assert draft.answer_by == int(datetime(2031, 3, 12, 18).timestamp())
        assert draft.tell == "chef@labo.test"


async def test_what_is_typed_is_kept_when_the_typing_pauses(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_form, "PAUSE_SECONDS", 0.05)
    async with opened(SIZE) as person:
        await composing(person, "c")
        await person.settles()
        assert kept(practice.db) == []
        person.find(WritingArea).text = "à moitié"
        await person.until(lambda: [each.body for each in kept(practice.db)] == ["à moitié"])
        person.app.screen.query_one("#subject", Input).value = "Avis"
        await person.until(lambda: [each.subject for each in kept(practice.db)] == ["Avis"])

"""Writing: new letters, answers, drafts, the ten seconds to call a letter back."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, TextArea

from store.db.drafts import draft, drafts, drafts_waiting
from store.db.open import Connection
from store.model.draft import Draft
from tests.tui.conftest import Opened, Person
from tests.tui.practice import ALICE, Practice, letter
from tui.screens.composer import ComposerScreen


def kept(db: Connection) -> list[Draft]:
    """Drafts that have not been told to leave."""
    return [draft(db, draft_id)[1] for draft_id in drafts(db)]


def leaving(db: Connection) -> list[Draft]:
    """Drafts told to leave."""
    return [draft(db, draft_id)[1] for draft_id, _, _ in drafts_waiting(db)]


def field(person: Person, name: str) -> str:
    """What is in a field of the composer."""
    return person.app.screen.query_one(f"#{name}", Input).value


async def composing(person: Person, *keys: str) -> None:
    """Press keys that lead to the composer, and wait for it."""
    await person.press(*keys)
    await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
    await person.settles()


async def kept_and_taken_up(person: Person) -> None:
    """Leave the letter as a draft; go on with it from the outbox."""
    await person.press("escape")
    await person.sees("Brouillon gardé")
    await person.press("o")
    await person.sees("brouillon")
    await composing(person, "enter")


async def write(person: Person, to: str = "bob@labo.example", subject: str = "Avis") -> None:
    """Fill a new letter, and stay in its text."""
    await person.press("c")
    await person.types(to)
    await person.press("tab", "tab", "tab")
    await person.types(subject)
    await person.press("tab")
    await person.types("Bonjour")


async def test_a_letter_leaves_after_ten_seconds_and_its_recipients_are_said(
    practice: Practice, opened: Opened
) -> None:
    async with opened((120, 30)) as person:
        await write(person)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s pour bob@labo.example. (u : annuler)")
        [sent] = leaving(practice.db)
        assert (sent.to[0].email, sent.subject, sent.body) == (
            "bob@labo.example",
            "Avis",
            "Bonjour",
        )
        assert sent.sender.email == ALICE
        [(_, send_at, _)] = drafts_waiting(practice.db)
        assert send_at - person.app.now() in range(5, 11)


async def test_u_calls_a_letter_back_and_opens_it_again(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await write(person)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        await person.press("u")
        await person.sees("L'envoi est arrêté")
        assert leaving(practice.db) == []
        assert field(person, "subject") == "Avis"


async def test_leaving_the_composer_keeps_a_draft_that_can_be_taken_up(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await write(person, to="bob@lab", subject="pas fini")
        await person.press("escape")
        await person.sees("Brouillon gardé")
        assert [d.subject for d in kept(practice.db)] == ["pas fini"]
        await person.press("o")
        await person.sees("brouillon")
        await composing(person, "enter")
        assert field(person, "to") == "bob@lab"


async def test_an_untouched_letter_leaves_no_draft(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await composing(person, "c")
        await person.press("escape")
        await person.until(lambda: not isinstance(person.app.screen, ComposerScreen))
        await person.settles()
        assert kept(practice.db) == []


async def test_a_draft_is_thrown_away_only_once_confirmed(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await write(person)
        await kept_and_taken_up(person)
        await person.press("ctrl+d")
        await person.sees("Jeter ce brouillon ?")
        await person.press("n")
        await person.settles()
        assert len(kept(practice.db)) == 1
        await person.press("ctrl+d")
        await person.sees("Jeter ce brouillon ?")
        await person.press("o")
        await person.until(lambda: kept(practice.db) == [])
        await person.sees("Brouillon jeté.")


async def test_a_wrong_address_is_said_and_nothing_leaves(
    practice: Practice, opened: Opened
) -> None:
    async with opened((160, 30)) as person:
        await write(person, to="bob at labo")
        await person.press("ctrl+s")
        await person.sees("bob at labo")
        await person.settles()
        assert isinstance(person.app.screen, ComposerScreen)
        assert leaving(practice.db) == []


async def test_a_letter_to_nobody_does_not_leave(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await write(person, to="")
        await person.press("ctrl+s")
        await person.sees("Il manque un destinataire.")
        assert leaving(practice.db) == []


async def test_a_letter_without_subject_leaves_only_once_confirmed(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        await write(person, subject="")
        await person.press("ctrl+s")
        await person.sees("n'a pas d'objet")
        await person.press("o")
        await person.sees("Part dans 10 s")
        assert len(leaving(practice.db)) == 1


async def test_an_answer_goes_to_the_sender_and_quotes_the_letter(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Potassium", "K 5,9 mmol/l\n", message_id="k1"))
    async with opened() as person:
        await person.sees("Potassium")
        await composing(person, "r")
        assert field(person, "to") == '"Labo du Port" <labo@port.example>'
        assert field(person, "subject") == "Re: Potassium"
        text = person.find(TextArea).text
        assert "> K 5,9 mmol/l" in text
        assert "Labo du Port a écrit :" in text
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(practice.db)[0].in_reply_to == "k1@port.example"
        assert practice.keywords() == ["$answered"]


async def test_an_answer_to_all_leaves_us_out(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter(to=f"{ALICE}, bob@labo.example", cc="carole@centre.example"))
    async with opened() as person:
        await person.sees("Résultats")
        await composing(person, "R")
        assert field(person, "cc") == "bob@labo.example, carole@centre.example"


async def test_a_forward_carries_the_documents(practice: Practice, opened: Opened) -> None:
    pdf = ("bilan.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")
    practice.deliver(letter("Bilan", documents=[pdf]))
    async with opened() as person:
        await person.sees("Bilan")
        await composing(person, "f")
        await person.sees("Joints : bilan.pdf (14 o)")
        assert field(person, "subject") == "Fwd: Bilan"


async def test_a_document_is_attached_by_its_path(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "bilan.pdf").write_bytes(b"%PDF-1.7\n%%EOF")
    async with opened((120, 30)) as person:
        await write(person)
        await person.press("ctrl+t")
        await person.sees("Document à joindre")
        person.find(Input).value = str(tmp_path / "absent.pdf")
        await person.press("enter")
        await person.sees("ne peut pas être lu")
        person.find(Input).value = str(tmp_path / "bilan.pdf")
        await person.press("enter")
        await person.sees("Joints : bilan.pdf (14 o)")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        [attached] = leaving(practice.db)[0].attachments
        assert (attached.name, attached.media_type) == ("bilan.pdf", "application/pdf")


async def test_without_an_account_writing_says_what_to_do(opened: Opened) -> None:
    async with opened() as person:
        await person.press("c")
        await person.sees("« A » puis « n » à l'écran")

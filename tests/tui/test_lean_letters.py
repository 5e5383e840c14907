"""Letters that are not whole: shown for what they are, never answered or sent on by mistake."""

from __future__ import annotations

from store.db import outlines
from store.db.announcing import Announced, announce
from store.db.emails import page_of_emails
from store.model.email import NO_KEYWORDS, Came, Outline
from store.model.ids import EmailId
from sync.derive import derive_emails
from sync.replica.identity import message_id_of
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice, letter

LETTER = letter(
    "Radio du 3",
    "Voir le document.\n" * 3,
    documents=[("radio.pdf", "application/pdf", b"%PDF-1.4" + b"x" * 9000)],
)


def begun(practice: Practice, octets: int) -> EmailId:
    """Let a letter be announced, and its first octets come."""
    header = (
        b"From: labo@port.example\r\nSubject: Radio du 3\r\nMessage-ID: <r@port.example>\r\n\r\n"
    )
    outline = Outline(header=header, size=len(LETTER), received_at=NOW - 60, urgent=False)
    announce(
        practice.db,
        practice.account_id,
        practice.inbox,
        [Announced(1, NO_KEYWORDS, outline)],
        message_id_of=message_id_of,
    )
    email_id = page_of_emails(practice.db, practice.inbox)[0].email_id
    if octets:
        outlines.add_ranges(practice.db, [Came(email_id, 0, LETTER[:octets], False)])
    derive_emails(practice.db)
    return email_id


async def test_a_letter_only_announced_is_in_the_list_and_says_so_when_opened(
    practice: Practice, opened: Opened
) -> None:
    begun(practice, 0)
    async with opened((120, 30)) as person:
        await person.sees("Radio du 3")
        await person.press("enter")
        await person.sees("Début de la lettre seulement")
        assert "n'a pas de texte" not in person.text


async def test_the_rest_is_asked_for_by_a_key(practice: Practice, opened: Opened) -> None:
    email_id = begun(practice, 600)
    async with opened((120, 30)) as person:
        await person.press("enter")
        await person.sees("Voir le document.")
        await person.press("w")
        await person.sees("Le reste de cette lettre est demandé")
        assert outlines.last_wanted(practice.db, practice.account_id) > 0
        outlines.add_ranges(practice.db, [Came(email_id, 600, LETTER[600:], True)])
        derive_emails(practice.db)
        await person.until(lambda: "Début de la lettre" not in person.text)
        await person.sees("radio.pdf")
        await person.press("w")
        await person.sees("Cette lettre est déjà entière")


async def test_a_letter_begun_can_be_answered_and_not_sent_on(
    practice: Practice, opened: Opened
) -> None:
    begun(practice, 600)
    async with opened((120, 30)) as person:
        await person.press("f")
        await person.sees("pas encore entière ici")
        await person.press("r")
        await person.sees("> Voir le document.")


async def test_a_letter_only_announced_cannot_be_answered(
    practice: Practice, opened: Opened
) -> None:
    begun(practice, 0)
    async with opened((120, 30)) as person:
        await person.press("r")
        await person.sees("pas encore entière ici")


async def test_a_document_not_whole_is_not_saved(practice: Practice, opened: Opened) -> None:
    begun(practice, 1500)
    async with opened((120, 30)) as person:
        await person.press("enter")
        await person.sees("radio.pdf")
        await person.press("s")
        await person.settles()
        assert "pas encore entière" in person.text

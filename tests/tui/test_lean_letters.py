"""Letters that are not whole: shown for what they are, never answered or sent on by mistake."""

from __future__ import annotations

from store.db import link, outlines, part_ranges, structures
from store.db.announcing import Announced, announce
from store.db.emails import page_of_emails
from store.model.email import NO_KEYWORDS, Came, Outline, TransferEncoding
from store.model.ids import EmailId
from store.model.link import Budget
from store.model.structure import AnnouncedPart, Kind, PartCame
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


def described(practice: Practice, count: int) -> EmailId:
    """A letter begun whose server says it has so many documents."""
    email_id = begun(practice, 600)
    text = AnnouncedPart(number="1", media_type="text/plain", length=60, is_body=True)
    documents = [
        AnnouncedPart(
            number=str(n + 2),
            media_type="application/pdf",
            name=f"bilan{n}.pdf",
            transfer_encoding=TransferEncoding.BASE64,
            length=78_000 * (n + 1),
        )
        for n in range(count)
    ]
    structures.save_structures(
        practice.db, {email_id: [text, *documents]}, kind_of=lambda _: Kind.LETTER
    )
    budget = Budget(price_per_megabyte=250_000, currency="€")
    link.set_budget(practice.db, practice.account_id, budget)
    return email_id


async def test_each_document_says_what_it_would_cost(practice: Practice, opened: Opened) -> None:
    described(practice, 2)
    async with opened((120, 30)) as person:
        await person.press("enter")
        await person.sees("radio.pdf")
        await person.sees("57 ko  pas encore ici : 78,0 ko, 0,02 €")
        await person.sees("pas encore ici : 156,0 ko, 0,04 €")


async def test_more_documents_than_there_is_room_for_are_told_of_and_reached(
    practice: Practice, opened: Opened
) -> None:
    described(practice, 9)
    async with opened((120, 30)) as person:
        await person.press("enter")
        await person.sees("3 de plus ↓")
        assert "bilan8.pdf" not in person.text
        await person.press("shift+tab")
        await person.press("end")
        await person.sees("bilan8.pdf")


async def test_one_document_is_asked_for_by_its_key_and_opened_before_the_letter_is_whole(
    practice: Practice, opened: Opened
) -> None:
    email_id = described(practice, 3)
    async with opened((120, 30)) as person:
        await person.press("enter")
        await person.sees("bilan2.pdf")
        await person.press("shift+tab", "down", "enter")
        await person.sees("Ce document n'est pas encore ici")
        await person.press("s")
        await person.settles()
        assert "Ce document n'est pas encore ici" in person.text
        await person.press("w")
        await person.sees("demandé, 0 o déjà ici")
        [wanted] = structures.wanted_parts(practice.db, practice.account_id)
        assert (wanted.email_id, wanted.number) == (email_id, "3")
        [waiting] = outlines.unwhole(practice.db, practice.account_id)
        assert waiting.wanted_at == 0
        came = PartCame(offset=0, octets=b"%PDF-1.4", binary=True, ends=False, size=16)
        part_ranges.add_part_range(practice.db, email_id, "3", came)
        await person.sees("demandé, 8 o déjà ici, reste 8 o")
        came = PartCame(offset=8, octets=b" a result", binary=True, ends=True)
        part_ranges.add_part_range(practice.db, email_id, "3", came)
        await person.until(lambda: "demandé" not in person.text.replace("est demandé", ""))
        await person.press("s")
        await person.sees("Enregistrer")

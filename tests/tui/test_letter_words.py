"""Headers that are missing or lie: nothing is left empty, nothing is said that nobody said."""

from __future__ import annotations

import pytest

from store.db.emails import email, page_of_emails
from store.model.email import Email, Part
from store.model.submission import Recipient, RecipientState
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice
from tui.letter_words import MOST_SPOKEN, date_words, kind_words, spoken_subject, subject_words
from tui.plain import cells, said
from tui.when import long_date
from tui.widgets.letter_pane import return_lines

ACCEPTED, AT = RecipientState.ACCEPTED, long_date(NOW)
TAKEN = said("tui.letter.nothing_since")
BARE = b"Message-ID: <bare@test>\r\n\r\nBonjour\r\n"


def arrived(practice: Practice, octets: bytes) -> Email:
    """A letter, as it is read."""
    practice.deliver(octets, at=NOW)
    row = page_of_emails(practice.db, practice.inbox)[0]
    return email(practice.db, row.email_id)


async def test_a_letter_that_names_nobody_and_nothing_says_so(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(BARE)
    async with opened() as person:
        await person.sees("(sans expéditeur)   (sans objet)")
        await person.press("enter")
        await person.sees("De    (sans expéditeur)")
        await person.sees("Objet (sans objet)")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "reçue le 26 oct"),
        ("Date: le 32 brumaire\r\n", "reçue le 26 oct"),
        ("Date: Fri, 31 Dec 9999 23:59:59 -1200\r\n", "reçue le 26 oct"),
        ("Date: Thu, 26 Nov 2099 10:00:00 +0000\r\n", "selon son expéditeur ; reçue le 26 oct"),
        ("Date: Sun, 25 Oct 2026 10:00:00 +0000\r\n", "25 oct 2026"),
    ],
)
def test_a_day_that_nobody_wrote_is_not_said_to_be_the_letter_s(
    practice: Practice, header: str, said: str
) -> None:
    words = date_words(arrived(practice, header.encode() + BARE))
    assert said in words
    assert ("reçue" in words) == ("reçue" in said)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("XDM/1.0/DDM+Lettre de liaison", "Lettre de liaison"),
        ("[KO][903] XDM/1.0/DDM+Bilan", "[KO][903] Bilan"),
        ("XDM/1.0/DDM", "XDM/1.0/DDM"),
        ("Bilan", "Bilan"),
        (" ", "(sans objet)"),
    ],
)
def test_what_is_meant_for_software_takes_no_room_in_a_list(subject: str, words: str) -> None:
    assert subject_words(subject) == words


def test_no_subject_is_read_aloud_for_a_minute() -> None:
    assert cells(spoken_subject("long " * 300)) == MOST_SPOKEN


@pytest.mark.parametrize(
    ("media_type", "name", "words"),
    [
        ("application/pdf", "a.pdf", "PDF"),
        ("image/jpeg", "a.jpg", "image JPEG"),
        ("application/octet-stream", "bilan.hpr", "fichier .hpr"),
        ("application/octet-stream", "", "fichier"),
        ("application/x-\x1b[31m", "a b\x1b", "fichier"),
        ("message/rfc822", "", "lettre jointe"),
    ],
)
def test_what_a_document_is_is_said_in_a_person_s_words(
    media_type: str, name: str, words: str
) -> None:
    part = Part(number="2", media_type=media_type, name=name, offset=0, length=1, size=1)
    assert kind_words(part) == words


def test_of_many_returns_the_rest_are_counted_and_no_time_is_made_up() -> None:
    taken = [Recipient(email=f"p{n}@labo.example", state=ACCEPTED, at=NOW) for n in range(9)]
    lines = return_lines([Recipient(email="p@labo.example", state=ACCEPTED), *taken])
    assert lines[0] == said("tui.letter.return", who="p@labo.example", what=TAKEN)
    assert len(lines) == 9
    assert lines[-1] == said("tui.letter.more_returns", n=2)
    assert return_lines(taken[:8]) == [
        said("tui.letter.return", who=each.email, what=said("tui.letter.no_return", at=AT))
        for each in taken[:8]
    ]

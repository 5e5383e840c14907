"""The letters of the demo world: real mail, by real-looking people who do not exist."""

from __future__ import annotations

import re
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from sync.demo.correspondence import document, letters
from sync.demo.scripts import dated, people, scripts
from tests.unit.demo.conftest import NOW


def message(id: str) -> EmailMessage:
    octets = next(letter.octets for letter in letters(NOW) if letter.id == id)
    parsed = message_from_bytes(octets, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_there_are_about_thirty_letters_and_every_usual_mailbox_has_some() -> None:
    where = Counter(letter.mailbox for letter in letters(NOW) if letter.owner == "alice")
    assert 28 <= where["INBOX"] <= 34
    assert set(where) == {"INBOX", "Sent", "Drafts", "Trash", "Archive", "Résultats"}


def test_the_same_moment_always_writes_the_same_octets() -> None:
    assert letters(NOW) == letters(NOW)


def test_letters_come_oldest_first_and_the_newest_is_of_this_hour() -> None:
    received = [letter.received_at for letter in letters(NOW)]
    assert received == sorted(received)
    assert 0 < NOW - received[-1] < 3600


@pytest.mark.parametrize("letter", letters(NOW), ids=lambda letter: letter.id)
def test_every_line_is_one_a_mail_server_accepts(letter) -> None:
    assert b"\n" not in letter.octets.replace(b"\r\n", b"")
    assert b"\r" not in letter.octets.replace(b"\r\n", b"")
    assert max(map(len, letter.octets.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("letter", letters(NOW), ids=lambda letter: letter.id)
def test_no_date_is_left_to_fill(letter) -> None:
    parsed = message_from_bytes(letter.octets, policy=policy.default)
    for part in parsed.walk():
        if part.get_content_maintype() == "text":
            assert not re.search(r"\{(j|le|amj)", str(part.get_content()))


def test_accents_come_in_every_charset_and_transfer_encoding() -> None:
    used = {(s.charset, s.encoding) for s in scripts().values()}
    for charset in ("utf-8", "iso-8859-1"):
        for encoding in ("quoted-printable", "base64", "8bit"):
            assert (charset, encoding) in used
    assert "prélevé" in str(message("inr-quinconce").get_content())
    assert "œil" in str(message("ophtalmologue").get_content())


def test_everyone_lives_under_a_reserved_name() -> None:
    assert all(person.address.endswith(".example") for person in people().values())


def test_nobody_carries_a_national_number() -> None:
    for letter in letters(NOW):
        words = b" ".join(
            part.get_payload(decode=True) or b""
            for part in message_from_bytes(letter.octets).walk()
            if part.get_content_maintype() == "text"
        )
        assert not re.search(rb"\d{11,}", words), letter.id


def test_the_conversation_names_all_that_came_before_it() -> None:
    last = message("avis-4")
    assert str(last["References"]).split() == [
        "<avis-1@cabinet-castagnol.example>",
        "<avis-2@cabinet-tilleul.example>",
        "<avis-3@cabinet-castagnol.example>",
    ]
    assert last["In-Reply-To"] == "<avis-3@cabinet-castagnol.example>"


@pytest.mark.parametrize(
    ("id", "needle"),
    [
        ("echappement", "\x1b]52;c;"),
        ("balises", "[/nope] ["),
        ("action", "[@click=app.quit]"),
        ("sens-inverse", "\u202e"),
        ("dosage", "dosage 5 * 3 mg"),
        ("douleur-enfant", "smile :( sad"),
    ],
)
def test_the_subjects_that_harm_careless_screens_are_there(id: str, needle: str) -> None:
    assert needle in str(message(id)["Subject"])


def test_one_subject_carries_raw_escape_codes() -> None:
    raw = next(letter.octets for letter in letters(NOW) if letter.id == "echappement-brut")
    assert b"\r\nSubject: \x1b]52;c;cm0gLXJmIH4=\x07 objet" in raw


def test_one_letter_has_no_subject_and_one_has_far_too_much() -> None:
    assert "Subject" not in message("sans-objet")
    assert len(str(message("objet-long")["Subject"])) > 900


def test_one_letter_carries_attachments_of_every_kind() -> None:
    kinds = [part.get_content_type() for part in message("rcp-maheu").iter_attachments()]
    assert kinds == [
        *("application/pdf", "text/csv", "text/calendar", "image/png", "message/rfc822"),
    ]


@pytest.mark.parametrize("key", ["bilan-preverange", "liaison-tournesac", "scanner-maheu"])
def test_a_drawn_document_says_its_words_and_is_always_the_same(key: str) -> None:
    import pypdfium2

    octets = document(key, NOW)
    assert octets == document(key, NOW)
    page = pypdfium2.PdfDocument(octets)[0].get_textpage()
    words = page.get_text_range()
    page.close()
    assert "Alice FONTVIEILLE" in words
    assert "Document de démonstration" in words


def test_an_abnormal_value_carries_a_sign_and_not_only_a_colour() -> None:
    import pypdfium2

    page = pypdfium2.PdfDocument(document("bilan-preverange", NOW))[0].get_textpage()
    words = page.get_text_range()
    page.close()
    assert re.search(r"Potassium \(contrôlé\)\s+5,8\s+mmol/L\s+3,5 – 5,1\s+H\s+élevé", words)


def test_dates_are_written_as_a_distance_from_now() -> None:
    assert dated("{j-1} {le+8} {amj-0}", NOW) == "22/11/2026 1er décembre 2026 20261123"

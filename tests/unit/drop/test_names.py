"""What file names become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.drop import names

file_names = st.binary(min_size=1, max_size=255).filter(lambda n: b"/" not in n and b"\0" not in n)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bilan Mme Élodie.pdf".encode(), "bilan Mme Élodie.pdf"),
        ("re\u0301sultat.pdf".encode(), "résultat.pdf"),
        ("résultat.pdf".encode("latin-1"), "résultat.pdf"),
        (b"cr\x80.pdf", "cr€.pdf"),
        (b"a:b\\c*?.pdf", "a_b_c__.pdf"),
        (b"fin. ", "fin"),
        (b"\x01\x02", "document"),
        (b"...", "document"),
    ],
)
def test_the_attachment_keeps_a_readable_name(name: bytes, shown: str) -> None:
    assert names.attachment_name(name) == shown


def test_a_long_name_is_cut_before_its_ending() -> None:
    shown = names.attachment_name(b"x" * 250 + b".pdf")
    assert shown == "x" * 116 + ".pdf"


@given(file_names)
def test_no_name_gives_an_attachment_name_that_hurts(name: bytes) -> None:
    shown = names.attachment_name(name)
    assert 0 < len(shown) <= names.LONGEST_ATTACHMENT_NAME
    assert not set(shown) & set('\\/:*?"<>|\r\n\t\x1b\x7f')
    assert not set(shown) & names.BIDI_CONTROLS


def test_octets_that_no_encoding_explains_are_not_unsafe() -> None:
    assert not names.is_unsafe(b"r\xe9sultat\x81.pdf")


@given(file_names, st.integers(1, 99))
def test_a_name_in_sent_always_fits_a_directory(name: bytes, attempt: int) -> None:
    kept = names.sent_name("01234567-0123456789abcdef", name, attempt)
    assert len(kept) <= names.LONGEST_FILE_NAME
    assert kept.startswith(b"01234567-0123456789abcdef")


def test_a_name_in_sent_is_cut_between_two_characters_and_keeps_its_ending() -> None:
    kept = names.sent_name("c" * 25, "é".encode() * 125 + b".pdf")
    assert kept.endswith("é.pdf".encode())
    assert len(kept) in (254, 255)
    assert kept.decode("utf-8")


def test_a_second_attempt_at_a_name_is_another_name() -> None:
    assert names.sent_name("c1", b"a.pdf", 2) == b"c1-2__a.pdf"


def test_the_reason_file_never_takes_the_name_of_the_document() -> None:
    assert names.reason_name(b"a.pdf") == b"reason.txt"
    assert names.reason_name(b"Reason.TXT") == b"reason-pli.txt"


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        (b"a.pdf", b"", "application/pdf"),
        (b"A.PDF", b"%PDF-1.4", "application/pdf"),
        (b"scan", b"%PDF-1.4", "application/pdf"),
        (b"a.txt", b"x", "text/plain"),
        (b"a.xml", b"<", "application/xml"),
        (b"a.zip", b"PK", "application/zip"),
        (b"a.hpr", b"H|", "application/octet-stream"),
        (b"a.hl7", b"MSH|", "application/octet-stream"),
        (b"noending", b"x", "application/octet-stream"),
    ],
)
def test_the_media_type_follows_the_ending(name: bytes, head: bytes, kind: str) -> None:
    assert names.media_type(name, head) == kind

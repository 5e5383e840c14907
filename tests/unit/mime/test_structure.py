"""A letter's tree is found as its sender drew it; where two readers would differ, it is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.email import TransferEncoding
from store.model.transfer import decode
from sync.mime.read import derive
from tests.unit.mime.letters import HEAD, letter, multipart, octets_of, part

ZIP = b"PK\x03\x04 of an invented laboratory \x00\xff"
ENCODED = "UEsDBCBvZiBhbiBpbnZlbnRlZCBsYWJvcmF0b3J5IAD/"
TEXT = part("Content-Type: text/plain", body="bonjour")
FILE = part(
    "Content-Type: application/zip",
    'Content-Disposition: attachment; filename="r.zip"',
    "Content-Transfer-Encoding: base64",
    body=ENCODED,
)
MIXED = "Content-Type: multipart/mixed; boundary=limite"


def is_found(raw: bytes) -> bool:
    """Whether the zip can be saved, under its own name."""
    return any(octets_of(raw, each) == ZIP and each.name == "r.zip" for each in derive(raw).parts)


def is_marked(raw: bytes) -> bool:
    """Whether the letter is said to be ambiguous."""
    return "mime.ambiguous" in derive(raw).warnings


def with_file(content_type: str, body: str) -> bytes:
    return letter("MIME-Version: 1.0", f"Content-Type: {content_type}", body=body)


def test_parts_are_numbered_as_imap_does() -> None:
    alternative = part(
        "Content-Type: multipart/alternative; boundary=autre",
        body=multipart("autre", TEXT, part("Content-Type: text/html", body="<p>bonjour")),
    )
    raw = letter(MIXED, body=multipart("limite", alternative, FILE))
    assert [(p.number, p.media_type) for p in derive(raw).parts] == [
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/zip"),
    ]
    assert derive(raw).warnings == ()


def test_the_line_break_before_a_delimiter_is_not_of_the_part() -> None:
    for line_break in (b"\r\n", b"\n"):
        raw = letter(MIXED, body=multipart("limite", TEXT, FILE), line_break=line_break)
        assert octets_of(raw, derive(raw).parts[0]) == b"bonjour"


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/mixed; boundary=limite", "limite"),
        ("MULTIPART/Mixed; Boundary=limite", "limite"),
        ('multipart/mixed;\r\n\tboundary="=_limite (1)/?"', "=_limite (1)/?"),
        ("multipart/mixed; boundary*=utf-8''limite%20deux", "limite deux"),
        ("multipart/mixed; boundary*0=lim; boundary*1=ite", "limite"),
        ('multipart/mixed; boundary="limite "', "limite"),
        ("multipart/mixed; boundary=----=_Part_1", "----=_Part_1"),
        (r'multipart/mixed; boundary="li\"mite"', 'li"mite'),
    ],
)
def test_every_legal_way_to_name_a_boundary_is_understood(content_type: str, boundary: str) -> None:
    raw = with_file(content_type, multipart(boundary, TEXT, FILE))
    assert is_found(raw)
    assert not is_marked(raw)


ODD = {
    "two types": with_file(
        "multipart/mixed; boundary=limite\r\nContent-Type: text/plain", multipart("limite", FILE)
    ),
    "type with a backslash": with_file(
        r"multi\part/mixed; boundary=limite", multipart("limite", FILE)
    ),
    "type with a comment": with_file(
        "multipart()/mixed; boundary=limite", multipart("limite", FILE)
    ),
    "two colons": letter(
        "Content-Type:: multipart/mixed; boundary=limite", body=multipart("limite", FILE)
    ),
    "blank before the colon": letter(
        "Content-Type : multipart/mixed; boundary=a", body=multipart("a", FILE)
    ),
    "folded below another field": letter("X-Vide\r\n " + MIXED, body=multipart("limite", FILE)),
    "boundary never closed in quotes": with_file(
        'multipart/mixed; boundary="limite', multipart("limite", FILE)
    ),
    "another boundary": with_file("multipart/mixed; boundary=limite", multipart("autre", FILE)),
    "two boundaries": with_file(
        "multipart/mixed; boundary=a; boundary=limite", multipart("limite", FILE)
    ),
    "two kinds of boundary": with_file(
        "multipart/mixed; boundary=a; boundary*=''limite", multipart("limite", FILE)
    ),
    "no boundary": with_file("multipart/mixed", multipart("limite", FILE)),
    "delimiter only begins like it": with_file(
        "multipart/mixed; boundary=limite", "--limiteX\r\n" + FILE
    ),
    "inner like the end of outer": with_file(
        "multipart/mixed; boundary=limite",
        "--limite\r\n"
        + part("Content-Type: multipart/mixed; boundary=limite--", body="--limite--\r\n" + FILE)
        + "\r\n--limite----\r\n--limite--\r\n",
    ),
    "a part after the end": with_file(
        "multipart/mixed; boundary=limite", multipart("limite", TEXT) + "--limite\r\n" + FILE
    ),
    "a text after the end": with_file(
        "multipart/mixed; boundary=limite", multipart("limite", TEXT) + "--limite\r\n\r\nencore"
    ),
    "another tree in the epilogue": with_file(
        "multipart/mixed; boundary=limite", multipart("limite", TEXT) + multipart("autre", FILE)
    ),
    "another tree in the preamble": with_file(
        "multipart/mixed; boundary=limite", multipart("autre", FILE) + multipart("limite", TEXT)
    ),
    "no empty line": letter(MIXED, body=multipart("limite", FILE.replace("\r\n\r\n", "\r\n"))),
    "a bare CR": letter(MIXED, body=multipart("limite", FILE.replace("Encoding: ", "Encoding:\r"))),
    "two encodings": letter(
        MIXED, body=multipart("limite", "Content-Transfer-Encoding: 8bit\r\n" + FILE)
    ),
    "unknown encoding": letter(MIXED, body=multipart("limite", FILE.replace("base64", "x-uue"))),
    "encoded multipart": letter(
        MIXED, "Content-Transfer-Encoding: base64", body=multipart("limite", FILE)
    ),
    "padding inside": letter(
        MIXED, body=multipart("limite", FILE.replace(ENCODED, "QQ==" + ENCODED))
    ),
    "broken quoted-printable": letter(
        MIXED,
        body=multipart(
            "limite", FILE.replace("base64", "quoted-printable").replace(ENCODED, "P=K")
        ),
    ),
    "encoded message": letter(
        "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", body=ENCODED
    ),
    "no media type": letter(
        MIXED, body=multipart("limite", FILE.replace("application/zip", "multipart"))
    ),
    "two senders": b"From: eve@y.example\r\n" + letter(MIXED, body=multipart("limite", TEXT)),
    "header ended by a delimiter": letter(
        MIXED, body="--limite\r\nContent-Type: a/b\r\n--limite--\r\n"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_a_letter_that_two_readers_read_differently_is_marked(name: str) -> None:
    assert is_marked(ODD[name])


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename=a.png; filename=r.zip",
        "attachment; filename=a.png; filename*=''r.zip",
        "attachment; filename*1=zip; filename*0=r.",
        "attachment; filename*0=r.; filename*2=zip",
        'attachment; filename="r".zip',
        'attachment; filename=r".zip',
        "attachment; file\\name=r.zip",
        "attachment\r\nContent-Disposition: attachment; filename=r.zip",
        "attachment; filename=a.png\r\nContent-Type: application/zip; name=r.zip",
    ],
)
def test_a_file_with_two_names_is_marked(disposition: str) -> None:
    raw = b"Subject: x\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\nx"
    assert is_marked(raw)


def test_a_letter_cut_on_its_way_says_that_its_end_is_missing() -> None:
    whole = letter(MIXED, body=multipart("limite", TEXT, FILE))
    assert derive(whole).warnings == ()
    raw = whole.replace(b"--limite--\r\n", b"")
    assert derive(raw).warnings == ("mime.unfinished",)
    assert octets_of(raw, derive(raw).parts[1]) == ZIP


def test_dashes_in_a_text_are_only_dashes() -> None:
    raw = letter(
        MIXED, body=multipart("limite", part(body="-- \r\nDr Alice\r\n-----\r\n--suite"), FILE)
    )
    assert is_found(raw)
    assert derive(raw).body == "-- \nDr Alice\n-----\n--suite"
    assert derive(raw).warnings == ()


def test_a_multipart_that_never_begins_is_shown_as_it_is() -> None:
    raw = letter(MIXED, body="tout est perdu ?")
    assert derive(raw).body == "tout est perdu ?"


def test_nesting_ends_somewhere_and_it_is_said() -> None:
    raw = HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(50)
    )
    assert "mime.too_deep" in derive(raw).warnings


def test_parts_end_somewhere_and_it_is_said() -> None:
    raw = letter(MIXED, body="--limite\r\n\r\nx\r\n" * 1500)
    found = derive(raw)
    assert "mime.too_many_parts" in found.warnings
    assert len(found.parts) < 1001


def test_a_long_header_is_cut_and_it_is_said() -> None:
    raw = letter("Cc: " + ", ".join(f"{n:060}@x.example" for n in range(800)))
    found = derive(raw)
    assert "mime.header_cut" in found.warnings
    assert 400 < len(found.cc) < 800
    assert all(each.email.endswith("@x.example") for each in found.cc)


@given(octets=st.binary(max_size=200), pieces=st.integers(min_value=1, max_value=5))
def test_base64_encoded_piece_by_piece_is_decoded_whole(octets: bytes, pieces: int) -> None:
    from base64 import encodebytes

    size = len(octets) // pieces + 1
    written = b"".join(encodebytes(octets[n : n + size]) for n in range(0, len(octets), size))
    assert decode(written, TransferEncoding.BASE64) == octets


@given(octets=st.binary(max_size=300))
def test_no_encoding_makes_decoding_fail(octets: bytes) -> None:
    for encoding in TransferEncoding:
        decode(octets, encoding)

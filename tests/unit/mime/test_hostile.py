"""No octets stop the reader, slow it down, or make it say what cannot be stored."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.email import DerivedEmail
from sync.mime.read import derive
from tests.unit.mime.letters import letter

LIMIT_SECONDS = 3.0
"""CPU, on a busy machine, for each letter below; a quadratic reader takes seconds to minutes."""


def nested(levels: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(levels)
    )


MIXED = "Content-Type: multipart/mixed; boundary=b"
SLOW = {
    "sections": letter("Content-Type: a/b" + "".join(f"; name*{n}=x" for n in range(16_000))),
    "encoded words": letter("Subject: " + "=?utf-8?b?w6k=?= " * 36_000),
    "encoded words of all charsets": letter(
        "Subject: " + "".join(f"=?x{n}?q?a?= " for n in range(5000))
    ),
    "repeated names": letter("Content-Disposition: attachment" + "; filename=x" * 17_000),
    "parentheses": letter("Cc: " + "(" * 240_000),
    "parentheses in a type": letter("Content-Type: " + "(" * 240_000),
    "groups": letter("Cc: " + ":;" * 120_000),
    "quotes": letter("Cc: " + '"' * 240_000),
    "angles": letter("Cc: " + "<" * 240_000),
    "blanks": letter("Content-Type: a/b;" + " " * 240_000 + "x"),
    "semicolons": letter("Content-Type: a/b" + ";" * 240_000),
    "open quotes": letter("Content-Type: a/b" + ';a="' * 60_000),
    "references": letter("References: " + "<a" * 120_000),
    "dates": letter("Date: " + "1 " * 120_000),
    "levels": nested(2000),
    "levels and dashes": nested(30) + b"--x\r\n" * 100_000,
    "one boundary for all levels": nested(30).replace(b"b1", b"b"),
    "parts": letter(MIXED, body="--b\r\n\r\nx\r\n" * 60_000),
    "parts without end of header": letter(
        MIXED, body="--b\r\na: b\r\n" * 900 + "c: d\r\n" * 90_000
    ),
    "messages": b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "dashes": letter(body="--\r\n" * 250_000),
    "fields": b"a:\n" * 300_000,
    "no fields": b"a\n" * 300_000,
    "types": b"Content-Type: a/b\n" * 60_000,
    "padding": letter("Content-Transfer-Encoding: base64", body="A=" * 400_000),
    "soft breaks": letter("Content-Transfer-Encoding: quoted-printable", body="=   " * 200_000),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_letter_takes_longer_than_its_length_deserves(name: str) -> None:
    assert min(seconds(SLOW[name]) for _ in range(2)) < LIMIT_SECONDS


def seconds(raw: bytes) -> float:
    begun = time.process_time()
    derive(raw)
    return time.process_time() - begun


@pytest.mark.parametrize(
    "name", ["<p>a</p>", "<td>", "<b><p>", "<a href='http://x'><div>", "<br>", "<sup>"]
)
def test_no_html_takes_seconds(name: str) -> None:
    raw = letter("Content-Type: text/html", body=name * 10_000)
    assert min(seconds(raw) for _ in range(2)) < 2 * LIMIT_SECONDS


@pytest.mark.parametrize("style", ["text-decoration:", "font-size:0;", "opacity:0", "display: "])
def test_no_style_takes_seconds(style: str) -> None:
    raw = letter("Content-Type: text/html", body=f"<p style='{style * 15_000}'>a</p>")
    assert seconds(raw) < LIMIT_SECONDS


def test_no_number_of_html_parts_takes_seconds() -> None:
    part = "--b\r\nContent-Type: text/html\r\n\r\n" + "<p>a" * 250 + "\r\n"
    assert seconds(letter(MIXED, body=part * 800)) < 3 * LIMIT_SECONDS


PIECES = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"\0", b"\r\n\r\n", b" ", b"\t", b"--", b"--b", b"--b--", b"="),
        *(b"<", b">", b'"', b";", b":", b"\\", b"(", b")", b",", b"@", b"\xe9", b"\xff", b"=="),
        *(b"From: ", b"To: a@x.example", b"Subject: ", b"Date: ", b"References: <a@b>"),
        *(b"=?", b"?=", b"=?utf-8?q?=E9?="),
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        b"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/html; charset=utf-16\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n<p>a<table><td>b",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%E9; filename*1=x\r\n",
    ]
)  # fmt: skip


@given(raw=st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(b"".join)))
def test_any_octets_are_read(raw: bytes) -> None:
    found = derive(raw)
    numbers = [each.number for each in found.parts]
    assert numbers
    assert len(numbers) == len(set(numbers))
    for each in found.parts:
        assert 0 <= each.offset <= each.offset + each.length <= len(raw)
        assert each.size >= 0
    for words in every_word(found):
        assert "\0" not in words
        words.encode()  # no lone surrogate
    for name in (found.message_id, *found.references):
        assert name == "".join(name.split())


def every_word(found: DerivedEmail) -> list[str]:
    """Every string a letter gave us."""
    people = [found.sender, *found.to, *found.cc, *found.reply_to]
    return [
        *(found.message_id, *found.references, found.subject, found.body, found.preview),
        *(words for each in people for words in (each.name, each.email)),
        *(words for p in found.parts for words in (p.name, p.charset, p.media_type, p.content_id)),
    ]

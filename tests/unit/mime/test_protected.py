"""RFC 9788: what is inside, what is left outside, and what a reader may call secret."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.mime.protected import (
    CIPHER,
    CLEAR,
    LEGACY,
    NONE,
    WRAPPED,
    fields_of,
    presented,
    protect,
    read_protected,
)
from sync.mime.read import derive

LETTER = (
    b"From: Alice Martin <alice@cabinet.example>\r\n"
    b"To: labo@biologie.example\r\n"
    b"Subject: Bilan de Mme Durand, un sujet assez long pour\r\n etre sur deux lignes\r\n"
    b"Date: Mon, 21 Sep 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@cabinet.example>\r\n"
    b"Keywords: glycemie\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\nBonjour\r\n"
)


def inside(*, sealed: bool, letter: bytes = LETTER) -> bytes:
    made = protect(letter, sealed=sealed)
    return made.head + bytes(made.body)


def test_outside_a_sealed_letter_the_subject_says_nothing() -> None:
    outer = protect(LETTER, sealed=True).outer
    assert b"Subject: [...]\r\n" in outer
    for secret in (b"Durand", b"deux lignes", b"glycemie", b"Content-"):
        assert secret not in outer
    assert b"alice@cabinet.example" in outer


def test_outside_a_signed_letter_everything_stays() -> None:
    outer = protect(LETTER, sealed=False).outer
    assert outer == LETTER.partition(b"MIME-Version")[0]


def test_inside_is_the_whole_header_and_what_was_left_outside() -> None:
    header = read_protected(inside(sealed=True))
    assert header.kind == CIPHER
    assert header.get(b"subject") == (
        b"Bilan de Mme Durand, un sujet assez long pour etre sur deux lignes"
    )
    assert (b"subject", b"[...]") in header.outer
    assert header.hidden(b"subject")
    assert header.hidden(b"keywords")
    assert not header.hidden(b"from")
    assert not header.hidden(b"cc")


def test_nothing_is_secret_in_a_letter_that_is_only_signed() -> None:
    header = read_protected(inside(sealed=False))
    assert header.kind == CLEAR
    assert header.outer == ()
    assert not header.hidden(b"subject")


def test_the_type_keeps_its_parameters_and_the_body_its_octets() -> None:
    octets = inside(sealed=True)
    assert b'Content-Type: text/plain; charset=utf-8;\r\n hp="cipher"\r\n' in octets
    assert octets.endswith(b"\r\n\r\nBonjour\r\n")


def test_a_letter_without_a_type_is_given_one() -> None:
    octets = inside(sealed=False, letter=b"Subject: a\r\n\r\nb\r\n")
    assert b'charset=us-ascii;\r\n hp="clear"' in octets
    assert read_protected(octets).kind == CLEAR


def test_an_hp_outer_of_the_sender_does_not_survive() -> None:
    """Else whoever wrote the draft could say what had been left outside."""
    forged = b"HP-Outer: Subject: x\r\n" + LETTER
    header = read_protected(inside(sealed=True, letter=forged))
    assert (b"subject", b"x") not in header.outer


def test_long_fields_left_outside_are_folded_and_read_back() -> None:
    to = b", ".join(b"personne%d@cabinet.example" % n for n in range(9))
    octets = inside(sealed=True, letter=b"To: " + to + b"\r\nSubject: s\r\n\r\nb")
    assert (b"to", to) in read_protected(octets).outer
    assert b"HP-Outer:\r\n To:" in octets


def test_the_older_way_is_read() -> None:
    old = b'Subject: Ancien\r\nContent-Type: text/plain; protected-headers="v1"\r\n\r\nx'
    header = read_protected(old)
    assert (header.kind, header.get(b"subject")) == (LEGACY, b"Ancien")


def test_a_whole_message_inside_is_read() -> None:
    header = read_protected(b"Content-Type: message/rfc822\r\n\r\nSubject: Dedans\r\n\r\nx")
    assert (header.kind, header.get(b"subject")) == (WRAPPED, b"Dedans")


def test_what_protects_no_header_has_none() -> None:
    """Its fields were signed; but nobody meant them as the header of the letter."""
    header = read_protected(b"Subject: Faux\r\nContent-Type: text/plain\r\n\r\nx")
    assert (header.kind, header.fields) == (NONE, ())


def test_a_letter_is_presented_under_the_header_inside() -> None:
    outer = b"From: faux@mallory.example\r\nSubject: [...]\r\nContent-Type: x/y\r\n\r\nz"
    shown = derive(presented(outer, inside(sealed=True)))
    assert shown.sender.email == "alice@cabinet.example"
    assert shown.subject.startswith("Bilan de Mme Durand")
    assert shown.body.strip() == "Bonjour"


def test_without_one_the_header_outside_is_all_there_is() -> None:
    outer = b"From: alice@cabinet.example\r\nSubject: Dehors\r\nContent-Type: x/y\r\n\r\nz"
    shown = derive(presented(outer, b"Content-Type: text/plain\r\n\r\nBonjour\r\n"))
    assert (shown.subject, shown.body.strip()) == ("Dehors", "Bonjour")


def test_the_older_way_takes_from_outside_what_is_not_inside() -> None:
    outer = b"From: alice@cabinet.example\r\nSubject: ...\r\n\r\nz"
    old = b'Subject: Ancien\r\nContent-Type: text/plain; protected-headers="v1"\r\n\r\nx'
    shown = derive(presented(outer, old))
    assert (shown.subject, shown.sender.email) == ("Ancien", "alice@cabinet.example")


def test_nothing_outside_is_added_to_a_protected_header() -> None:
    """Else whoever carries a letter could add a sender to one that was signed without."""
    inner = b'Subject: s\r\nContent-Type: text/plain; hp="clear"\r\n\r\nx'
    shown = derive(presented(b"From: mallory@mallory.example\r\n\r\nz", inner))
    assert shown.sender.email == ""


def test_a_whole_message_inside_is_presented_as_it_is() -> None:
    payload = b"Content-Type: message/rfc822\r\n\r\nSubject: Dedans\r\n\r\nx"
    assert presented(b"Subject: [...]\r\n\r\nz", payload) == b"Subject: Dedans\r\n\r\nx"


@given(st.binary(max_size=400), st.booleans())
def test_any_octets_can_be_protected_and_read(letter: bytes, sealed: bool) -> None:
    made = protect(letter, sealed=sealed)
    header = read_protected(made.head + bytes(made.body))
    assert header.kind == (CIPHER if sealed else CLEAR)
    presented(letter, made.head + bytes(made.body))


NAMES = st.sampled_from([b"From", b"To", b"Subject", b"X-MSS-NIR", b"Cc", b"Comments"])
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=90)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.booleans())
def test_every_field_comes_back(fields: list[tuple[bytes, str]], sealed: bool) -> None:
    block = b"".join(name + b": " + value.encode() + b"\r\n" for name, value in fields)
    made = protect(block + b"\r\nx", sealed=sealed)
    header = read_protected(made.head + b"x")
    assert [(f.name, f.value) for f in header.fields] == [
        (name.lower(), value.encode()) for name, value in fields
    ]
    outside = [(each.name, each.value) for each in fields_of(made.outer + b"\r\n")[0]]
    assert not sealed or list(header.outer) == outside

"""One spelling for a domain, and which one could be mistaken for which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.routing.domains import is_reserved, is_under, normal, one_off, resembling

KNOWN = ("mssante.fr", "chu-montclair.example", "labo-rivebelle.example")


@pytest.mark.parametrize(
    ("domain", "taken_for"),
    [
        ("chu-montclalr.example", "chu-montclair.example"),
        ("chu-montcIair.example", "chu-montclair.example"),
        ("chumontclair.example", "chu-montclair.example"),
        ("chu-monclair.example", "chu-montclair.example"),
        ("chu-montclairs.example", "chu-montclair.example"),
        ("chu-montcliar.example", "chu-montclair.example"),
        ("chu-rnontclair.example", "chu-montclair.example"),
        ("chu-montclair.test", "chu-montclair.example"),
        ("mssante.fr.courrier.example", "mssante.fr"),
        ("mssante-fr.example", "mssante.fr"),
        ("mssanté.fr", "mssante.fr"),
        ("xn--mssant-gva.fr", "mssante.fr"),
        ("мssante.fr", "mssante.fr"),
        ("mssаnte.fr", "mssante.fr"),
        ("labo-r1vebelle.example", "labo-rivebelle.example"),
        ("1abo-rivebelle.example", "labo-rivebelle.example"),
    ],
)
def test_a_look_alike_is_seen(domain: str, taken_for: str) -> None:
    assert resembling(normal(domain), KNOWN) == taken_for


@pytest.mark.parametrize(
    "domain",
    [
        *("mssante.fr", "medecin.mssante.fr", "courrier.example", "gmail.com", "example"),
        *("chu-valmiere.example", "rivebelle.example", "labo.example"),
    ],
)
def test_an_honest_name_is_left_alone(domain: str) -> None:
    assert resembling(normal(domain), KNOWN) == ""


def test_a_domain_has_one_spelling() -> None:
    assert normal(" CHU-Montclair.Example. ") == "chu-montclair.example"
    assert normal("hôpital.example") == "xn--hpital-ixa.example"
    assert normal("ho\u0302pital.example") == "xn--hpital-ixa.example"
    for nothing in ("", "a b.example", "a\nb.example", "<x>", "é" * 300):
        assert normal(nothing) == ""


def test_under_is_by_label() -> None:
    assert is_under("a.mssante.fr", "mssante.fr")
    assert not is_under("amssante.fr", "mssante.fr")


def test_reserved_names_are_nobodys() -> None:
    for name in ("x.test", "a.b.example", "example.org", "mail.example.com"):
        assert is_reserved(name)
    for name in ("test.fr", "example.fr", "myexample.org", "x.test.fr", "localhost"):
        assert not is_reserved(name)


def slow_distance(a: str, b: str) -> int:
    """Optimal string alignment, by the book."""
    d = [[max(i, j) if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d[i][j] = min(
                d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1)
    return d[-1][-1]


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_one_letter_of_difference_is_what_the_book_says(a: str, b: str) -> None:
    assert one_off(a, b) == (slow_distance(a, b) == 1)


@given(st.text(max_size=40))
def test_any_text_is_a_domain_in_one_spelling_or_none(text: str) -> None:
    assert normal(normal(text)) == normal(text)
    resembling(normal(text), KNOWN)

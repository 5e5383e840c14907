"""The fields of a template; and the few words around what was searched for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.asking.excerpt import excerpt
from store.asking.query import asked
from store.filling import Filled, fill, missing, next_missing, read_template

NOW = 1_793_000_000


def test_a_field_is_filled_in_or_can_be_seen() -> None:
    values = {Filled.DATE: "26 octobre 2026", Filled.RECIPIENT: "Dr Bob {patient}"}
    text = "Le {Date}, à {destinataire}, {confrère} : {patient}, {nom de l'acte}. {1} {a\nb}"
    filled = fill(text, values)
    assert filled == (
        "Le 26 octobre 2026, à Dr Bob {patient}, Dr Bob {patient} : [[patient]],"
        " [[nom de l'acte]]. {1} {a\nb}"
    )
    assert missing(f"{filled}\n> [[cité]]\n[[patient]]") == ("patient", "nom de l'acte")


def test_the_next_field_is_after_the_cursor_then_from_the_beginning() -> None:
    text = "[[a]] et [[b]]"
    assert next_missing(text, 0) == (0, 5)
    assert next_missing(text, 5) == (9, 14)
    assert next_missing(text, 14) == (0, 5)
    assert next_missing("rien", 0) is None


def test_the_first_line_of_a_file_may_be_its_subject() -> None:
    assert read_template("Objet : Avis\n\nBonjour\n\n") == ("Avis", "Bonjour\n")
    assert read_template("\ufeffSubject: x") == ("x", "\n")
    assert read_template("Bonjour\r\nObjet: non") == ("", "Bonjour\nObjet: non\n")


@given(st.text(max_size=80))
def test_what_is_filled_in_has_no_field_left(text: str) -> None:
    assert fill(fill(text, {}), {}) == fill(text, {})


def around(query: str, *texts: str, width: int = 60) -> tuple[str, list[str]]:
    """The excerpt, and the words marked in it."""
    found = excerpt(texts, asked(query, NOW), width)
    return found.words, [found.words[start:end] for start, end in found.marks]


def test_an_excerpt_is_around_the_first_word_found_and_marks_each() -> None:
    text = "Bonjour,\n" + "mot " * 30 + "son œdème a diminué ; Oedèmes, oeil."
    words, marks = around("oedeme", text)
    assert words.startswith("…")
    assert marks == ["œdème", "Oedèmes"]
    assert around("ecg", "rien", "l'ECG est normal") == ("l'ECG est normal", ["ECG"])
    assert around("hepatite c", "hépatite C, cardio")[1] == ["hépatite", "C"]
    assert around("absent", "premier", "second") == ("premier", [])
    assert around("patient:petit", "M. PETIT Jean")[1] == ["PETIT"]
    assert around("de:bob", "texte") == ("texte", [])
    assert around("x") == ("", [])


@given(st.text(max_size=200), st.text(max_size=20), st.integers(10, 80))
def test_an_excerpt_is_never_longer_than_its_room(text: str, word: str, width: int) -> None:
    found = excerpt([text], asked(f'"{word}"', NOW), width)
    assert len(found.words) <= width
    assert all(0 <= start < end <= len(found.words) for start, end in found.marks)

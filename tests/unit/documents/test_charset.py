"""Accents come out right whichever program wrote them, and a doubt is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.host.i18n import LOCALES
from sync.documents import charset
from sync.documents.charset import MIXED, TWICE, UNSURE, decode
from tests.unit.documents.lab_files import ENCODINGS, medecin, twice

TEXTS = (
    "Glycémie à jeun",
    "Numération : présence d'hématies",
    "Le prélèvement a été reçu à 8 h 30, déjà centrifugé.",
    "HÉMATOLOGIE - Hémogramme",
    "Protéine C réactive, créatinine, bêta-2",
    "Le garçon Loïc LEFÈVRE, né à Bézu",
    "Température : 38,5 °C",
    "CRÉATININE élevée, contrôlée",
    "Hôpital de la Côte, à Noël",
    "Où est-elle ? Là, plutôt gênée.",
    medecin(),
)
"""Said by any of the encodings without œ, ’ or €."""
SIGNED = ("Œdème du cœur, sœur opérée", "L’œil gêné", "Dosage payé 12 € ; négatif")
SENTENCES = sorted((LOCALES / "fr").glob("*.toml"))
PLAIN = str.maketrans({"Œ": "O", "œ": "o", "’": "'", "€": "E"})


def can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


CASES = [(text.translate(PLAIN), encoding) for text in TEXTS for encoding in ENCODINGS]
CASES += [(text, encoding) for text in SIGNED for encoding in ENCODINGS if can(text, encoding)]


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_a_french_text_is_read_whatever_its_encoding(text: str, encoding: str) -> None:
    found = decode(text.encode(encoding))
    assert found.text == text
    assert found.warnings == ()


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859_15", "mac_roman", "cp850"])
@pytest.mark.parametrize("path", SENTENCES, ids=lambda path: path.stem)
def test_every_french_sentence_of_ours_is_read(path: Path, encoding: str) -> None:
    words = tomllib.loads(path.read_text(encoding="utf_8")).values()
    text = "\n".join(each for each in words if can(each, encoding))
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"connexion\x85", "connexion…"),
        (b"\xc7 pli \xc8", "« pli »"),
        (b"H\xd4TE", "HÔTE"),
        (b"o\x97 ?", "où ?"),
        (b"p\x88le", "pêle"),
        (b"\x88 jeun", "à jeun"),
        (b"c\xbdur", "cœur"),
        (b"l'\x83ge", "l'âge"),
    ],
)
def test_a_letter_is_what_french_has_in_its_place(octets: bytes, text: str) -> None:
    assert decode(octets).text == text


@pytest.mark.parametrize("text", [*TEXTS, *SIGNED])
def test_what_was_encoded_twice_is_mended_and_told(text: str) -> None:
    assert decode(twice(text)) == charset.Decoded(text=text, charset="utf_8", warnings=(TWICE,))


def test_two_files_of_two_encodings_joined_are_both_read() -> None:
    found = decode(
        "Prélèvement : égaré, répété, trouvé. ".encode() + "Créatinine élevée".encode("cp1252")
    )
    assert found.text.endswith("trouvé. Créatinine élevée")
    assert found.warnings == (MIXED,)


def test_an_accent_that_is_french_in_no_encoding_is_told() -> None:
    assert decode(b"Dossier \xfe 12").warnings == (UNSURE,)


def test_an_octet_that_an_encoding_does_not_have_is_not_dropped() -> None:
    assert decode("répété ".encode("cp1252") * 5 + b"\x81").text == "répété " * 5 + "\ufffd"


def test_a_mark_alone_is_an_empty_text() -> None:
    assert decode(b"\xef\xbb\xbf").text == decode(b"\xff\xfe").text == decode(b"").text == ""


def test_utf_16_without_its_mark_is_known_by_its_zeros() -> None:
    assert decode("Glycémie à jeun".encode("utf_16_le")).text == "Glycémie à jeun"
    assert decode("Glycémie à jeun".encode("utf_16_be")).text == "Glycémie à jeun"


def test_only_so_many_accents_are_weighed() -> None:
    assert len(charset.evidence(b"\xe9" * 100_000)) <= 6 * charset.MOST_EVIDENCE


@given(st.binary(max_size=400))
def test_any_octets_have_a_text(octets: bytes) -> None:
    assert isinstance(decode(octets).text, str)


@given(st.text(max_size=200))
def test_no_good_utf_8_is_refused(text: str) -> None:
    found = decode(b"\xef\xbb\xbf" + text.encode("utf_8", "replace"))
    assert found.charset in ("utf_8", "ascii") or "\0" in text

"""The door: whatever comes in, what goes out can be drawn as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.file_names import is_odd, safe_name
from tui.guard import NEVER
from tui.plain import Plain, cells, fit, fit_words, plain_block, plain_words
from tui.wrap import wrap

ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Mn", "Zl", "Zp", "Co", "Cn"]),
        st.sampled_from("[]/\\@\x1b\x9b\u202e\u200b\u0301\r\n\t"),
    ),
    max_size=60,
)


@given(ANYTHING)
def test_nothing_that_a_terminal_obeys_comes_through(words: str) -> None:
    assert not NEVER.search(plain_words(words))
    assert not NEVER.search(plain_block(words).replace("\n", ""))


@given(ANYTHING)
def test_what_is_plain_stays_as_it_is(words: str) -> None:
    assert plain_words(plain_words(words)) == plain_words(words)


@given(ANYTHING, st.integers(min_value=0, max_value=40))
def test_words_are_fitted_to_the_cell(words: str, width: int) -> None:
    assert cell_len(fit(plain_words(words), width)) == width
    assert cell_len(fit_words(plain_words(words), width)) == width


def test_what_is_too_long_is_cut_between_words() -> None:
    told = Plain("Potassium 16,4 mmol/l")
    assert [fit_words(told, width) for width in (21, 14, 13, 4)] == [
        "Potassium 16,4 mmol/l",
        "Potassium …   ",
        "Potassium …  ",
        "Pot…",
    ]
    assert [fit_words(told, width) for width in (16, 15)] == ["Potassium 16,4 …", "Potassium …    "]


@given(ANYTHING, st.integers(min_value=2, max_value=30))
def test_no_line_is_wider_than_the_pane_and_no_word_is_lost(words: str, width: int) -> None:
    lines = wrap(plain_block(words), width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(plain_block(words).split())


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("\x1b]52;c;QQ==\x07", "␛]52;c;QQ==␇"),
        ("\x9b2J\x7f\x00", "‹009B›2J␡␀"),
        ("a\u202eb", "a‹202E›b"),
        ("\u200b\u200b \u200b", "‹200B…›"),
        ("[/nope] [@click=app.quit]x[/]", "[/nope] [@click=app.quit]x[/]"),
        ("prix\u202f: 3", "prix : 3"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("z" + "\u0300" * 300, "z" + "\u0300" * 4),
        ("\ud83d", "\ufffd"),
        ("deux\r\nlignes\tici", "deux lignes ici"),
    ],
)
def test_the_known_tricks_are_shown_for_what_they_are(words: str, plain: str) -> None:
    assert plain_words(words) == plain


def test_a_block_keeps_its_lines_and_expands_its_tabs() -> None:
    assert plain_block("a\tb\r\nc\u2028d") == "a       b\nc\nd"


def test_a_million_characters_on_one_line_are_wrapped_quickly() -> None:
    assert len(wrap(Plain("x" * 1_000_000), 80)) == 12_500


@given(ANYTHING)
def test_a_file_name_is_fit_for_the_disk(name: str) -> None:
    safe = safe_name(name, "2.1")
    assert 0 < len(safe.encode()) < 255
    assert safe[0] not in ".-"
    assert not set(safe) & set("/\\\x00")
    assert not NEVER.search(safe)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("-rf.pdf", "rf.pdf"),
        ("résultats.pdf", "résultats.pdf"),
        ("", "piece-2-1"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_file_names_lose_what_would_harm(name: str, safe: str) -> None:
    assert safe_name(name, "2.1") == safe


@pytest.mark.parametrize("name", ["bilan.pdf.exe", "bilan.pdf .scr", "facture.js", "cv.doc.pdf"])
def test_names_that_pretend_are_noticed(name: str) -> None:
    assert is_odd(name)


@pytest.mark.parametrize("name", ["bilan.pdf", "images.tar.gz", "Dr. Martin.pdf", "v1.2.pdf", ""])
def test_honest_names_are_not(name: str) -> None:
    assert not is_odd(name)


@pytest.mark.parametrize(
    ("words", "width", "lines"),
    [
        ("Potassium 3,2 mmol/L (3.5 - 5.1)", 28, ["Potassium 3,2 mmol/L", "(3.5 - 5.1)"]),
        ("Il a dit : « bon », puis", 10, ["Il a dit :", "« bon »,", "puis"]),
        (
            "une phrase (avec une longue remarque) ici",
            24,
            ["une phrase (avec une", "longue remarque) ici"],
        ),
        ("C'est vu ; ici", 9, ["C'est", "vu ; ici"]),
    ],
)
def test_a_line_breaks_where_a_reader_would(words: str, width: int, lines: list[str]) -> None:
    assert wrap(plain_block(words), width) == lines

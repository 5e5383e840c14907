"""Endless lines are broken, and nothing that a letter says changes by it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.compose import reply_draft
from store.model.email import EmailAddress
from tests.unit.store.test_compose import received
from tui.long_lines import BEGINS, MOST_LINE, broken_lines

MOST = 24
URL = "https://labo.example/resultats?dossier=00000&page=1"
WORDS = st.one_of(
    st.text(st.sampled_from("aé0/-.\u00a0\u4e00\U0001f600"), min_size=1, max_size=12),
    st.sampled_from([URL, "x" * 40, "--", "-", ">", ">>", "a>b", "[…]"]),
)
BLANKS = st.sampled_from([" ", " ", " ", "  ", "\t", "   "])
LINES = st.builds(
    lambda marks, before, words: marks + before + "".join(map("".join, words)),
    st.sampled_from(["", "", "> ", ">", "> > ", ">> "]),
    st.sampled_from(["", "", "", "-- ", "    ", "\t"]),
    st.lists(st.tuples(WORDS, BLANKS), max_size=20),
)


def parted(line: str) -> tuple[str, str]:
    """What a line is quoted by, and what it says."""
    begins = BEGINS.match(line)
    assert begins
    return begins["marks"], line[begins.end("marks") :]


@given(LINES)
@example(f"> Voir {URL} avant lundi")
@example("-- " + "x" * 40)
@example("avant demain dix heures -- ou lundi")
@example("le taux est de six pour mille > cinq")
def test_what_is_broken_says_the_same(line: str) -> None:
    marks, said = parted(line)
    pieces = [parted(each) for each in broken_lines(line, MOST).split("\n")]
    assert {each for each, _ in pieces} == {marks}, "as deep as it was"
    assert " ".join(words for _, words in pieces) == said, "nothing but breaks for blanks"
    for _, words in pieces[1:]:
        assert words[0] not in " \t>", "no table, no quote that was none"
    if pieces[1:]:
        assert "--" not in {words.rstrip() for _, words in pieces}, "no signature that was none"
        assert said[0] not in " \t", "what is laid out stays"


@given(st.sampled_from(["", "> ", "> > "]), st.lists(st.text("aé/-.x", min_size=3, max_size=40)))
def test_no_line_is_longer_than_it_may_be_but_for_one_word(marks: str, words: list[str]) -> None:
    pieces = broken_lines(marks + " ".join(words), MOST).split("\n")
    assert [word for each in pieces for word in parted(each)[1].split()] == words
    for each in pieces:
        assert len(each) <= MOST or len(parted(each)[1].split()) == 1
    for each, after in pairwise(pieces):
        first = parted(after)[1].split()[0]
        assert len(f"{each} {first}") > MOST, "no shorter than it must be"


@given(st.lists(LINES, max_size=5))
def test_lines_are_broken_each_for_itself_and_once(lines: list[str]) -> None:
    text = "\n".join(lines)
    broken = broken_lines(text, MOST)
    if len(text) > MOST:
        assert broken == "\n".join(broken_lines(each, MOST) for each in lines)
    assert broken_lines(broken, MOST) == broken


@pytest.mark.parametrize(
    "line",
    [
        "x" * (3 * MOST_LINE),
        "data:image/png;base64," + "A" * MOST_LINE,
        "    " + "colonne  " * MOST_LINE,
        ">     " + "colonne  " * MOST_LINE,
        "> " * MOST_LINE + "mot " * MOST_LINE,
        "a\tb" * MOST_LINE,
    ],
    ids=["word", "octets", "indented", "quoted", "deep", "tabs"],
)
def test_what_has_no_place_to_be_broken_stays_one_line(line: str) -> None:
    assert broken_lines(line) == line


def test_an_answer_repeats_an_endless_paragraph_as_a_quote() -> None:
    body = reply_draft(
        received(body="Compte rendu, page après page. " * 1_000),
        sender=EmailAddress(email="bob@cabinet.example"),
        all=False,
        attribution="Le 2 mars, Alice a écrit :",
    ).body
    quoted = broken_lines(body).split("Alice a écrit :\n")[1].strip().split("\n")
    assert len(quoted) == 4
    assert all(each.startswith("> ") and len(each) <= MOST_LINE for each in quoted)

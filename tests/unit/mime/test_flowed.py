"""Lines that their sender's program broke to fit are whole again (RFC 3676)."""

from __future__ import annotations

import pytest

from sync.mime.read import derive
from tests.unit.mime.letters import letter

FLOWED, DELSP = "format=flowed", "format=flowed; delsp=yes"


def read(body: str, parameters: str = FLOWED) -> str:
    fields = f"Content-Type: text/plain; charset=utf-8; {parameters}"
    return derive(letter(fields, body=body.replace("\n", "\r\n").encode())).body


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("un \ndeux\ntrois", "un deux\ntrois"),
        ("un \n\ndeux", "un \n\ndeux"),
        (" From là\n > 5 mg\n  retrait", "From là\n > 5 mg\n retrait"),
        ("> un \n> deux\n> trois", "> un deux\n> trois"),
        (">> un \n>> deux \n> trois\nquatre", ">> un deux \n> trois\nquatre"),
        ("un \n> deux \ntrois", "un \n> deux \ntrois"),
        ("un \n-- \nDr Zoé \nLyon", "un \n-- \nDr Zoé Lyon"),
        ("> un \n> -- \n> Zoé", "> un \n> -- \n> Zoé"),
        ("un ", "un"),
        (">\n>un", ">\n> un"),
        ("Na 140 \n 4,1 K", "Na 140 4,1 K"),
    ],
)
def test_a_flowed_paragraph_is_one_line(sent: str, shown: str) -> None:
    assert read(sent) == shown


def test_the_space_that_only_marks_the_break_goes_where_the_letter_says_so() -> None:
    sent = "un \ndeux  \ntrois\n-- \nZoé"
    assert read(sent, DELSP) == "undeux trois\n-- \nZoé"
    assert read(sent, "FORMAT=Flowed; DelSp=YES") == read(sent, DELSP)


@pytest.mark.parametrize("parameters", ["format=fixed", "delsp=yes", "x=format=flowed"])
def test_lines_that_were_not_said_to_flow_stay(parameters: str) -> None:
    assert read("un \n deux", parameters) == "un \n deux"


def test_words_across_a_break_are_found_in_the_beginning_shown_of_a_letter() -> None:
    raw = letter(f"Content-Type: text/plain; {FLOWED}; delsp=yes", body="hémo \r\nglobine".encode())
    assert derive(raw).preview == "hémoglobine"

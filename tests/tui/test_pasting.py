"""What is pasted is text: whole, never keys, and without escape codes."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import Input

from tests.tui.conftest import Opened
from tests.tui.practice import Practice
from tests.tui.test_writing import leaving
from tests.tui.test_writing_helps import text, write
from tui.keyboard import Ending, read_keys
from tui.pasting import BEGIN, END, Pastes, on_one_line, without_codes

HOSTILE = "avant\x1b[31m rouge\x1b\x13\r\x1bcommande\x13\x1b]0;titre\x07fin\x1b[20"


def heard(*pieces: bytes) -> list[Message]:
    """What is told of octets that come so."""
    theirs, ours = os.pipe()
    ending, told = Ending(), list[Message]()
    for piece in pieces:
        os.write(ours, piece)
    os.close(ours)

    def tell(message: Message) -> None:
        told.append(message)
        if isinstance(message, Key) and message.key == "Z":
            ending.set()

    read_keys(theirs, ending, tell)
    os.close(theirs)
    return told


def test_nothing_that_is_pasted_is_a_key() -> None:
    told = heard(f"a{BEGIN}{HOSTILE}{END}Z".encode())
    assert [each.key for each in told if isinstance(each, Key)] == ["a", "Z"]
    pasted = [each.text for each in told if isinstance(each, Paste)]
    assert pasted == ["avant rouge\ncommandefin[20"]


@given(st.lists(st.sampled_from(["a", "\r", "\x1b", "[", "2", "0", "1", "~", BEGIN, END, "é"])))
def test_a_paste_is_the_same_wherever_the_line_cuts_it(pieces: list[str]) -> None:
    def taken(*come: str) -> list[str]:
        pastes, found = Pastes(), [""]
        for each in (piece for part in come for piece in pastes.take(part)):
            if isinstance(each, Paste):
                found += [f"paste {each.text}", ""]
            else:
                found[-1] += each
        return found

    whole = "".join(pieces)
    assert taken(whole) == taken(*pieces) == taken(*whole)


def test_a_megabyte_is_taken_in_time_linear_in_it() -> None:
    pastes, page = Pastes(), "\x1b[3" * 1000
    typed = [each for n in range(400) for each in pastes.take(page if n else BEGIN + page)]
    assert typed == [BEGIN]
    found = [each for each in pastes.take(END) if isinstance(each, Paste)]
    assert len(found[0].text) == 400 * 1000 * 2


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("a\r\nb\rc\x0bd\u2028e", "a\nb\nc\nd\ne"),
        ("tab\tet\x00\x07\x9b31m", "tab\tet31m"),
        ("cœur ‘’ 👩 \xa0;", "cœur ‘’ 👩 \xa0;"),
        ("hospi\u00adta\u200blier \u202eabc", "hospitalier abc"),
    ],
)
def test_codes_go_and_words_stay(pasted: str, kept: str) -> None:
    assert without_codes(pasted) == kept


async def test_people_pasted_one_a_line_are_all_written_to(
    practice: Practice, opened: Opened
) -> None:
    async with opened((80, 24)) as person:
        await write(person, to="")
        field = person.app.screen.query_one("#to", Input)
        field.focus()
        await person.until(lambda: field.has_focus)
        person.app.post_message(Paste("zoe@labo.example\nluc@labo.example;\n\nbob@labo.example\n"))
        await person.until(lambda: "bob" in field.value)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert [each.email.partition("@")[0] for each in leaving(practice.db)[0].to] == [
            "zoe",
            "luc",
            "bob",
        ]


async def test_a_megabyte_in_a_field_is_refused_in_a_sentence(
    practice: Practice, opened: Opened
) -> None:
    async with opened((80, 24)) as person:
        await person.press("slash")
        await person.until(lambda: isinstance(person.app.focused, Input))
        person.app.post_message(Paste("mot " * 250_000))
        await person.sees("trop long pour ce champ")
        assert person.find(Input).value == ""
        person.app.post_message(Paste("deux\nmots"))
        await person.until(lambda: person.find(Input).value == "deux mots")


def test_paths_pasted_one_a_line_stay_apart(tmp_path: Path) -> None:
    paths = [tmp_path / "a b.pdf", tmp_path / "c'd.pdf"]
    for each in paths:
        each.write_bytes(b"%PDF")
    joined = on_one_line("\n".join(map(str, paths)), Input())
    assert shlex.split(joined) == [str(each) for each in paths]
    assert on_one_line("phrase de passe\nautre", Input(password=True)) == "phrase de passe"


async def test_what_a_paste_holds_is_text_in_the_letter(practice: Practice, opened: Opened) -> None:
    async with opened((80, 24)) as person:
        await write(person)
        for message in heard(f"{BEGIN}{HOSTILE}{END}Z".encode()):
            if isinstance(message, Paste):
                person.app.post_message(message)
        await person.until(lambda: text(person) == "Bonjouravant rouge\ncommandefin[20")
        assert leaving(practice.db) == []

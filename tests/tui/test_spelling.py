"""Spelling: one doubtful word after the other, and those on the screen underlined."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from store.db.own_words import own_words
from store.db.sender_identities import change_identity
from store.model.sender_identity import NO_CHECK, SenderIdentity
from tests.tui.conftest import Opened, Person
from tests.tui.practice import Practice
from tests.tui.test_writing_helps import SIZE, text, write
from tui import spelling, underlining
from tui.settings import Settings
from tui.widgets.writing_area import WritingArea
from tui.writing_helps import around_word

FAKE = f"""#!{sys.executable}
import os, sys
if "-l" in sys.argv:
    asked = sys.stdin.read().split()
    with open(os.path.dirname(__file__) + "/asked", "a") as log:
        log.write(" ".join(asked) + "\\n")
    print(*(word for word in asked if word in ("pasient", "zzz")), sep="\\n")
    raise SystemExit
print("@(#) International Ispell")
for line in sys.stdin:
    for word in line[1:].split():
        if word == "pasient":
            print("& pasient 2 3: patient, passent")
        elif word == "zzz":
            print("# zzz 0")
    print()
"""


@pytest.fixture
def hunspell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dictionary that knows every word but two; the file of what it was asked while one wrote."""
    program = tmp_path / "bin" / "hunspell"
    program.parent.mkdir()
    program.write_text(FAKE, encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent))
    return program.parent / "asked"


async def test_a_text_looked_at_only_in_part_is_not_called_right(
    practice: Practice, opened: Opened, hunspell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.spelling.MOST_CHARACTERS", 10)
    async with opened(SIZE) as person:
        await write(person)
        person.find(WritingArea).text = "Tout va bien, dit le pasient.\n"
        await person.press("f7")
        await person.sees("la suite, trop longue, n'a pas été vérifiée")
        monkeypatch.setattr("tui.writing_helps.MOST_DOUBTS", 1)
        person.find(WritingArea).text = "Le pasient va bien, dit zzz.\n"
        await person.press("f7")
        await person.sees("(mots douteux : ≥ 1, au début seulement)")


async def test_doubtful_words_are_shown_and_written_otherwise(
    practice: Practice, opened: Opened, hunspell: Path
) -> None:
    async with opened(SIZE) as person:
        await write(person)
        written = "Le pasient va bien.\nLe 3 nov, zzz a écrit :\n> zzz cité\n"
        person.find(WritingArea).text = written
        await person.press("f7")
        await person.sees("« pasient » : écrire plutôt (mots douteux : 1, sans les citations)")
        assert "passent" in person.text
        assert "│ Le pasient va bien. " in person.text, "where it stands: the question hides it"
        await person.press("enter")
        await person.sees("Aucun mot douteux dans ce que vous avez écrit. Les citations")
        assert text(person) == written.replace("pasient", "patient")


def underlined(person: Person) -> list[str]:
    """What is underlined in the text, as the terminal is told."""
    area = person.find(WritingArea)
    strips = [area.render_line(y) for y in range(area.size.height)]
    runs = ((piece.text, piece.style and piece.style.underline) for one in strips for piece in one)
    return [words.strip() for words, is_under in runs if is_under and words.strip()]


async def test_doubtful_words_are_underlined_once_the_typing_pauses(
    practice: Practice, opened: Opened, hunspell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underlining, "PAUSE_SECONDS", 0.02)
    lines = "Le pasient va bien.\n> zzz cité\n" + "x\n" * 40 + "Au loin, zzz.\n"
    async with opened(SIZE) as person:
        await write(person)
        area = person.find(WritingArea)
        area.text = lines
        area.move_cursor((0, 0))
        await person.until(lambda: underlined(person) == ["pasient"])
        assert "zzz" not in hunspell.read_text()
        area.move_cursor(area.document.end)
        await person.until(lambda: underlined(person) == ["zzz"])
        asked = hunspell.read_text().split()
        assert sorted(asked) == sorted(set(asked)), "looked up twice"
        await person.types("pasient")  # until it is left, it is being typed
        await person.settles()
        assert underlined(person) == ["zzz", "pasient"]  # known already to be none


async def test_a_word_is_ones_own_from_now_on_or_kept_in_this_letter(
    practice: Practice, opened: Opened, hunspell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underlining, "PAUSE_SECONDS", 0.02)
    async with opened(SIZE) as person:
        await write(person)
        area = person.find(WritingArea)
        area.text = "zzz pasient zzz "
        area.move_cursor((0, 1))
        await person.until(lambda: underlined(person) == ["pasient"])  # zzz is being typed
        area.move_cursor(area.document.end)
        await person.until(lambda: underlined(person) == ["zzz", "pasient", "zzz"])
        await person.press("f7")
        await person.sees("« zzz » : écrire plutôt (mots douteux : 3)")
        await person.press("down", "enter")
        await person.sees("« pasient » : écrire plutôt (mots douteux : 1)")
        assert own_words(practice.db) == {"zzz"}
        await person.press("escape")
        await person.until(lambda: underlined(person) == ["pasient"])
        await person.press("f7", "down", "down", "enter")
        await person.sees("Aucun mot douteux.")
        assert underlined(person) == []
        assert text(person) == "zzz pasient zzz "


async def test_it_can_be_turned_off(
    practice: Practice, opened: Opened, hunspell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underlining, "PAUSE_SECONDS", 0.02)
    async with opened(SIZE) as person:
        person.app.apply_settings(Settings(underline=False))
        await write(person)
        person.find(WritingArea).text = "zzz pasient zzz "
        await person.settles()
        assert not hunspell.exists()


async def test_without_a_dictionary_the_spelling_is_off_and_it_is_said(
    practice: Practice, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with opened(SIZE) as person:
        await write(person)
        await person.press("f7")
        await person.sees("Aucun vérificateur d'orthographe sur cette machine")
        change_identity(practice.db, practice.account_id, SenderIdentity(dictionary=NO_CHECK))
        await person.press("f7")
        await person.sees("L'orthographe n'est pas vérifiée pour ce compte.")


async def test_a_dictionary_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "hunspell"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(999)\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(spelling, "SECONDS", 0.2)
    with pytest.raises(Exception, match=r"spelling\.failed"):
        await spelling.doubts("mot", "fr_FR")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("un\nLe pasient va.\ndeux", "Le pasient va."),
        ("a " * 30 + "pasient" + " b" * 30, f"… {'a ' * 15}pasient{' b' * 15} …"),
        ("pasient", "pasient"),
    ],
)
def test_a_word_is_shown_where_it_stands(written: str, shown: str) -> None:
    assert around_word(written, written.index("pasient"), len("pasient")) == shown

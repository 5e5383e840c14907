"""A page as a picture: drawn by a bounded program, sent only to a terminal that said it draws."""

from __future__ import annotations

import base64
import os
import re
import struct
import sys
import zlib
from pathlib import Path

import pytest

from store.db.migrate import migrate
from store.db.open import connect
from store.errors import Usage
from store.host import keys
from store.host.keys import create
from store.host.paths import Home
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter, practice
from tests.tui.terminal import Terminal
from tui.outside import run
from tui.picture import Picture, as_kitty, as_png, as_sixel, picture_of

WIDTH, HEIGHT = 10, 13
PGM = b"P5\n10 13\n255\n" + bytes((x * 25 + y * 3) % 256 for y in range(13) for x in range(10))
DARK_PGM = b"P5\n10 13\n255\n" + bytes(130)
PDF = ("page.pdf", "application/pdf", b"%PDF-1.7 not really\n%%EOF")
ASKED, ASKED_KITTY = b"\x1b[c", b"\x1b_Gi=31"


def test_four_greys_are_what_the_png_says() -> None:
    picture = picture_of(PGM)
    png = as_png(picture)
    data = png[png.index(b"IDAT") + 4 :]
    rows = zlib.decompressobj().decompress(data)
    packed = rows[1:4]
    levels = [byte >> shift & 3 for byte in packed for shift in (6, 4, 2, 0)][:WIDTH]
    assert levels == list(picture.levels[:WIDTH])
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)


def test_sixels_draw_every_dot_once() -> None:
    picture = picture_of(PGM)
    drawn = as_sixel(picture)
    assert drawn.startswith(b'\x1bPq"1;1;10;13')
    assert drawn.endswith(b"\x1b\\")
    body = drawn[drawn.rindex(b"#3;2;99;99;99") + 13 : -2]
    dots: dict[tuple[int, int], int] = {}
    for band, lines in enumerate(body.split(b"-")):
        for line in lines.split(b"$"):
            level, sixels = line[1] - 48, line[2:]
            plain = re.sub(rb"!(\d+)(.)", lambda m: m[2] * int(m[1]), sixels)
            for x, bits in enumerate(plain):
                for n in range(6):
                    if bits - 63 >> n & 1:
                        assert (x, band * 6 + n) not in dots
                        dots[x, band * 6 + n] = level
    assert dots == {
        (x, y): picture.levels[y * WIDTH + x] for y in range(HEIGHT) for x in range(WIDTH)
    }


def test_a_long_picture_goes_to_kitty_in_short_codes() -> None:
    noise = os.urandom(400 * 400).translate(bytes(n % 4 for n in range(256)))
    codes = as_kitty(Picture(400, 400, noise), 80, 23)
    pieces = re.findall(rb"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", codes)
    assert b"".join(b"\x1b_G%s;%s\x1b\\" % piece for piece in pieces) == codes
    assert [keys[-1:] for keys, _ in pieces] == [b"1"] * (len(pieces) - 1) + [b"0"]
    assert max(len(data) for _, data in pieces) <= 4096
    assert base64.b64decode(b"".join(data for _, data in pieces)).startswith(b"\x89PNG")


@pytest.mark.parametrize("pgm", [b"", b"P6\n1 1\n255\n000", b"P5\n9999 9999\n255\n0", PGM[:-1]])
def test_what_is_no_page_is_refused(pgm: bytes) -> None:
    with pytest.raises(Usage) as caught:
        picture_of(pgm)
    assert caught.value.code == "tui.picture.unreadable"


def test_a_program_is_bounded_in_time_and_in_what_it_says() -> None:
    endless = [sys.executable, "-c", "while True: print('x' * 100000, flush=True)"]
    ran = run(endless, b"", seconds=20, most_octets=100_000)
    assert ran.code != 0
    assert len(ran.said) <= 100_000
    with pytest.raises(Usage) as caught:
        run(["sleep", "60"], b"", seconds=0.1)
    assert caught.value.code == "tui.outside.too_long"


async def test_without_the_renderer_the_text_is_offered(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter(documents=[PDF, ("x.csv", "text/csv", b"1;2\n")]))
    monkeypatch.setenv("PATH", "/nowhere")
    async with opened() as person:
        await person.press("enter", "P")
        await person.sees("Choisissez le document")
        await person.press("P")
        await person.sees("doit avoir le programme pdftoppm")
        await person.press("down", "P")
        await person.sees("Seule la page d'un PDF")


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command of a screen whose one letter has a PDF, and a renderer that draws PGM."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    home, key_file = Home(root), root / "key"
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    db = connect(home, create(home, key_file=key_file, passphrase="une phrase bien longue"))
    migrate(db)
    practice(db).deliver(letter(documents=[PDF]))
    db.close()
    (tmp_path / "page.pgm").write_bytes(PGM)
    renderer = tmp_path / "pdftoppm"
    # Of two pages, the second one darker.
    (tmp_path / "page2.pgm").write_bytes(DARK_PGM)
    script = 'case "$*" in *"-f 1 -l 1"*) n=;; *"-f 2 -l 2"*) n=2;; *) exit 99;; esac'
    script += f"\ncat >/dev/null\nexec cat '{tmp_path}'/page$n.pgm\n"
    renderer.write_text(f"#!/bin/sh\n{script}")
    renderer.chmod(0o700)
    return ["-m", "tests.tui.run_app", str(root), str(key_file)]


def ask_for_the_page(terminal: Terminal) -> int:
    """Open the letter and press the key; how much had been sent before."""
    terminal.wait_for("Résultats")
    terminal.settle()
    terminal.press("\r")
    terminal.wait_for("page.pdf")
    sent = len(terminal.octets)
    os.write(terminal.ours, b"P")
    assert terminal.until(lambda: ASKED in terminal.octets[sent:])
    return sent


def answers(terminal: Terminal, octets: bytes) -> None:
    os.write(terminal.ours, octets)


def test_a_terminal_that_does_not_answer_is_sent_no_picture(
    letters: list[str], tmp_path: Path
) -> None:
    path = f"{tmp_path}:{os.environ['PATH']}"
    with Terminal(letters, columns=100, PATH=path) as terminal:
        sent = ask_for_the_page(terminal)
        terminal.wait_for("Ce terminal ne dit pas qu'il sait dessiner")
        assert b"\x1b_G" not in terminal.octets[sent:]
        assert b"\x1bPq" not in terminal.octets[sent:]


@pytest.mark.parametrize("abilities", [b"\x1b[?62;4;22c", b"\x1b[?62;22c", b"\x1b[?4c"])
def test_only_what_was_answered_is_drawn(
    letters: list[str], tmp_path: Path, abilities: bytes
) -> None:
    path = f"{tmp_path}:{os.environ['PATH']}"
    with Terminal(letters, columns=100, PATH=path) as terminal:
        sent = ask_for_the_page(terminal)
        answers(terminal, abilities)
        assert terminal.until(lambda: ASKED_KITTY in terminal.octets[sent:])
        answers(terminal, abilities)
        if b"4" in abilities.strip(b"\x1b[?c").split(b";"):
            drawn = b"\x1b[2J\x1b[H" + as_sixel(picture_of(PGM))
            assert terminal.until(lambda: drawn in terminal.octets[sent:])
            terminal.press("x")
            terminal.wait_for("page.pdf")
        else:
            terminal.wait_for("Ce terminal ne dit pas qu'il sait dessiner")
            assert b"\x1bPq" not in terminal.octets[sent:]


def test_kitty_is_drawn_for_and_cleaned_after(letters: list[str], tmp_path: Path) -> None:
    path = f"{tmp_path}:{os.environ['PATH']}"
    with Terminal(letters, columns=100, rows=24, PATH=path) as terminal:
        sent = ask_for_the_page(terminal)
        answers(terminal, b"\x1b[?62c")
        assert terminal.until(lambda: ASKED_KITTY in terminal.octets[sent:])
        answers(terminal, b"\x1b_Gi=31;OK\x1b\\\x1b[?62c")
        drawn = as_kitty(picture_of(PGM), 100, 23)
        assert terminal.until(lambda: drawn in terminal.octets[sent:])
        terminal.press("x")
        assert terminal.until(lambda: b"\x1b_Ga=d,q=2\x1b\\" in terminal.octets[sent:])
        terminal.wait_for("page.pdf")
        before = len(terminal.octets)
        terminal.press("\x1b")
        assert terminal.until(lambda: len(terminal.octets) > before)
        terminal.wait_for("Réception")


def test_pages_are_turned_and_the_last_one_stays(letters: list[str], tmp_path: Path) -> None:
    path = f"{tmp_path}:{os.environ['PATH']}"
    first, second = (b"\x1b[2J\x1b[H" + as_sixel(picture_of(pgm)) for pgm in (PGM, DARK_PGM))
    with Terminal(letters, columns=100, PATH=path) as terminal:
        sent = ask_for_the_page(terminal)
        answers(terminal, b"\x1b[?62;4c")
        assert terminal.until(lambda: ASKED_KITTY in terminal.octets[sent:])
        answers(terminal, b"\x1b[?62;4c")
        assert terminal.until(lambda: first in terminal.octets[sent:])
        turned = [("   ", second, 1), ("\x1b[5~", first, 2), ("\x1b[C", second, 2)]
        for key, page, times in turned:
            os.write(terminal.ours, key.encode())
            assert terminal.until(lambda p=page, t=times: terminal.octets[sent:].count(p) == t)  # type: ignore[misc]
        os.write(terminal.ours, b" ")  # there is no third
        terminal.press("x")
        terminal.wait_for("page.pdf")
        assert [terminal.octets[sent:].count(page) for page in (first, second)] == [2, 2]


def test_a_picture_goes_when_nobody_is_there_and_the_store_locks(
    letters: list[str], tmp_path: Path
) -> None:
    path = f"{tmp_path}:{os.environ['PATH']}"
    with Terminal([*letters, "2"], columns=100, rows=24, PATH=path) as terminal:
        sent = ask_for_the_page(terminal)
        answers(terminal, b"\x1b[?62c")
        assert terminal.until(lambda: ASKED_KITTY in terminal.octets[sent:])
        answers(terminal, b"\x1b_Gi=31;OK\x1b\\\x1b[?62c")
        terminal.wait_for("Phrase de passe")
        gone = terminal.octets.index(b"\x1b_Ga=d,q=2\x1b\\", sent)
        assert b"page.pdf" not in terminal.octets[gone:]

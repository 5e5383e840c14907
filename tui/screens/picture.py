"""The pages of a PDF as pictures, on a terminal that can draw them; its text is always there too.

A page is drawn by a program of this machine, in a child that is bounded in time and memory, and
never by Pli itself. The screen steps aside, the terminal is asked, and a key that turns no page
brings the screen back. Without the program, or the ability, a sentence says what there is instead.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from store.db.parts import part_octets
from store.errors import Usage
from store.model.email import Part
from store.model.ids import EmailId
from tui.bare_terminal import CLEAR, FORGET_KITTY, Draws, bare_terminal
from tui.outside import run
from tui.picture import Picture, as_kitty, as_sixel, picture_of
from tui.plain import said
from tui.screens.screen import PliScreen

if TYPE_CHECKING:
    from tui.app import PliApp

RENDERER = "pdftoppm"
HEIGHT = 800
"""Dots of the longer side: text of 10 points can be read, and four greys of it are 10 to 30 KB."""
SECONDS = 20.0
ON = (b" ", b"\x1b[6~", b"\x1b[B", b"\x1b[C", b"\x1bOB", b"\x1bOC")
BACK = (b"b", b"\x1b[5~", b"\x1b[A", b"\x1b[D", b"\x1bOA", b"\x1bOD")
"""What turns the page: space, Page Down, arrows; b, Page Up, arrows."""
KEY = re.compile(rb"\x1b[\[O][\d;]*.|.", re.DOTALL)
MOST_OCTETS = 16 * 2**20


async def show_picture(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Show the first page; the others as they are turned to."""
    if part.media_type != "application/pdf" and not part.name.lower().endswith(".pdf"):
        raise Usage("tui.picture.no_pdf")
    program = shutil.which(RENDERER)
    if program is None:
        raise Usage("tui.picture.no_renderer")
    pli.say(said("tui.picture.drawing"))
    octets = await pli.desk.fetch(part_octets, email_id, part.number)
    draw = partial(_drawn, program, octets)
    first = await asyncio.to_thread(draw, 1)
    try:
        async with pli.aside():
            shown = await asyncio.to_thread(_show, draw, first, lambda: not pli.is_idle)
    except SuspendNotSupported as error:
        raise Usage("tui.picture.no_terminal") from error
    if not shown:
        raise Usage("tui.picture.no_terminal")
    if isinstance(pli.screen, PliScreen):
        pli.screen.hush()


def _drawn(program: str, octets: bytes, page: int) -> Picture:
    only = ("-f", str(page), "-l", str(page))
    command = [program, "-gray", "-singlefile", *only, "-scale-to", str(HEIGHT), "-"]
    ran = run(command, octets, seconds=SECONDS, most_octets=MOST_OCTETS)
    if ran.code != 0:
        raise Usage("tui.picture.unreadable")
    return picture_of(ran.said)


def _show(draw: Callable[[int], Picture], first: Picture, goes_on: Callable[[], bool]) -> bool:
    """On the terminal itself, until a key is pressed that turns no page; False where it does not
    draw."""
    if sys.__stdin__ is None or sys.__stdout__ is None or not sys.__stdout__.isatty():
        return False
    reads, writes = sys.__stdin__.fileno(), sys.__stdout__.fileno()
    with bare_terminal(reads, writes) as terminal:
        draws = terminal.draws()
        if draws is Draws.NOT:
            return False
        columns, rows = os.get_terminal_size(writes)
        kitty = draws is Draws.KITTY
        clear = (FORGET_KITTY if kitty else b"") + CLEAR
        for picture in _turned(draw, first, lambda: terminal.wait_for_key(goes_on)):
            if not goes_on():
                break
            drawn = as_kitty(picture, columns, rows - 1) if kitty else as_sixel(picture)
            terminal.write(clear + drawn)
        terminal.write(clear)
    return True


def _turned(
    draw: Callable[[int], Picture], first: Picture, key: Callable[[], bytes]
) -> Iterator[Picture]:
    """The pages one after the other, as keys turn them; where there is no other, it stays.

    A key that is held repeats itself while a page is drawn: of several, the last counts.
    """
    page = 1
    yield first
    while (pressed := b"".join(KEY.findall(key())[-1:])) in (*ON, *BACK):
        turned = page + 1 if pressed in ON else page - 1
        try:
            picture = draw(turned) if turned else first
        except Usage:
            continue
        page = max(1, turned)
        yield picture

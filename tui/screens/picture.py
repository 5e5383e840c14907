"""A page of a PDF as a picture, on a terminal that can draw one; its text is always there too.

The page is drawn by a program of this machine, in a child that is bounded in time and memory, and
never by Pli itself. The screen steps aside, the terminal is asked, and a key brings the screen
back. Without the program, or the ability, a sentence says what there is instead.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
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
MOST_OCTETS = 16 * 2**20


async def show_picture(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Show the first page."""
    if part.media_type != "application/pdf" and not part.name.lower().endswith(".pdf"):
        raise Usage("tui.picture.no_pdf")
    program = shutil.which(RENDERER)
    if program is None:
        raise Usage("tui.picture.no_renderer")
    pli.say(said("tui.picture.drawing"))
    octets = await pli.desk.fetch(part_octets, email_id, part.number)
    picture = await asyncio.to_thread(_drawn, program, octets)
    try:
        async with pli.aside():
            shown = await asyncio.to_thread(_show, picture, lambda: not pli.is_idle)
    except SuspendNotSupported as error:
        raise Usage("tui.picture.no_terminal") from error
    if not shown:
        raise Usage("tui.picture.no_terminal")
    if isinstance(pli.screen, PliScreen):
        pli.screen.hush()


def _drawn(program: str, octets: bytes) -> Picture:
    command = [program, "-gray", "-singlefile", "-f", "1", "-l", "1", "-scale-to", str(HEIGHT), "-"]
    ran = run(command, octets, seconds=SECONDS, most_octets=MOST_OCTETS)
    if ran.code != 0:
        raise Usage("tui.picture.unreadable")
    return picture_of(ran.said)


def _show(picture: Picture, goes_on: Callable[[], bool]) -> bool:
    """On the terminal itself, until a key is pressed; False where it does not draw."""
    if sys.__stdin__ is None or sys.__stdout__ is None or not sys.__stdout__.isatty():
        return False
    reads, writes = sys.__stdin__.fileno(), sys.__stdout__.fileno()
    with bare_terminal(reads, writes) as terminal:
        draws = terminal.draws()
        if draws is Draws.NOT:
            return False
        columns, rows = os.get_terminal_size(writes)
        kitty = draws is Draws.KITTY
        drawn = as_kitty(picture, columns, rows - 1) if kitty else as_sixel(picture)
        terminal.write(CLEAR + drawn)
        terminal.wait_for_key(goes_on)
        terminal.write((FORGET_KITTY if kitty else b"") + CLEAR)
    return True

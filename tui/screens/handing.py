"""A document handed to a program of this machine: piped, printed, opened.

Whatever leaves Pli so is in clear, in the hands of that program: the person asks for it each time,
and it is said. What a program answers is a letter's words like any other.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.db.opened import came_sealed
from store.db.parts import part_octets
from store.errors import Usage
from store.model.email import Part
from store.model.ids import EmailId
from tui.file_names import is_odd, safe_name
from tui.outside import run, start, words_of
from tui.plain import Plain, explained, plain_block, plain_words, said
from tui.screens.ask import Field, Question
from tui.screens.parts import TextScreen
from tui.widgets.part_list import part_words

if TYPE_CHECKING:
    from tui.app import PliApp

PRINT_WITH, OPEN_WITH = "PLI_PRINT_WITH", "PLI_OPEN_WITH"
"""Commands for one run, before those of the settings (`program.print`, `program.open`). The
document is the input of the first, a file of the second."""


async def pipe_part(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Ask for a command, give it the document, show what it answers."""
    command, trouble = pli.last_command, None
    while True:
        asked = said("tui.ask.pipe", name=part_words(part))
        answer = await pli.ask(Field(asked, plain_words(command), trouble))
        if not answer or not answer.strip():
            return
        try:
            words = words_of(answer)
            octets = await pli.desk.fetch(part_octets, email_id, part.number)
            ran = await asyncio.to_thread(run, words, octets)
        except Usage as error:
            command, trouble = answer, explained(error)
            continue
        break
    pli.last_command = answer
    text = plain_block(ran.said.decode("utf-8", errors="replace"))
    if text.strip():
        await pli.push_screen(TextScreen(email_id, part, text))
    code = ran.code
    pli.say(said("tui.done.piped") if code == 0 else said("tui.outside.failed", code=code))


async def print_part(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Print it, once the person has said so: paper lies where others pass."""
    words = _chosen(PRINT_WITH, pli.settings.print_command or ("lp",))
    if shutil.which(words[0]) is None:
        raise Usage("tui.outside.no_printer", command=words[0])
    if not await pli.ask(Question(said("tui.ask.print", name=part_words(part)))):
        return
    octets = await pli.desk.fetch(part_octets, email_id, part.number)
    ran = await asyncio.to_thread(run, words, octets)
    code = ran.code
    pli.say(said("tui.done.printed") if code == 0 else said("tui.outside.failed", code=code))


async def open_part(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Open it with the program of this machine for such files, once the person has said so."""
    usual = ("xdg-open",) if _has_desktop() else ()
    words = _chosen(OPEN_WITH, pli.settings.open_command or usual)
    if not words:
        raise Usage("tui.outside.no_desktop")
    if shutil.which(words[0]) is None:
        raise Usage("tui.outside.no_program", command=words[0])
    if not await pli.ask(Question(_opening(part))):
        return
    octets = await pli.desk.fetch(part_octets, email_id, part.number)
    name = safe_name(part.name, part.number)
    path = await asyncio.to_thread(pli.lent.lend, name, octets)
    await asyncio.to_thread(start, words, path)
    sealed = await pli.desk.read(came_sealed, email_id)
    pli.say(said("tui.done.opened_sealed" if sealed else "tui.done.opened"))


def _chosen(variable: str, otherwise: Sequence[str]) -> Sequence[str]:
    """The command that the environment names, for one run, or what was chosen for good."""
    try:
        return shlex.split(os.environ.get(variable, "")) or otherwise
    except ValueError as error:
        raise Usage("tui.outside.no_program", command=os.environ[variable]) from error


def _opening(part: Part) -> Plain:
    key = "tui.ask.open_odd" if is_odd(part.name) else "tui.ask.open"
    return said(key, name=part_words(part))


def _has_desktop() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

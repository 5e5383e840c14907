"""Telling somebody who looks elsewhere that something came: that it did, never what or from whom.

A bell, a notice of the terminal, a command of the site's. The words pass a terminal multiplexer, a
window manager, perhaps another machine: they are one of our sentences and a number.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from collections.abc import Callable, Sequence
from typing import NamedTuple

from store.db.news import came_since, newest_email
from store.db.open import Connection
from store.host.log import event
from tui.plain import Plain, said
from tui.settings import Settings
from tui.terminal_codes import BELL, notice

log = logging.getLogger(__name__)
COMMAND_SECONDS = 5.0


class News(NamedTuple):
    """What came since the last look."""

    newest: int
    letters: int


def look_for_news(db: Connection, since: int | None) -> News:
    """What came; nothing at the first look, which only learns where one stands."""
    newest = newest_email(db)
    return News(newest, 0 if since is None or newest == since else came_since(db, since))


def words_of(letters: int) -> Plain:
    """'Pli : 1 nouveau message'."""
    return said("news.one") if letters == 1 else said("news.many", n=letters)


def tell(settings: Settings, words: Plain, write: Callable[[str], object]) -> None:
    """Ring, and have the terminal say it."""
    in_tmux = bool(os.environ.get("TMUX"))
    codes = (BELL if settings.bell else "") + notice(settings.sign, words, in_tmux=in_tmux)
    if codes:
        write(codes)


async def run(command: Sequence[str], words: Plain) -> None:
    """Run the command of the site's with the words as its last argument; never for long."""
    if not command:
        return
    try:
        await asyncio.to_thread(_run, [*command, words])
    except (OSError, subprocess.TimeoutExpired) as error:
        event(log, logging.WARNING, "notice.not_run", error=error)


def _run(command: list[str]) -> None:
    nothing = subprocess.DEVNULL
    subprocess.run(
        command, stdin=nothing, stdout=nothing, stderr=nothing, timeout=COMMAND_SECONDS, check=False
    )

"""Adding an account from the screen: a few questions, then `pli account add` on the terminal.

That command looks for the servers, says what it found and from where, asks for the password where
nobody sees it typed, and writes nothing unless all of it is there. The screen steps aside then.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from store.compose import is_address
from store.host.keys import DataKey
from store.host.paths import Home
from tui.children import on_terminal
from tui.gestures import want_every_account
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.ask import Field, Question

if TYPE_CHECKING:
    from tui.app import PliApp


async def add_account(pli: PliApp) -> None:
    """Ask, run the command, say what came of it."""
    words = await questions(pli)
    if words is None or pli.key is None:
        return
    address = plain_words(words[0])
    if pli.is_headless:
        pli.say(said("wizard.no_terminal", address=address))
        return
    async with pli.aside():
        code = await asyncio.to_thread(_on_terminal, pli.home, pli.key, words)
    pli.refresh(layout=True, repaint=True)
    if code == 0:
        await pli.desk.wish(want_every_account, pli.now())
    pli.say(said("wizard.added" if code == 0 else "wizard.not_added", address=address))


async def questions(pli: PliApp) -> list[str] | None:
    """The words after `pli account add`; None when the person would rather not."""
    trouble: Plain | None = None
    typed = NOTHING
    while True:
        answer = await pli.ask(Field(said("wizard.address"), typed, trouble))
        if not answer or not answer.strip():
            return None
        if is_address(answer.strip()):
            break
        typed, trouble = plain_words(answer), said("send.bad_address", address=answer.strip())
    receives = await pli.ask(Field(said("wizard.imap"), NOTHING))
    if receives is None:
        return None
    if not receives.strip():
        return [answer.strip()]
    sends = await pli.ask(Field(said("wizard.smtp"), NOTHING))
    if not sends or not sends.strip():
        return None
    at_once = await pli.ask(Question(said("wizard.tls")))
    servers = ["--imap", receives.strip(), "--smtp", sends.strip()]
    return [answer.strip(), *servers, "--tls", "implicit" if at_once else "starttls"]


def _on_terminal(home: Home, key: DataKey, words: list[str]) -> int:
    """The command, on a terminal given back to it; then wait for Enter."""
    _write(said("wizard.begins", address=words[0]))
    code = on_terminal(home, key, "account", "add", *words)
    _write(said("wizard.press"))
    sys.stdin.readline()
    return code


def _write(words: Plain) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()

"""Documents that came with a letter: read as text, or saved where the person says."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from store.db.open import Connection
from store.db.opened import came_sealed
from store.db.parts import part_octets, part_text
from store.errors import Usage
from store.model.email import Part
from store.model.ids import EmailId
from tui.actions import IN_TEXT_SCREEN, bindings
from tui.file_names import safe_name, save_new
from tui.plain import Plain, explained, plain_block, plain_words, said
from tui.screens.ask import Field
from tui.screens.finding import ask_and_find
from tui.screens.screen import Aside
from tui.widgets.letter_text import LetterText
from tui.widgets.part_list import part_words
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

NO_TEXT = {
    "none": "tui.part.none",
    "wanted": "tui.part.wanted",
    "unreadable": "tui.part.unreadable",
}
DOWNLOADS = ("Téléchargements", "Downloads")


class TextScreen(Aside):
    """The text of one document."""

    ACTIONS = IN_TEXT_SCREEN
    BINDINGS = bindings(IN_TEXT_SCREEN)

    def __init__(self, email_id: EmailId, part: Part, text: Plain) -> None:
        super().__init__()
        self.email_id, self.part, self.text = email_id, part, text

    def compose_body(self) -> ComposeResult:
        """Its name, then its text."""
        yield Words(part_words(self.part), classes="title")
        yield LetterText(self.text)

    def action_save_part(self) -> None:
        """Save the document itself."""
        self.pli.errand(partial(save_part, self.pli, self.email_id, self.part), group="part")

    def action_picture(self) -> None:
        """Its page as a picture, where the terminal can."""
        from tui.screens.picture import show_picture

        self.pli.errand(partial(show_picture, self.pli, self.email_id, self.part), group="part")

    def on_letter_text_sought(self, event: LetterText.Sought) -> None:
        """`/`."""
        ask_and_find(self.pli, event.text)


async def show_part(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Show what a document says, or say why that cannot be."""
    words = await pli.desk.fetch(_text_of, email_id, part)
    if isinstance(words, str):
        await pli.push_screen(TextScreen(email_id, part, plain_block(words)))
    else:
        pli.say(said(words.code, **words.params))


def _text_of(db: Connection, email_id: EmailId, part: Part) -> str | Usage:
    state, text = part_text(db, email_id, part.number)
    if state == "ready":
        return text
    if state == "none" and part.media_type.startswith("text/") and part.media_type != "text/html":
        octets = part_octets(db, email_id, part.number)
        try:
            return octets.decode(part.charset or "utf-8", errors="replace")
        except LookupError:
            return octets.decode("utf-8", errors="replace")
    return Usage(NO_TEXT[state])


async def save_part(pli: PliApp, email_id: EmailId, part: Part) -> None:
    """Ask where, and save; ask again while it cannot be saved there."""
    path, trouble = str(_usual_folder() / safe_name(part.name, part.number)), None
    question = said("tui.ask.save", name=part_words(part))
    while True:
        answer = await pli.ask(Field(question, plain_words(path), trouble))
        if not answer or not answer.strip():
            return
        octets = await pli.desk.fetch(part_octets, email_id, part.number)
        try:
            kept = await asyncio.to_thread(_save, answer.strip(), part, octets)
        except Usage as error:
            path, trouble = answer, explained(error)
            continue
        # Out of Pli it is in clear; that is the person's own act, and is said.
        sealed = await pli.desk.read(came_sealed, email_id)
        pli.say(said("tui.done.saved_opened" if sealed else "tui.done.saved", path=kept))
        return


def _save(words: str, part: Part, octets: bytes) -> Path:
    """Save where `words` say: a file, or a folder to put it in."""
    try:
        path = Path(words).expanduser().absolute()
        inside = path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        # `~nobody/x`, or a path with a null character.
        raise Usage("tui.save.failed", path=words) from error
    path = path / safe_name(part.name, part.number) if inside else path
    save_new(path, octets)
    return path


def _usual_folder() -> Path:
    home = Path.home()
    return next((home / name for name in DOWNLOADS if (home / name).is_dir()), home)

"""Look for words in the text that is being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.plain import NOTHING, plain_words, said
from tui.screens.ask import Field
from tui.still_there import is_there
from tui.widgets.letter_text import LetterText

if TYPE_CHECKING:
    from tui.app import PliApp


def ask_and_find(pli: PliApp, text: LetterText) -> None:
    """Ask what to look for, and go there; Escape leaves all as it was."""

    async def errand() -> None:
        words = await pli.ask(Field(said("tui.ask.find"), NOTHING))
        if words is None or not is_there(text):
            return
        if not text.find(words) and words.strip():
            pli.say(said("tui.find.none", words=plain_words(words)))

    pli.errand(errand, group="part")

"""Words that the dictionary does not know, underlined while one writes: those on the screen only.

Once the typing pauses, the words that are on the screen and were not looked up yet are given to the
dictionary, a process of its own; no key waits for it. What it said of a word holds for the letter.
The word one is still typing is left alone. Without a dictionary nothing is underlined, in silence:
`check_spelling` is who says it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from textual.timer import Timer

from store.db.own_words import own_words
from store.db.sender_identities import identity
from store.errors import Usage
from tui.spelling import WORD, unknown
from tui.still_there import is_there

if TYPE_CHECKING:
    from tui.screens.letter_form import LetterForm

PAUSE_SECONDS = 0.7
MOST_WORDS = 2_000
"""Looked up at once: more than any screen holds."""


class Underlining:
    """What is known of the words of one letter."""

    def __init__(self, form: LetterForm) -> None:
        self.form = form
        self.off = False
        self._sound: set[str] = set()
        self._doubtful: set[str] = set()
        self._learnt: set[str] = set()
        """Words, case folded, that the person keeps in this letter."""
        self._pause: Timer | None = None

    def forget(self) -> None:
        """Another dictionary is asked from now on."""
        self.off = False
        self._sound.clear()
        self._doubtful.clear()
        self._show()
        self.soon()

    def soon(self) -> None:
        """Look once the typing pauses."""
        if self.off or not self.form.pli.settings.underline:
            return
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.form.set_timer(PAUSE_SECONDS, self._now)

    def _now(self) -> None:
        self.form.pli.chore(self.look, group="underlining", exclusive=True)

    def knows(self, word: str, own: Collection[str]) -> bool:
        """Whether a word is the person's own, or kept."""
        folded = word.casefold()
        return folded in own or folded in self._learnt

    def learn(self, word: str) -> None:
        """Doubt it no more."""
        self._learnt.add(word.casefold())
        self._show()

    async def look(self) -> None:
        """Look up what is on the screen and not known yet."""
        form, text = self.form, self.form.text
        typed = text.word_at_cursor() if text.has_focus else ""
        shown = {word for line in text.lines_shown() for word in WORD.findall(line)}
        new = sorted(shown - self._sound - self._doubtful - {typed})[:MOST_WORDS]
        if not new:
            return
        how = await form.pli.desk.read(identity, form.account.id)
        own = await form.pli.desk.read(own_words)
        try:
            doubtful = await unknown(new, how.dictionary)
        except Usage:
            self.off = True
            return
        self._sound |= set(new) - doubtful
        self._doubtful |= {word for word in doubtful if word.casefold() not in own}
        if is_there(form):
            self._show()

    def _show(self) -> None:
        doubted = (word for word in self._doubtful if word.casefold() not in self._learnt)
        self.form.text.doubt(frozenset(doubted))

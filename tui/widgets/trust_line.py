"""Who signed the open letter, for whom it was sealed, by which network: one line, outside of it.

No letter can draw here: the line is no part of the pane, and every name on it is short, on one
line, and without our marks (store/trust_words.py).
"""

from __future__ import annotations

from store import trust_words
from store.model.opened import LetterTrust
from tui.plain import NOTHING, Plain
from tui.widgets.words import Words


class TrustLine(Words):
    """What is known of the open letter."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.trust: LetterTrust | None = None
        self.listed: bool | None = None

    def show(self, trust: LetterTrust, now: int, listed: bool | None = None) -> None:
        """Say it; `listed` is whether the directory has the sender, None when not known yet."""
        self.trust, self.listed = trust, listed
        self.say(trust_words.line(trust, now, listed=listed))

    def clear(self) -> None:
        """No letter is open."""
        self.trust, self.listed = None, None
        self.say(NOTHING)

    def words_of(self, now: int) -> Plain:
        """All of it, with the reasons."""
        if self.trust is None:
            return NOTHING
        return Plain("\n".join(trust_words.explained(self.trust, now, listed=self.listed)))

"""What the flat mode does to the open letter beside archiving it: star, label, mailbox, later."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from store.asking.dates import moment_typed
from store.db.fold import fold
from store.db.glance import shown_in
from store.db.keywording import having
from store.db.labels import label_named, labels
from store.db.mailboxes import mailboxes
from store.errors import Usage
from store.host import clock
from store.model.email import FLAGGED, SEEN
from store.model.ids import MailboxId, PlacementId
from tui import filing
from tui.commands.flat.words import numbered
from tui.filing import Done
from tui.later import Later, choices
from tui.plain import plain_words, said
from tui.widgets.mailbox_list import mailbox_words

if TYPE_CHECKING:
    from tui.commands.flat.session import Flat


class FlatFiling:
    """Commands about the letter that is open; a list they say is chosen from by its numbers."""

    def __init__(self, flat: Flat) -> None:
        self.flat, self.talk, self.db = flat, flat.talk, flat.db

    @property
    def _letter(self) -> PlacementId:
        return self.flat.read[0].placement_id

    def star(self, rest: str) -> None:
        """Put the star, or take it off."""
        letter = self._letter
        on = not having(self.db, [letter], FLAGGED)
        self.flat.did(filing.change_keyword(self.db, [letter], FLAGGED, on=on))

    def unread(self, rest: str) -> None:
        """It is to be read again."""
        self.flat.did(filing.change_keyword(self.db, [self._letter], SEEN, on=False))

    def label(self, rest: str) -> None:
        """Put a label on, or take it off; without a name, ask for it."""
        letter, known = self._letter, labels(self.db)
        if not rest and known:
            self.talk.say(said("flat.labels", names=", ".join(known.values())))
        name = rest or self.talk.ask(said("flat.label_what")).strip()
        if not name:
            return
        same = [k for k, each in known.items() if fold(each).casefold() == fold(name).casefold()]
        keyword = same[0] if same else label_named(self.db, name)
        on = not having(self.db, [letter], keyword)
        shown = plain_words(known.get(keyword, name))
        self.flat.did(filing.change_label(self.db, [letter], keyword, shown, on=on))

    def move(self, rest: str) -> None:
        """Say the mailboxes of its account; a number files it there."""
        letter = self._letter
        here = shown_in(self.db, letter)
        found = [m for m in mailboxes(self.db, here.account_id) if m.id != here.id]
        if not found:
            raise Usage("flat.no_other_mailbox")
        self._offer([partial(self._move, letter, each.id) for each in found])
        self.talk.say(said("flat.which_mailbox"))
        self.talk.say(numbered([plain_words(mailbox_words(each).strip()) for each in found]))

    def _move(self, letter: PlacementId, target_id: MailboxId) -> None:
        self._gone(filing.move_to(self.db, [letter], target_id))

    def snooze(self, rest: str) -> None:
        """Put it off until the day that is typed; without one, say the usual times."""
        letter, now = self._letter, clock.now()
        if rest:
            at = moment_typed(rest, now)
            if at is None:
                raise Usage("flat.no_such_time", words=rest[:40])
            self._put_off(letter, at)
            return
        times = choices(now)
        self._offer([partial(self._put_off, letter, each.at) for each in times])
        self.talk.say(said("flat.until_when"))
        self.talk.say(numbered([each.words for each in times]))

    def _put_off(self, letter: PlacementId, at: int | Later) -> None:
        until_at = None if isinstance(at, Later) else at
        self._gone(filing.put_off(self.db, [letter], until_at))

    def _offer(self, chosen: list[Callable[[], None]]) -> None:
        self.flat.chosen = chosen

    def _gone(self, done: Done) -> None:
        """It has left its list, whose numbers are heard again."""
        self.flat.gone(done)

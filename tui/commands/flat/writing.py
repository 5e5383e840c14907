"""Writing a letter by questions: to whom, about what, the text, then the way it leaves by.

Whatever ends the questions before the last one, a line that breaks or a clock, what was typed is a
draft by then: it is kept after each answer.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from store.compose import parse_addresses
from store.db import answering
from store.db.accounts import accounts
from store.db.answering import Claimed
from store.db.directory.shelf import Shelf, open_shelf
from store.db.drafts import attach
from store.db.open import Connection
from store.errors import MailError, Usage
from store.host import clock
from store.host.i18n import sentence
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.route_words import line as way_words
from tui import gestures
from tui.commands.flat.talk import Talk
from tui.file_names import read_document
from tui.filing import Done
from tui.gestures import Answered, Place
from tui.plain import Plain, explained, plain_words, said
from tui.widgets.letter_pane import people
from tui.widgets.ways import Found, check_leaves, ways_of

END = "."


class Writing:
    """One letter, from its first question to the last."""

    def __init__(
        self, talk: Talk, home: Home, key: DataKey, db: Connection, by: Account, draft: Draft
    ) -> None:
        self.talk, self.home, self.key, self.db = talk, home, key, db
        self.by, self.draft, self.place = by, draft, Place()
        self.claimed: Claimed | None = None
        """This person's claim on the letter that is answered."""

    def go(self, answered: Answered | None = None) -> Done | None:
        """Ask everything; what was done, or None when it stays a draft."""
        try:
            return self._ask_all(answered)
        finally:
            if self.place.draft_id is None:
                answering.end(self.db, self.claimed)  # nothing was written

    def _ask_all(self, answered: Answered | None) -> Done | None:
        draft = self.draft
        if not draft.to:
            self._change(to=self._people(said("tui.composer.to"), needed=True))
            self._change(cc=self._people(said("tui.composer.cc")))
        else:
            self.talk.say(
                said("flat.line", about=said("tui.composer.to"), subject=people(draft.to))
            )
        if not draft.subject:
            self._change(
                subject=self.talk.ask(
                    said("flat.field", label=said("tui.composer.subject"))
                ).strip()
            )
        self._text()
        while path := self.talk.ask(said("flat.attach")).strip():
            self._attach(path)
        return self._leave(answered)

    def _change(self, **changes: object) -> None:
        self.draft = replace(self.draft, **changes)  # type: ignore[arg-type]
        self.keep()

    def keep(self) -> None:
        """Keep it as it is."""
        self.place, _ = gestures.keep(self.db, self.by.id, self.draft, self.place, clock.now())

    def _people(self, label: Plain, *, needed: bool = False) -> tuple[EmailAddress, ...]:
        while True:
            typed = self.talk.ask(said("flat.field", label=label))
            try:
                found = parse_addresses(typed)
            except Usage as error:
                self.talk.say(explained(error))
                continue
            if found or not needed:
                return found
            self.talk.say(said("tui.composer.nobody"))

    def _text(self) -> None:
        """The text, a line at a time, above what stands there already."""
        self.talk.say(said("flat.text"))
        below, lines = self.draft.body, ""
        while (line := self.talk.ask(Plain(">"))) != END:
            lines += f"{line}\n"
            self._change(body=f"{lines}\n{below}" if below else lines)

    def _attach(self, path: str) -> None:
        try:
            name, kind, octets = read_document(path)
        except Usage as error:
            self.talk.say(explained(error))
            return
        attached = attach(self.db, name, kind, octets)
        self._change(attachments=(*self.draft.attachments, attached))
        self.talk.say(said("flat.attached", name=attached.name))

    def _leave(self, answered: Answered | None) -> Done | None:
        found = self._ways()
        for route in found.routes:
            self.talk.say(way_words(route, found.space))
        try:
            check_leaves(found, self.draft)
        except MailError as error:
            self.talk.say(explained(error))
            self._put_away()
            return None
        if not agreed(self.talk, said("flat.send")):
            self._put_away()
            return None
        now = clock.now()
        _, done = gestures.send(
            *(self.db, self.by.id, self.draft, self.place, now, answered), claimed=self.claimed
        )
        return done

    def _put_away(self) -> None:
        self.keep()
        gestures.leave(self.db, self.place, clock.now())
        self.talk.say(said("flat.kept"))

    def _ways(self) -> Found:
        with self.shelf() as shelf:
            return ways_of(shelf, self.by.id, self.draft, clock.now())

    def shelf(self) -> closing[Shelf]:
        """The store and the directory, until it is left."""
        return closing(open_shelf(self.home, self.key))


def agreed(talk: Talk, question: Plain) -> bool:
    """Whether the answer is yes; anything else is no."""
    answer = talk.ask(plain_words(f"{question} {sentence('flat.yes_no')}")).strip().casefold()
    return bool(answer) and answer in sentence("flat.yes").split()


def first_account(db: Connection) -> Account:
    """Whom a new letter is from.

    Raises:
        Usage: `tui.no_account`.
    """
    everyone = accounts(db)
    if not everyone:
        raise Usage("tui.no_account")
    return everyone[0]

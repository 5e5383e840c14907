"""`pli --flat`: the same store, by words and numbers, one line after the other.

A number means that line of the last list. A command is a word, whole or its first letter; `aide`
says them all. Every command is one method of `Flat` or of one of its parts; their words are in
store/locales, `flat.command.<name>`.
"""

from __future__ import annotations

from collections.abc import Callable

from store import trust_words
from store.db.answering import claimants_of, others_at, others_of
from store.db.claims import keyword_here
from store.db.emails import EmailRow, email
from store.db.keywording import having
from store.db.letter_trust import letter_trust
from store.db.node import node_state
from store.db.open import Connection
from store.errors import MailError, Usage
from store.host import clock
from store.host.i18n import sentence
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.draft import Draft
from store.model.email import ANSWERED, FORWARDED, SEEN, Email, EmailAddress
from store.model.ids import PlacementId
from store.model.mailbox import Role
from tui import filing, gestures
from tui.claiming import begun_here, claim_line, others_words, who_since
from tui.commands.flat.filing import FlatFiling
from tui.commands.flat.health import FlatHealth
from tui.commands.flat.lists import FlatLists
from tui.commands.flat.outbox import FlatOutbox
from tui.commands.flat.parts import read_document, save_document, show_drops
from tui.commands.flat.talk import Talk
from tui.commands.flat.vocabulary import (
    COMMANDS,
    OF_FILING,
    OF_HEALTH,
    OF_LISTS,
    OF_OUTBOX,
    OF_WORKS,
    about_of,
    command_called,
    words_of,
)
from tui.commands.flat.words import numbered, of_part
from tui.commands.flat.works import FlatWorks
from tui.commands.flat.writing import Writing, agreed, first_account
from tui.drafting import forwarded, replied
from tui.filing import Done
from tui.gestures import Answered
from tui.glance import look_around
from tui.nodestart import OwnNode, is_alive
from tui.plain import Plain, explained, plain_words, said
from tui.settings import Settings
from tui.widgets.letter_pane import documents_of, head, text_of
from tui.widgets.status_line import node_words


class Left(Exception):
    """The person leaves."""


class Flat:
    """One person in front of one store."""

    def __init__(
        self,
        talk: Talk,
        home: Home,
        key: DataKey,
        db: Connection,
        node: OwnNode,
        settings: Settings = Settings(),
    ) -> None:
        self.talk, self.home, self.key, self.db, self.node = talk, home, key, db, node
        self.settings = settings
        self.chosen: list[Callable[[], None]] = []
        """What each number of the last list opens."""
        self.open: tuple[EmailRow, Email] | None = None
        self.done: list[Done] = []
        self.lists, self.health, self.filing = FlatLists(self), FlatHealth(self), FlatFiling(self)
        self.leaving, self.long = FlatOutbox(self), FlatWorks(self)

    def run(self) -> None:
        """Until the person leaves."""
        self.talk.say(said("flat.hello"))
        self.status("")
        self.health.begin()
        self.lists.mailboxes("")
        while True:
            try:
                self.obey(self.talk.ask(said("flat.prompt")))
            except Left:
                return

    def obey(self, line: str) -> None:
        """Do what one line asks; what cannot be done is said."""
        word, _, rest = line.strip().partition(" ")
        try:
            if word.isdecimal():
                self._number(int(word))
            elif word:
                self._command(word)(rest.strip())
        except MailError as error:
            self.talk.say(explained(error))

    def _command(self, word: str) -> Callable[[str], None]:
        name = command_called(word)
        parts = {
            self.lists: OF_LISTS,
            self.health: OF_HEALTH,
            self.filing: OF_FILING,
            self.leaving: OF_OUTBOX,
            self.long: OF_WORKS,
        }
        where = next((part for part, names in parts.items() if name in names), self)
        command: Callable[[str], None] = getattr(where, name)
        return command

    def _number(self, number: int) -> None:
        if not 1 <= number <= len(self.chosen):
            raise Usage("flat.no_such_number", n=number)
        self.chosen[number - 1]()

    def help(self, rest: str) -> None:
        """Every command."""
        lines = [sentence("flat.help")]
        for name in COMMANDS:
            words = ", ".join(words_of(name))
            lines.append(sentence("flat.line", about=words, subject=about_of(name)))
        self.talk.say(Plain("\n".join(plain_words(line) for line in lines)))

    def quit(self, rest: str) -> None:
        """Leave."""
        raise Left

    def status(self, rest: str) -> None:
        """The node and the accounts."""
        glance, alive = look_around(self.db), self.node_alive()
        if alive or not glance.accounts:
            self.talk.say(node_words(glance, node_alive=alive, now=clock.now()))
        else:
            self.talk.say(said("flat.node_stopped"))

    def node_alive(self) -> bool:
        """Whether a node works for this store, ours or another's."""
        return self.node.started or is_alive(node_state(self.db), clock.now())

    def restart(self, rest: str) -> None:
        """Have a node again."""
        started = self.node.start(self.home, self.key)
        self.talk.say(said("tui.node.starting" if started else "tui.node.already"))

    def fetch(self, rest: str) -> None:
        """Ask for a pass."""
        gestures.want_every_account(self.db, clock.now())
        self.talk.say(said("tui.fetch.asked"))
        if not self.node_alive():
            self.talk.say(said("flat.node_stopped"))

    def undo(self, rest: str) -> None:
        """Take back the last thing done."""
        if not self.done:
            self.talk.say(said("tui.undone.nothing"))
            return
        self.talk.say(self.done.pop().undo(self.db).words)

    def did(self, done: Done) -> None:
        """Say what was done, and remember how to undo it."""
        self.done.append(done)
        self.talk.say(done.words)

    def show(self, row: EmailRow) -> None:
        """Say a letter."""
        shown = email(self.db, row.email_id)
        trust = letter_trust(self.db, row.email_id)
        self.open = row, shown
        self.talk.say(head(shown))
        self.talk.say(plain_words(trust_words.line(trust, clock.now())))
        self.health.of_letter(shown.id)
        if claims := claim_line(claimants_of(self.db, shown.id), clock.now()):
            self.talk.say(claims)
        if documents := documents_of(shown):
            self.talk.say(said("flat.documents_are"))
            self.talk.say(numbered([of_part(part, shown.price) for part in documents]))
        self.talk.say(text_of(shown))
        self.talk.say(said("flat.end_of_letter"))
        filing.change_keyword(self.db, [row.placement_id], SEEN, on=True)

    @property
    def read(self) -> tuple[EmailRow, Email]:
        """The letter that is open.

        Raises:
            Usage: `flat.open_first`.
        """
        if self.open is None:
            raise Usage("flat.open_first")
        return self.open

    def archive(self, rest: str) -> None:
        """The open letter into the archive."""
        self.gone(filing.move_to_role(self.db, [self._placement], Role.ARCHIVE))

    def delete(self, rest: str) -> None:
        """The open letter into the trash; for good, once confirmed, where it is there already."""
        if not filing.deletion_is_final(self.db, [self._placement]):
            self.gone(filing.move_to_role(self.db, [self._placement], Role.TRASH))
        elif agreed(self.talk, said("tui.ask.delete")):
            self.gone(filing.delete(self.db, [self._placement]))

    @property
    def _placement(self) -> PlacementId:
        return self.read[0].placement_id

    def gone(self, done: Done) -> None:
        """The open letter has left its list, whose numbers are heard again."""
        self.open = None
        self.lists.offer()
        self.did(done)

    def claim(self, rest: str) -> None:
        """Say to all who share the mailbox that one answers the open letter, or no longer."""
        letters = [self._placement]
        keyword = keyword_here(self.db, self._placement, self.settings.claim_name)
        on = not having(self.db, letters, keyword)
        people = others_at(self.db, letters, keyword) if on else ()
        if not people:
            self.did(filing.change_keyword(self.db, letters, keyword, on=on))
        elif agreed(self.talk, said("claim.ask_take_over", who=who_since(people, clock.now()))):
            self.did(filing.take_over(self.db, letters, keyword))

    def write(self, rest: str) -> None:
        """A new letter."""
        by = first_account(self.db)
        sender = EmailAddress(name=by.display_name, email=by.address)
        self._write(Writing(self.talk, self.home, self.key, self.db, by, Draft(sender=sender)))

    def reply(self, rest: str, *, everyone: bool = False) -> None:
        """Answer the open letter."""
        email_id = self.read[1].id
        by, draft = replied(self.db, email_id, everyone)
        writing = Writing(self.talk, self.home, self.key, self.db, by, draft)
        if others := others_of(self.db, email_id, self.settings.claim_name):
            self.talk.say(others_words(others, clock.now()))
        with writing.shelf() as shelf:
            writing.claimed = begun_here(self.db, shelf, email_id, by.id, self.settings)
        self._write(writing, Answered(email_id, ANSWERED))

    def reply_all(self, rest: str) -> None:
        """Answer everybody."""
        self.reply(rest, everyone=True)

    def forward(self, rest: str) -> None:
        """Send the open letter on."""
        by, draft = forwarded(self.db, self.read[1].id)
        writing = Writing(self.talk, self.home, self.key, self.db, by, draft)
        self._write(writing, Answered(self.read[1].id, FORWARDED))

    def _write(self, writing: Writing, answered: Answered | None = None) -> None:
        done = writing.go(answered)
        if done is not None:
            self.did(done)

    def document(self, rest: str) -> None:
        """What a document of the open letter says."""
        read_document(self.talk, self.db, self.read[1], rest)

    def save(self, rest: str) -> None:
        """A document of the open letter, to a file."""
        save_document(self.talk, self.db, self.read[1], rest)

    def drops(self, rest: str) -> None:
        """The watched folders."""
        show_drops(self.talk, self.db)

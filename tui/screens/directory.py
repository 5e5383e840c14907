"""The directory: who can be written to, found as one types; its age stands in the corner."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widgets import Input

from store.db.directory.searching import search
from store.db.sealing import want_learnt
from store.db.sources import ask, lookup
from store.errors import Usage
from store.host.directory_words import about, age_words
from store.model.directory import Answer, Person, merged
from store.model.email import EmailAddress
from store.reasons import of_directory
from tui.actions import IN_DIRECTORY, bindings
from tui.glance import Glance
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.pick_address import PickAddress
from tui.screens.screen import Aside
from tui.widgets.line_list import LineList
from tui.widgets.person_list import PersonList
from tui.widgets.words import Words

FOUND_LIMIT = 50


class DirectoryScreen(Aside):
    """A field, who is found, all about one of them."""

    ACTIONS = IN_DIRECTORY
    BINDINGS = bindings(IN_DIRECTORY)
    AUTO_FOCUS = "#query"

    def __init__(self) -> None:
        super().__init__()
        self.answer = Answer((), ())
        self._asked: int | None = None
        """The question put to the live directories, until it is answered."""

    def compose_body(self) -> ComposeResult:
        """The field, what is known of it, the list, the person."""
        with Vertical():
            field = Input(id="query", placeholder=said("tui.directory.placeholder"))
            field.cursor_blink = False
            yield field
            with Horizontal(id="corner"):
                yield Words(said("tui.directory.how"), id="title", classes="title")
                yield Words(id="age")
            yield PersonList(id="people")
            yield Words(id="person", classes="about")

    @property
    def people(self) -> PersonList:
        """Who was found."""
        return self.query_one("#people", PersonList)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each key: a search costs less than a repaint."""
        self._asked = None
        self.pli.chore(partial(self._find, event.value), group="directory", exclusive=True)

    async def _find(self, typed: str) -> None:
        answer = await self.pli.desk.directory(search, typed, FOUND_LIMIT)
        if self.is_there and typed == self.query_one("#query", Input).value:
            self._show(answer)

    def _show(self, answer: Answer) -> None:
        self.answer = answer
        self.people.show(answer.people)
        self._show_person(None)
        self.query_one("#age", Words).say(plain_words(age_words(answer.snapshots, self.pli.now())))
        self.query_one("#title", Words).say(self._title())

    def _title(self) -> Plain:
        found = len(self.answer.people)
        if not self.query_one("#query", Input).value.strip():
            return said("tui.directory.how")
        if not found:
            return said("directory.nobody")
        if self.answer.approximate:
            return said("tui.directory.nearly", n=found)
        return said("tui.directory.many" if self.answer.more else "tui.directory.some", n=found)

    async def look_again(self, glance: Glance) -> None:
        """An answer of the live directories may have come; at first, how old the directory is."""
        if self._asked is not None:
            await self._take_live(self._asked)
        elif not self.answer.snapshots:
            await self._find(self.query_one("#query", Input).value)

    def on_key(self, event: Key) -> None:
        """From the field, the arrow goes to the list."""
        if event.key == "down" and self.query_one("#query", Input).has_focus:
            event.stop()
            self.people.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: to what was found."""
        self.people.focus()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on somebody: all of their addresses."""
        self._show_person(self.people.current)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """What is shown is who the cursor is on."""
        if self.query_one("#person").has_class("-shown"):
            self._show_person(self.people.current)

    def _show_person(self, person: Person | None) -> None:
        shown = self.query_one("#person", Words)
        shown.set_class(person is not None, "-shown")
        lines = [] if person is None else [person.name, *about(person)]
        shown.say(Plain("\n".join(map(plain_words, lines))) if lines else NOTHING)

    def action_write_to(self) -> None:
        """Write to who is under the cursor."""
        if (person := self._chosen()) is not None:
            self.pli.errand(partial(self._write_to, person), group="compose")

    def _chosen(self) -> Person | None:
        """Who is under the cursor; that nobody is is said."""
        if self.people.current is None:
            self.pli.say(said("tui.directory.nobody_chosen"))
        return self.people.current

    async def _write_to(self, person: Person) -> None:
        from tui.drafting import write_to

        if not person.addresses:
            raise Usage("tui.directory.no_address")
        email = person.addresses[0].email
        if len(person.addresses) > 1:
            chosen = await self.pli.ask(PickAddress(person.addresses))
            if chosen is None:
                return
            email = chosen.email
        await write_to(self.pli, EmailAddress(name=person.name, email=email))

    def action_learn_certificates(self) -> None:
        """Have the certificates of who is under the cursor remembered."""
        if (person := self._chosen()) is not None:
            self.pli.errand(partial(self._learn, person), group="directory")

    async def _learn(self, person: Person) -> None:
        n = await self.pli.desk.wish(want_learnt, person, self.pli.now())
        if not n:
            raise Usage("directory.no_certificate", id=person.name)
        self.pli.say(said("directory.learnt", n=n, id=plain_words(person.name)))

    def action_ask_live(self) -> None:
        """Ask the live directories what is in the field; their answer comes by itself."""
        typed = self.query_one("#query", Input).value.strip()
        if typed:
            self.pli.errand(partial(self._ask_live, typed), group="directory")

    async def _ask_live(self, typed: str) -> None:
        self._asked = await self.pli.desk.wish(ask, typed, self.pli.now())
        alive = self.pli.node_alive
        self.pli.say(said("tui.directory.asking" if alive else "tui.directory.no_node"))

    async def _take_live(self, asked: int) -> None:
        found = await self.pli.desk.read(lookup, asked)
        if found is None or found.answered_at is None or self._asked != asked:
            return
        self._asked = None
        people = tuple(merged([*self.answer.people, *found.people]))
        self._show(self.answer._replace(people=people, approximate=False))
        if found.last_error:
            self.pli.say(said("tui.directory.failed", why=of_directory(found.last_error)))
        else:
            self.pli.say(said("tui.directory.answered"))

    def action_back(self) -> None:
        """Close the person, then the directory."""
        if self.query_one("#person").has_class("-shown"):
            self._show_person(None)
        else:
            self.dismiss()

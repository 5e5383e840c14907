"""Recipients completed from the directory: a list under the field, that never takes the keyboard.

The list opens after two letters and holds one row for each address: what is chosen is an address,
with its network in words, not merely a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.events import Blur, Key
from textual.widget import Widget
from textual.widgets import Input

from store.db.certificates import certified
from store.db.directory.searching import search
from store.db.directory.shelf import Shelf
from store.host.directory_words import network_words, what_words
from store.model.directory import Address, Answer, Person
from store.model.email import EmailAddress
from tui.plain import Plain, fit, plain_words, said
from tui.still_there import is_there
from tui.widgets.alert_line import key_of
from tui.widgets.line_list import BOLD, DIM, PLAIN, LineList, Piece
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

LEAST_LETTERS = 2
MOST_PEOPLE = 12
LAST_PART = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^",;<>])*\Z')
"""What follows the last comma that separates two people."""
MOVES = {"down": 1, "up": -1}


class NobodyFound(Words):
    """In the place of the list: that nobody goes with what is typed, and what to do."""

    def turn(self, field: PeopleField | None) -> None:
        """Show it under a field, or with None no longer."""
        self.set_class(field is not None, "-shown")
        if field is None:
            return
        self.say(said("tui.completion.nobody", key=key_of("directory")))
        if isinstance(row := field.parent, Widget):
            self.screen.move_child(self, after=row)


class PeopleFound(LineList, can_focus=False):
    """Addresses that go with what is being typed."""

    def __init__(self, pli: PliApp) -> None:
        super().__init__()
        self.pli = pli
        self.field: PeopleField | None = None
        self.typed = ""
        """What these are found for."""
        self.rows: list[tuple[Person, Address]] = []
        self.certified: frozenset[str] = frozenset()
        """The addresses, in lower case, that a letter can be sealed for."""

    @property
    def is_shown(self) -> bool:
        """Whether there is something to take."""
        return self.has_class("-shown")

    @property
    def nobody(self) -> NobodyFound:
        """What is shown where this would be empty."""
        return self.screen.query_one(NobodyFound)

    def look_for(self, field: PeopleField) -> None:
        """Find who goes with what stands in a field."""
        self.field, typed = field, field.being_typed
        if len(typed) < LEAST_LETTERS:
            self.close()
            return
        self.pli.chore(partial(self._find, field, typed), group="completion", exclusive=True)

    async def _find(self, field: PeopleField, typed: str) -> None:
        answer, certain = await self.pli.desk.directory(_found, typed, self.pli.now())
        if not is_there(self) or self.field is not field or field.being_typed != typed:
            return
        self.typed, self.certified = typed, certain
        self.rows = [(person, each) for person in answer.people for each in person.addresses]
        if not self.rows or not field.has_focus:
            self.close()
            # An address is whole without anybody knowing it.
            if field.has_focus and "@" not in typed:
                self.nobody.turn(field)
            return
        self.nobody.turn(None)
        if isinstance(row := field.parent, Widget):
            self.screen.move_child(self, after=row)
        self.set_count(len(self.rows), cursor=0)
        self.turn_to(0)
        self.add_class("-shown")

    async def catch_up(self, field: PeopleField) -> None:
        """Find again when more has been typed than what these were found for."""
        if self.typed != field.being_typed:
            await self._find(field, field.being_typed)

    def close(self) -> None:
        """Show nothing."""
        self.rows = []
        self.nobody.turn(None)
        self.remove_class("-shown")

    def taken(self) -> EmailAddress | None:
        """Whom the cursor is on; the list closes."""
        if not self.rows:
            return None
        person, address = self.rows[self.cursor]
        self.close()
        name = "" if person.name == address.email else person.name
        return EmailAddress(name=name, email=address.email)

    def pieces(self, row: int, width: int) -> list[Piece]:
        """Name, network, address, whether there is a certificate, what they do and where."""
        person, address = self.rows[row]
        network = network_words(address)
        sure = address.email.lower() in self.certified
        words = (said("tui.completion.certificate") if sure else "", what_words(person))
        about = " · ".join(filter(None, (*words, *person.towns[:1])))
        name = max(12, width // 4)
        return [
            (fit(plain_words(person.name), name), BOLD),
            (fit(plain_words(f" {network}"), 11), PLAIN),
            (fit(plain_words(f" {address.email} {about}"), max(0, width - name - 11)), DIM),
        ]

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """A click on a row."""
        if self.field is not None:
            self.field.take()


class PeopleField(Input):
    """A field for people. While the list is shown, its keys choose in it."""

    BETWEEN = ", "
    """Of people pasted one a line."""

    @property
    def found(self) -> PeopleFound:
        """The list of the screen."""
        return self.screen.query_one(PeopleFound)

    @property
    def being_typed(self) -> str:
        """The person that is being typed: what stands between the last comma and the cursor."""
        part = LAST_PART.search(self.value[: self.cursor_position])
        words = part[0].strip() if part else ""
        return "" if words.endswith(">") else words.lstrip('"')

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each change that was typed, and not what a draft brings."""
        if self.has_focus:
            self.found.look_for(self)

    async def on_key(self, event: Key) -> None:
        """Arrows move in the list, Enter and Tab take, Escape closes it; else the field's own."""
        if not self.found.is_shown or event.key not in (*MOVES, "enter", "tab", "escape"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.found.close()
        elif event.key in MOVES:
            self.found.go_to(self.found.cursor + MOVES[event.key])
        else:
            self.take()

    def take(self) -> None:
        """Put whom the list is on in the place of what was typed."""
        self.found.pli.errand(self._take, group="completion")

    async def _take(self) -> None:
        """Never of a list that was found for fewer letters: its first is somebody else."""
        await self.found.catch_up(self)
        chosen = self.found.taken()
        if chosen is None:
            return
        before = self.value[: self.cursor_position]
        part = LAST_PART.search(before)
        start = before[: part.start()] if part else ""
        start = f"{start} " if start and not start.endswith(" ") else start
        words = f"{start}{as_field([chosen])}, "
        self.value = words + self.value[self.cursor_position :].lstrip(" ,")
        self.cursor_position = len(words)

    def on_blur(self, event: Blur) -> None:
        """The keyboard has gone elsewhere."""
        self.found.close()


def as_field(addresses: Iterable[EmailAddress]) -> Plain:
    """People as they are typed: `"Dr Martin" <martin@cabinet.example>, labo@labo.example`."""
    words = []
    for address in addresses:
        name = address.name.replace("\\", " ").replace('"', " ").strip()
        words.append(f'"{name}" <{address.email}>' if name else address.email)
    return plain_words(", ".join(words))


def _found(shelf: Shelf, typed: str, now: int) -> tuple[Answer, frozenset[str]]:
    """Who goes with what is typed, and the addresses of theirs that have a certificate."""
    answer = search(shelf, typed, MOST_PEOPLE)
    emails = (address.email for person in answer.people for address in person.addresses)
    return answer, certified(shelf.db, emails, now)

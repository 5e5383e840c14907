"""People found in the directory, one line each: name, what they do, town, networks."""

from __future__ import annotations

from store.host.directory_words import networks_words, what_words
from store.model.directory import Person
from tui.plain import Plain, fit, plain_words
from tui.widgets.line_list import BOLD, DIM, PLAIN, LineList, Piece

NAME_SHARE, NETWORK_CELLS, TOWN_SHARE = 0.36, 18, 0.2
WRITTEN = Plain("✎")


class PersonList(LineList):
    """One line per person or place."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.people: tuple[Person, ...] = ()

    def show(self, people: tuple[Person, ...]) -> None:
        """Show these, the cursor on the nearest; nothing is drawn again when they are the same."""
        if people != self.people:
            self.people = people
            self.turn_to(0)
            self.set_count(len(people), cursor=0)

    @property
    def current(self) -> Person | None:
        """Who is under the cursor."""
        return self.people[self.cursor] if self.people else None

    def pieces(self, row: int, width: int) -> list[Piece]:
        """A mark for whom one has written to, then name, what, town and networks."""
        person = self.people[row]
        name_cells, town_cells = int(width * NAME_SHARE), int(width * TOWN_SHARE)
        rest = max(0, width - 2 - name_cells - 1 - town_cells - 1 - NETWORK_CELLS - 1)
        mark = WRITTEN if person.written_at else Plain(" ")
        return [
            (fit(mark, 2), PLAIN),
            (fit(plain_words(person.name), name_cells), BOLD),
            (fit(plain_words(f" {what_words(person)}"), rest + 1), PLAIN),
            (fit(plain_words(f" {', '.join(person.towns[:2])}"), town_cells + 1), DIM),
            (fit(plain_words(f" {networks_words(person)}"), NETWORK_CELLS + 1), PLAIN),
        ]

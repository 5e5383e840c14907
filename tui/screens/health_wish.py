"""Whom a letter is about, and where its health document goes: the patient, then what to tick.

Nothing is ticked beforehand: that an INS is qualified, or that a document is about this patient, is
what a person states.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from store.asking.dates import day_typed
from store.health_words import day_words, traits_words
from store.host.i18n import sentence
from store.model.draft import HealthWish
from store.model.health import PatientRow
from tui.actions import IN_FIELD, bindings
from tui.plain import Plain, fit, plain_words, said
from tui.widgets.line_list import PLAIN, LineList, Piece
from tui.widgets.patient_finder import PatientFinder
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

NO_DAY = re.compile(r"[0-9]{4}|[0-9]{1,2}[/-][0-9]{4}|[0-9]{4}[/-][0-9]{1,2}")
"""A year, a month."""
BOXES = ("qualified", "to_patient", "closes", "to_dmp", "checked", "again")
"""Fields of the wish that are ticked or not, in the order they are shown."""


class PickPatient(ModalScreen[PatientRow | None]):
    """One patient: of the letter that is answered, or found by name, day of birth or INS."""

    BINDINGS = bindings(IN_FIELD)
    AUTO_FOCUS = "#query"

    def __init__(self, pli: PliApp, first: Sequence[PatientRow]) -> None:
        super().__init__()
        self.pli, self.first = pli, tuple(first)

    def compose(self) -> ComposeResult:
        """The question, a field, who is found."""
        with Vertical(classes="asked tall"):
            yield PatientFinder(self.pli, self.first, _which, is_question=True)
            yield Words(said("composed.pick_keys"), classes="keys")

    def on_patient_finder_chosen(self, event: PatientFinder.Chosen) -> None:
        """Enter on somebody."""
        self.dismiss(event.patient)

    def action_decline(self) -> None:
        """Escape."""
        self.dismiss(None)


def _which(found: tuple[PatientRow, ...], typed: Plain) -> Plain:
    nobody = typed and not found
    return said("composed.no_such_patient" if nobody else "composed.which_patient")


class _Boxes(LineList):
    def __init__(self, wish: HealthWish, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.wish, self.kinds = wish, kinds

    def on_mount(self) -> None:
        self.set_count(len(BOXES) + 2)

    def pieces(self, row: int, width: int) -> list[Piece]:
        return [(fit(self._words(row), width), PLAIN)]

    def _words(self, row: int) -> Plain:
        if row < len(BOXES):
            ticked = "x" if getattr(self.wish, BOXES[row]) else " "
            return plain_words(f"[{ticked}] {sentence(f'composed.box.{BOXES[row]}')}")
        if row == len(BOXES):
            titles = dict(self.kinds)
            title = titles.get(self.wish.kind) or next(iter(titles.values()), "")
            return said("composed.kind", title=title or sentence("composed.no_kind"))
        return said("composed.ordinary")

    def change(self, row: int) -> None:
        """Tick a box or not; take the next kind of document."""
        if row < len(BOXES):
            name = BOXES[row]
            self.wish = replace(self.wish, **{name: not getattr(self.wish, name)})  # type: ignore[arg-type]
        elif self.kinds:
            names = [name for name, _ in self.kinds]
            at = names.index(self.wish.kind) if self.wish.kind in names else 0
            self.wish = replace(self.wish, kind=names[(at + 1) % len(names)])
        self.refresh_row(row)


def _day(typed: str, now: int) -> str | None:
    """'2026-11-24' of '24/11/2026' or 'hier'; '' of nothing; None of no day that has been."""
    at = None if NO_DAY.fullmatch(typed) else day_typed(typed, now)
    if at is None or at > now:
        return None if typed else ""
    return datetime.fromtimestamp(at, UTC).astimezone().date().isoformat()


class TickWish(ModalScreen[HealthWish | None]):
    """The document's wish as the person wants it; None for an ordinary letter."""

    BINDINGS = bindings(IN_FIELD)

    def __init__(self, wish: HealthWish, kinds: Sequence[tuple[str, str]], now: int) -> None:
        super().__init__()
        self.first, self.kinds, self.now = wish, kinds, now

    def compose(self) -> ComposeResult:
        """The patient, the boxes, the day."""
        with Vertical(classes="asked tall"):
            yield Words(said("composed.about", who=plain_words(traits_words(self.first.patient))))
            yield _Boxes(self.first, self.kinds)
            yield Words(said("composed.day"), id="day_label")
            day = day_words(self.first.service_day) if self.first.service_day else ""
            field = Input(plain_words(day), id="day", select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Words(said("composed.tick_keys"), classes="keys")

    def on_mount(self) -> None:
        """The boxes first."""
        self.query_one(_Boxes).focus()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter on a line."""
        boxes = self.query_one(_Boxes)
        if event.row == boxes.count - 1:
            self.dismiss(None)
        else:
            boxes.change(event.row)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the day."""
        self.action_decline()

    def action_decline(self) -> None:
        """Escape: it stays as it is ticked, once its day is one."""
        typed = self.query_one("#day", Input).value.strip()
        day = _day(typed, self.now)
        if day is None:
            self.query_one("#day_label", Words).say(said("composed.no_day"))
            self.query_one("#day", Input).focus()
            return
        self.dismiss(replace(self.query_one(_Boxes).wish, service_day=day))

"""Any interleaving of two people, a server that renumbers, lost lines and deaths ends in agreement.

Picks are modulo what exists, so that every step is valid and what fails shrinks to a story.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.db import placements
from store.db.part_ranges import octets_alone
from store.db.structures import want_part
from store.errors import Transient
from store.model.email import Keywords
from store.model.ids import PlacementId
from tests.sim.pauses import pause_one, resume_all
from tests.sim.server import MAILBOXES, Box, Kind, message_id
from tests.sim.world import (
    ANSWERED,
    DOCUMENT,
    FLAGGED,
    LEAN,
    SEEN,
    TEXT,
    World,
    letter_called,
    letter_with_document,
)

pick = st.integers(min_value=0, max_value=20)
keywords = st.frozensets(st.sampled_from([SEEN, FLAGGED, ANSWERED]))
mailbox = st.sampled_from(MAILBOXES)
DEEDS = (
    "server_delivers",
    "server_delivers_a_document",
    "server_flags",
    "server_expunges",
    "server_moves",
    "user_flags",
    "user_moves",
    "user_deletes",
    "user_undeletes",
    "user_files",
    "user_wants_a_part",
    "user_pauses",
    "user_resumes",
)
deed = st.tuples(st.sampled_from(DEEDS), pick, keywords, mailbox)


class TwoSides(RuleBasedStateMachine):
    """What people and machines do, and what must hold whatever they do."""

    @initialize(kind=st.sampled_from(Kind), lean=st.booleans())
    def begin(self, kind: Kind, lean: bool) -> None:
        self.world = World(kind, lean=lean)
        self.serial = 0
        self.asked_alone = False  # then the rest of a letter waits to be asked for, on a lean line
        self.alive: set[str] = set()  # nobody, on either side, wanted it gone
        self.recalled: set[str] = set()  # deleted here before any copy left
        self.flagged_there: set[str] = set()
        self.moved_there: set[str] = set()
        self.last_keywords: dict[str, Keywords] = {}
        self.last_mailbox: dict[str, str] = {}
        self.world.sync()

    # --- picks

    def _fresh(self) -> str:
        self.serial += 1
        return f"{self.serial}@clinic.example"

    def _there(self, n: int) -> str | None:
        names = sorted(self.world.server.where())
        return names[n % len(names)] if names else None

    def _here(self, n: int) -> tuple[PlacementId, str] | None:
        held = self.world.placements()
        return (held[n % len(held)], self.world.name_of(held[n % len(held)])) if held else None

    def _uploading(self, name: str) -> bool:
        """Its APPEND may have been done without our knowing: who moves it now hides it from us."""
        return any(
            uid is None and moving is not None
            for id_ in self.world.placements()
            for _, _, _, uid, moving in [self._row(id_)]
            if self.world.name_of(id_) == name
        )

    def _row(self, id_: PlacementId) -> Any:
        return self.world.db.execute(
            "SELECT keywords, deleted, shown_mailbox_id, uid, moving FROM placement WHERE id = ?",
            (id_,),
        ).fetchone()

    # --- deeds: (which, keywords, mailbox)

    def server_delivers(self, n: int, kw: Keywords, to: str) -> None:
        self.alive.add(name := self._fresh())
        self.world.deliver(name, kw, to)

    def server_delivers_a_document(self, n: int, kw: Keywords, to: str) -> None:
        self.alive.add(name := self._fresh())
        self.world.box(to).add(letter_with_document(name), kw)

    def server_flags(self, n: int, kw: Keywords, to: str) -> None:
        if name := self._there(n):
            self.world.server_flags(name, kw)
            self.flagged_there.add(name)

    def server_expunges(self, n: int, kw: Keywords, to: str) -> None:
        if (name := self._there(n)) and not self._uploading(name):
            where, uid = self.world.server.where()[name]
            self.world.box(where).remove(uid)
            self.alive.discard(name)

    def server_moves(self, n: int, kw: Keywords, to: str) -> None:
        if (name := self._there(n)) and not self._uploading(name):
            where, uid = self.world.server.where()[name]
            if where != to:
                self.world.server.move(where, uid, to)
                self.moved_there.add(name)

    def user_flags(self, n: int, kw: Keywords, to: str) -> None:
        if found := self._here(n):
            id_, name = found
            now = frozenset(self._row(id_)[0].split())
            placements.change_keywords(self.world.db, [id_], add=kw, remove=now - kw)
            self.last_keywords[name] = kw

    def user_moves(self, n: int, kw: Keywords, to: str) -> None:
        if found := self._here(n):
            id_, name = found
            if placements.move(self.world.db, [id_], self.world.mailbox_id(to)):
                self.last_mailbox[name] = to

    def user_deletes(self, n: int, kw: Keywords, to: str) -> None:
        if found := self._here(n):
            id_, name = found
            placements.delete(self.world.db, [id_])
            self.alive.discard(name)
            _, _, _, uid, moving = self._row(id_)
            if uid is None and moving is None and name not in self.world.server.names():
                self.recalled.add(name)

    def user_undeletes(self, n: int, kw: Keywords, to: str) -> None:
        if found := self._here(n):
            id_, name = found
            if placements.undelete(self.world.db, [id_]):
                self.recalled.discard(name)

    def user_files(self, n: int, kw: Keywords, to: str) -> None:
        self.alive.add(name := self._fresh())
        self.world.file(name, kw, to)
        self.last_keywords[name] = kw

    def user_wants_a_part(self, n: int, kw: Keywords, to: str) -> None:
        query = "SELECT email_id, number FROM announced_part ORDER BY email_id, number"
        if known := self.world.db.execute(query).fetchall():
            self.asked_alone |= want_part(self.world.db, *known[n % len(known)], 7)

    def user_pauses(self, n: int, kw: Keywords, to: str) -> None:
        pause_one(self.world, n)

    def user_resumes(self, n: int, kw: Keywords, to: str) -> None:
        resume_all(self.world)

    # --- rules

    @rule(deed=deed)
    def somebody_does(self, deed: tuple[str, int, Keywords, str]) -> None:
        what, n, kw, to = deed
        getattr(self, what)(n, kw, to)

    @rule(to=mailbox)
    def server_renumbers(self, to: str) -> None:
        self.world.box(to).renumber()

    @rule(
        fuse=st.none() | st.integers(0, 30),
        meddle=st.lists(st.tuples(st.integers(0, 30), deed), max_size=3),
        windows=st.none() | st.integers(0, 2),
        is_blind=st.booleans(),
        cannot_read=st.sets(st.integers(1, 6), max_size=2),
        arriving=st.integers(0, 2),
        cut_after=st.none() | st.integers(0, 400),
    )
    def sync(
        self,
        fuse: int | None,
        meddle: list[tuple[int, Any]],
        windows: int | None,
        is_blind: bool,
        cannot_read: set[int],
        arriving: int,
        cut_after: int | None,
    ) -> None:
        acts: dict[int, list[Callable[[], None]]] = {}
        for step, (what, n, kw, to) in meddle:
            acts.setdefault(step, []).append(partial(getattr(self, what), n, kw, to))
        odd: dict[str, Any] = {"is_blind": is_blind, "cannot_read": cannot_read}
        odd["mid_listing"] = [self._arrives] * arriving
        odd["cut_after"] = cut_after
        with suppress(Transient):
            self.world.sync(fuse=fuse, meddle=acts, windows=windows, **odd)

    @rule(lean=st.booleans())
    def the_line_becomes_another(self, lean: bool) -> None:
        self.world.lean = LEAN if lean else None

    def _arrives(self, box: Box) -> None:
        """EXISTS changes while the mailbox is being listed."""
        self.alive.add(name := self._fresh())
        box.add(letter_called(name), frozenset())

    @rule(to=mailbox, fuse=st.none() | st.integers(0, 12))
    def a_pass_finds_a_mailbox_missing(self, to: str, fuse: int | None) -> None:
        """As when a server's disk is not mounted: the mailbox comes back as it was."""
        box = self.world.server.boxes.pop(to)
        self.world.sync(fuse=fuse)
        self.world.server.boxes[to] = box

    # --- what always holds

    @invariant()
    def nothing_is_doubled(self) -> None:
        names = self.world.server.names()
        extra = {name for name in names if names.count(name) > 1}
        if self.world.server.kind is not Kind.COPYING:
            assert not extra, "uploaded or copied twice"

    @invariant()
    def a_part_is_offered_whole_or_not_at_all(self) -> None:
        query = "SELECT email_id, number FROM announced_part WHERE digest IS NOT NULL"
        for email_id, number in self.world.db.execute(query).fetchall():
            octets = octets_alone(self.world.db, email_id, number)
            assert (octets or b"").strip() == {"1": TEXT.strip(), "2": DOCUMENT.strip()}[number]

    @invariant()
    def what_was_recalled_never_leaves(self) -> None:
        assert not self.recalled & set(self.world.server.names())

    @invariant()
    def nothing_is_shown_twice_in_one_mailbox(self) -> None:
        if self.world.server.kind is Kind.COPYING:
            return
        for name, shown in self.world.shown().items():
            ids = [each for each, _ in shown if each not in self.moved_there]
            assert len(ids) == len(set(ids)), f"doubled in {name}"

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        if self.asked_alone:
            self.world.lean = None
        resume_all(self.world)
        self.world.settle()
        self.world.answer_what_is_gone()
        assert self.world.shown() == self.world.on_server(), "quiet passes must agree"
        there = {
            message_id(letter.octets): letter.octets
            for box in self.world.server.boxes.values()
            for letter in box.letters.values()
        }
        assert self.world.whole_octets() == there, "octet for octet, and whole"
        assert not self.world.questions(), "asked about letters that are there"
        names = self.world.server.names()
        assert len(names) == len(set(names)), "doubled"
        assert self.alive <= set(names), "a letter was lost"
        assert not self.recalled & set(names), "a recalled letter left"
        for name, (where, _) in self.world.server.where().items():
            if name in self.moved_there:
                continue
            if name in self.last_mailbox:
                assert where == self.last_mailbox[name], "lost the last word on where"
            if name in self.last_keywords and name not in self.flagged_there:
                assert self.world.server_keywords(name) == self.last_keywords[name], "last word"
        self.world.db.close()


TestTwoSides = pytest.mark.logs(
    *("mailbox.letters_lost", "mailbox.refused", "replica.refused", "letter.refused")
)(pytest.mark.filterwarnings("error")(TwoSides.TestCase))

"""Two nodes on one account, each with its own store and its own deaths, end in agreement.

Nothing is shared but the server. Each person sees the other's deeds only through it.
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
from store.db.mailboxes import mailboxes
from store.errors import Usage
from store.model.email import Keywords
from store.model.ids import PlacementId
from store.model.mailbox import Mailbox, Role
from sync.replica import guard
from tests.sim.server import MAILBOXES, Box, Kind, message_id
from tests.sim.world import ANSWERED, FLAGGED, SEEN, World, letter_called

pick = st.integers(min_value=0, max_value=20)
keywords = st.frozensets(st.sampled_from([SEEN, FLAGGED, ANSWERED]))
mailbox = st.sampled_from(MAILBOXES)
who = st.integers(0, 1)
DEEDS = (
    *("delivers", "flags", "moves", "deletes", "undeletes", "files", "renumbers"),
    *("empties", "keeps", "forgets", "creates", "renames", "files_away"),
)
FEW = 2
"""So many letters gone at once are asked about in this model, whose mailboxes are small."""
deed = st.tuples(st.sampled_from(DEEDS), who, pick, keywords, mailbox)


class TwoNodes(RuleBasedStateMachine):
    """What two people do, each at a node of their own."""

    @initialize(kind=st.sampled_from(Kind), lean=st.tuples(st.booleans(), st.booleans()))
    def begin(self, kind: Kind, lean: tuple[bool, bool]) -> None:
        self.few, guard.FEW = guard.FEW, FEW
        self.a = World(kind, lean=lean[0])
        self.b = World(server=self.a.server, lean=lean[1])
        self.kept: dict[World, set[str]] = {self.a: set(), self.b: set()}
        self.nodes = (self.a, self.b)
        self.server = self.a.server
        self.serial = 0
        self.alive: set[str] = set()  # nobody wanted it gone
        for node in self.nodes:
            node.sync()

    def _held(self, world: World, n: int) -> PlacementId | None:
        held = world.placements()
        return held[n % len(held)] if held else None

    def _in_doubt(self) -> set[str]:
        """Letters whose APPEND, or copy, may have been done without its node's knowing.

        Whoever else moves or removes one hides it from that node (docs/sync.md).
        """
        return {
            world.name_of(PlacementId(row[0]))
            for world in self.nodes
            for row in world.db.execute("SELECT id FROM placement WHERE moving IS NOT NULL")
        }

    def act(self, what: str, node: int, n: int, kw: Keywords, to: str) -> None:
        getattr(self, what)(self.nodes[node], n, kw, to)

    def delivers(self, world: World, n: int, kw: Keywords, to: str) -> None:
        self.serial += 1
        self.alive.add(name := f"{self.serial}@clinic.example")
        world.deliver(name, kw, to)

    def files(self, world: World, n: int, kw: Keywords, to: str) -> None:
        self.serial += 1
        self.alive.add(name := f"{self.serial}@clinic.example")
        world.file(name, kw, to)

    def flags(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if id_ := self._held(world, n):
            placements.change_keywords(world.db, [id_], add=kw, remove=frozenset({SEEN}) - kw)

    def moves(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if (id_ := self._held(world, n)) and world.name_of(id_) not in self._in_doubt():
            placements.move(world.db, [id_], world.mailbox_id(to))

    def deletes(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if (id_ := self._held(world, n)) and world.name_of(id_) not in self._in_doubt():
            placements.delete(world.db, [id_])
            self.alive.discard(world.name_of(id_))
            self.kept[world].discard(world.name_of(id_))

    def undeletes(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if id_ := self._held(world, n):
            placements.undelete(world.db, [id_])

    def renumbers(self, world: World, n: int, kw: Keywords, to: str) -> None:
        self.server.boxes[to].renumber()

    def empties(self, world: World, n: int, kw: Keywords, to: str) -> None:
        """Somebody, or a broken disk, takes out all of a mailbox."""
        for uid, letter in list(self.server.boxes[to].letters.items()):
            self._take_out(self.server.boxes[to], uid, message_id(letter.octets))

    def _take_out(self, box: Box, uid: int, name: str) -> None:
        if name not in self._in_doubt():
            box.remove(uid)
            self.alive.discard(name)

    def keeps(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if to in {mailbox for mailbox, _, _ in world.questions()}:
            world.keep(to)
            self.kept[world] |= {
                world.name_of(PlacementId(row[0]))
                for row in world.db.execute(
                    "SELECT id FROM placement WHERE kept = 1 AND deleted = 0"
                ).fetchall()
            }

    def forgets(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if to in {mailbox for mailbox, _, _ in world.questions()}:
            world.forget(to)

    def creates(self, world: World, n: int, kw: Keywords, to: str) -> None:
        with suppress(Usage):  # it is there already
            world.create(f"Dossier {n % 3}")

    def renames(self, world: World, n: int, kw: Keywords, to: str) -> None:
        if made := self._made(world):
            self.serial += 1
            world.rename(made[n % len(made)].name, f"Nom {self.serial}")

    def files_away(self, world: World, n: int, kw: Keywords, to: str) -> None:
        """Into a mailbox that one of the two made."""
        made = self._made(world)
        if made and (id_ := self._held(world, n)) and world.name_of(id_) not in self._in_doubt():
            placements.move(world.db, [id_], made[n % len(made)].id)

    def _made(self, world: World) -> list[Mailbox]:
        return [m for m in mailboxes(world.db) if m.role is Role.NONE and m.missing_at is None]

    @rule(deed=deed)
    def somebody_does(self, deed: tuple[str, int, int, Keywords, str]) -> None:
        self.act(*deed)

    @rule(
        node=who,
        fuse=st.none() | st.integers(0, 30),
        meddle=st.lists(st.tuples(st.integers(0, 30), deed), max_size=2),
        mid_listing=st.lists(st.booleans(), max_size=2),
    )
    def one_node_syncs(
        self,
        node: int,
        fuse: int | None,
        meddle: list[tuple[int, Any]],
        mid_listing: list[bool],
    ) -> None:
        acts: dict[int, list[Callable[[], None]]] = {}
        for step, what in meddle:
            acts.setdefault(step, []).append(partial(self.act, *what))
        changes = [self._arrives if arrives else self._leaves for arrives in mid_listing]
        self.nodes[node].sync(fuse=fuse, meddle=acts, mid_listing=changes)

    def _arrives(self, box: Box) -> None:
        self.serial += 1
        self.alive.add(name := f"{self.serial}@clinic.example")
        box.add(letter_called(name), frozenset())

    def _leaves(self, box: Box) -> None:
        for uid, letter in list(box.letters.items())[:1]:
            self._take_out(box, uid, message_id(letter.octets))

    @rule(node=who, at=st.integers(0, 30))
    def one_node_syncs_in_the_middle_of_the_others_pass(self, node: int, at: int) -> None:
        other = self.nodes[1 - node]
        self.nodes[node].sync(meddle={at: [lambda: other.sync() and None]})

    @rule(
        node=who, to=mailbox, keeps=st.none() | st.booleans(), fuse=st.none() | st.integers(0, 20)
    )
    def a_mailbox_is_emptied_and_a_person_is_asked(
        self, node: int, to: str, keeps: bool | None, fuse: int | None
    ) -> None:
        world = self.nodes[node]
        for _ in range(2 * FEW):
            self.delivers(world, 0, frozenset(), to)
        world.sync()
        agreed = self._agreed(world, to)
        self.empties(world, 0, frozenset(), to)
        gone = agreed - set(self.server.names())
        world.sync(fuse=fuse)
        if guard.is_mass(len(gone), len(agreed)):
            assert gone <= {name for shown in world.shown().values() for name, _ in shown}
            assert fuse is not None or world.questions(), "nothing is forgotten unasked"
        if keeps is not None:
            (self.keeps if keeps else self.forgets)(world, 0, frozenset(), to)

    def _agreed(self, world: World, to: str) -> set[str]:
        """Letters of a mailbox that this node has, of which it wants nothing and doubts nothing."""
        rows = world.db.execute(
            "SELECT id FROM placement WHERE mailbox_id = ? AND uid IS NOT NULL AND deleted = 0"
            " AND moving IS NULL AND wish_mailbox_id IS NULL AND lost = 0",
            (world.mailbox_id(to),),
        )
        return {world.name_of(PlacementId(row[0])) for row in rows.fetchall()}

    @rule(node=who, letters=st.integers(1, 3), fuse=st.none() | st.integers(0, 20))
    def a_mailbox_one_made_and_renamed_is_followed_by_the_other(
        self, node: int, letters: int, fuse: int | None
    ) -> None:
        one, other = self.nodes[node], self.nodes[1 - node]
        self.serial += 1
        name = f"Nom {self.serial}"
        made = one.create(name)
        for _ in range(letters):
            self.files(one, 0, frozenset(), name)
        for _ in range(2):
            for each in (one, other):
                each.sync()
        known, held = other.mailbox_id(name), self._agreed(other, name)
        self.serial += 1
        one.rename(name, f"Nom {self.serial}")
        one.sync()
        assert one.mailbox_id(f"Nom {self.serial}") == made
        if other.sync(fuse=fuse) is None:
            other.sync()
        if held:
            assert other.mailbox_id(f"Nom {self.serial}") == known
            assert not other.session.given, "no letter is fetched again"

    @invariant()
    def nothing_is_doubled(self) -> None:
        names = self.server.names()
        if self.server.kind is not Kind.COPYING:
            assert len(names) == len(set(names)), "uploaded or copied twice"

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        guard_few, guard.FEW = self.few, FEW
        try:
            self._ends()
        finally:
            guard.FEW = guard_few

    def _ends(self) -> None:
        for _ in range(6):
            for node in self.nodes:
                node.settle()
        there = self.server.names()
        for node in self.nodes:
            node.answer_what_is_gone()
            waits = node.waiting()
            assert without(node.shown(), waits) == without(node.on_server(), waits), "they disagree"
            assert all(node.whole_octets()[name] for name in {*there} - waits), "not whole"
            here = {name for shown in node.shown().values() for name, _ in shown}
            assert self.kept[node] <= here, "kept, and lost all the same"
        assert self.alive <= set(there), "a letter was lost"
        for node in self.nodes:
            node.sync()
            assert not node.session.effects, "two nodes that agree have nothing to say"
            assert not node.local.commits
            node.db.close()


def without(shown: dict[str, list[tuple[str, Keywords]]], names: set[str]) -> object:
    """The same, but for these letters and for mailboxes that have no others."""
    left = {m: [each for each in letters if each[0] not in names] for m, letters in shown.items()}
    return {mailbox: letters for mailbox, letters in left.items() if letters}


TestTwoNodes = pytest.mark.logs("mailbox.letters_lost", "mailbox.refused", "replica.refused")(
    pytest.mark.filterwarnings("error")(TwoNodes.TestCase)
)


def test_two_nodes_that_move_one_letter_apart_agree_on_one_place() -> None:
    a = World()
    a.deliver("m@t.test")
    b = World(server=a.server)
    for node in (a, b):
        node.sync()
    a.move("m@t.test", "Archive")
    b.move("m@t.test", "Sent")
    for node in (a, b, a, b):
        node.settle()
    assert a.server.names() == ["m@t.test"]
    assert a.shown() == b.shown() == a.on_server()
    assert a.server.where()["m@t.test"][0] == "Archive", "who came first"
    assert b.notes("m@t.test") == ("merge.moved_there",)


def test_a_letter_one_node_deletes_and_the_other_flags_is_kept_by_both() -> None:
    a = World()
    a.deliver("m@t.test")
    b = World(server=a.server)
    for node in (a, b):
        node.sync()
    a.delete("m@t.test")
    b.flag("m@t.test", add=frozenset({FLAGGED}))
    for node in (b, a, b):
        node.settle()
    assert a.shown() == b.shown() == a.on_server()
    assert a.server_keywords("m@t.test") == {FLAGGED}
    assert a.notes("m@t.test") == ("merge.kept_flagged",)

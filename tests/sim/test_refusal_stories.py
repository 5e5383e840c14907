"""What a no is about, and what it must not be taken to be about: other letters, other wishes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from store.db.naming import subscribe
from store.db.replica import has_pending
from store.errors import MailError, NeedsUser, Permanent, Transient
from sync.imap.halving import MOST, MOST_FOR_NOTHING
from sync.replica.lean import Lean
from tests.sim.server import Kind
from tests.sim.world import FLAGGED, SEEN, World

S, F = frozenset({SEEN}), frozenset({FLAGGED})
refused = pytest.mark.logs("letter.refused")
NOES = (Permanent("imap.refused"), NeedsUser("imap.ask_operator"), Transient("imap.busy"))
EVERY_NO = pytest.mark.parametrize("no", NOES, ids=lambda no: no.code)
WINDOW = 250
"""Letters in the window of a pass of the model."""


def arrived(count: int, *, lean: bool = False) -> World:
    world = World(Kind.QRESYNC, lean=lean)
    world.sync()
    for n in range(count):
        world.deliver(f"{n:03}@t.test")
    world.deliver("archived@t.test", to="Archive")
    return world


@refused
@EVERY_NO
@pytest.mark.parametrize("gives_others", [True, False])
@pytest.mark.parametrize("bad", [2, 77, 299, 300])
def test_a_letter_the_server_cannot_read_holds_up_no_other(
    no: MailError, gives_others: bool, bad: int
) -> None:
    world = arrived(300)
    world.sync(cannot_read={bad}, refusal=no, gives_others=gives_others)
    assert len(world.placements()) == 300, "299 of 300, and one of another mailbox"
    assert len(world.session.given) == 300, "none came twice"
    assert world.session.said.count("FETCH") <= 2 + 2 * WINDOW.bit_length() + 1
    assert bad not in world.session.given
    world.sync(cannot_read={bad}, refusal=no, gives_others=gives_others)
    assert world.session.given == [], "asked for again, alone"
    assert world.session.said.count("FETCH") == 1
    world.settle()
    assert world.shown() == world.on_server(), "when it can be read it comes"


@pytest.mark.logs("letter.refused", "mailbox.refused")
@EVERY_NO
def test_many_letters_the_server_cannot_read_hold_up_the_others_for_some_passes(
    no: MailError,
) -> None:
    world = arrived(300)
    bad = set(range(3, 301, 15))
    for _ in range(3):
        with suppress(type(no)):
            world.sync(cannot_read=bad, refusal=no, gives_others=False)
        assert world.session.said.count("FETCH") <= 2 * MOST + 2
    assert len(world.placements()) == 301 - len(bad)


@pytest.mark.logs("mailbox.refused")
def test_a_mailbox_that_gives_no_letter_is_not_asked_for_each_one() -> None:
    world = arrived(300)
    world.sync(cannot_read=set(range(1, 301)))
    assert world.session.said.count("FETCH") == MOST_FOR_NOTHING + 2, "and one of the other mailbox"
    assert world.shown()["Archive"], "which is not held up"


def test_a_server_that_is_busy_whatever_it_is_asked_ends_the_pass() -> None:
    world = arrived(300)
    with pytest.raises(Transient, match=r"imap\.busy"):
        world.sync(cannot_read=set(range(1, 301)), refusal=NOES[2])
    assert world.session.said.count("FETCH") == MOST_FOR_NOTHING + 1


def agreed_and_one_new(*, lean: bool = False) -> World:
    """One letter to come, in a mailbox of others that came."""
    world = World(Kind.QRESYNC, lean=lean)
    for n in range(3):
        world.deliver(f"{n}@t.test")
    world.settle()
    world.deliver("new@t.test")
    return world


@pytest.mark.parametrize("lean", [False, True])
def test_a_server_that_is_busy_when_the_only_letter_is_asked_for_is_come_back_to(
    lean: bool,
) -> None:
    world = agreed_and_one_new(lean=lean)
    asked = "OUTLINES" if lean else "FETCH"
    with pytest.raises(Transient, match=r"imap\.busy"):
        world.sync(refuses={asked, "RANGES"}, refusal=NOES[2])
    assert [world.session.said.count(each) for each in (asked, "RANGES")] == [1, 1]
    world.settle()
    assert world.shown() == world.on_server()


@refused
@pytest.mark.parametrize("lean", [False, True])
@pytest.mark.parametrize("others", [0, 3])
def test_the_only_letter_of_a_server_that_gives_others_holds_up_nothing(
    lean: bool, others: int
) -> None:
    world = agreed_and_one_new(lean=lean) if others else World(Kind.QRESYNC, lean=lean)
    if not others:
        world.deliver("new@t.test")
    world.deliver("archived@t.test", to="Archive")
    assert world.sync(cannot_read={others + 1}, refusal=NOES[2]) is not None
    assert "new@t.test" not in [name for name, octets in world.whole_octets().items() if octets]
    assert world.shown()["Archive"]


@refused
@EVERY_NO
@pytest.mark.parametrize("gives_others", [True, False])
def test_a_letter_announced_that_cannot_be_begun_holds_up_no_other(
    no: MailError, gives_others: bool
) -> None:
    world = agreed_and_one_new(lean=True)
    world.lean = Lean(begin=40, at_once=400, small=1000, most=1000)  # ten in one command
    for n in range(40):
        world.deliver(f"more{n}@t.test")
    world.sync(refuses={"RANGES"})  # the list, and no text
    world.sync(cannot_read={5, 9}, refusal=no, gives_others=gives_others)
    whole = [name for name, octets in world.whole_octets().items() if octets]
    assert len(whole) == 3 + 41 - 2
    world.settle()
    assert all(world.whole_octets().values())


@pytest.mark.logs("mailbox.refused")
def test_what_is_wished_of_a_mailbox_that_cannot_be_opened_was_not_refused() -> None:
    world = agreed_and_one_new()
    world.flag("0@t.test", add=F)

    def somebody_wishes() -> None:
        world.flag("1@t.test", add=S)

    world.sync(refuses_once={"SELECT"}, during={"SELECT": somebody_wishes})
    why = dict(world.db.execute("SELECT id, refused FROM placement").fetchall())
    assert why[world.placement("0@t.test")] == "mailbox.not_opened"
    assert why[world.placement("1@t.test")] == "", "wished since"
    assert world.server_keywords("1@t.test") == S, "and told in the same pass"
    world.settle()
    assert world.shown() == world.on_server()


@pytest.mark.logs("replica.unsettled")
def test_of_lost_moves_only_those_that_cannot_be_looked_for_stay_unsettled() -> None:
    world = agreed_and_one_new()
    world.box().add(b"Subject: sans nom\r\n\r\nRien.\r\n", frozenset())  # known by its octets
    world.settle()
    world.move("0@t.test", "Archive")
    world.sync(dies_after="MOVE")
    world.move("", "Sent")
    world.sync(dies_after="MOVE", refuses={"SEARCH"})
    world.sync(refuses={"SEARCH"})
    going = "SELECT refused FROM placement WHERE moving_to IS NOT NULL"
    assert world.db.execute(going).fetchall() == [("move.unsettled",)]
    world.settle()
    assert not world.db.execute(going).fetchall()
    assert [name for name, _ in world.shown()["Archive"]] == ["0@t.test"]


@pytest.mark.parametrize("code", ["net.timeout", "imap.bye"])
def test_a_line_that_breaks_is_not_asked_again_and_what_came_is_kept(code: str) -> None:
    world = arrived(300)
    with pytest.raises(Transient, match=code):
        world.sync(gives=100, breaks=Transient(code))
    assert world.session.said.count("FETCH") == 1
    assert len(world.placements()) == 100


@refused
@EVERY_NO
def test_a_letter_that_cannot_be_announced_holds_up_no_other(no: MailError) -> None:
    world = arrived(40, lean=True)
    world.sync(cannot_read={11}, refusal=no)
    assert len(world.placements()) == 40
    assert world.shown()["Archive"]
    world.settle()
    assert world.shown() == world.on_server()


@refused
@pytest.mark.parametrize("step", range(0, 55, 3))
def test_killed_while_one_letter_is_looked_for_the_others_come(step: int) -> None:
    world = arrived(40)
    assert world.sync(fuse=step, cannot_read={11}) is None, "it must have died"
    world.sync(cannot_read={11})
    assert len(world.placements()) == 40
    world.settle()
    assert world.shown() == world.on_server()


WISHES: dict[str, Callable[[World], object]] = {
    "MOVE": lambda world: world.move("000@t.test", "Archive"),
    "EXPUNGE": lambda world: world.delete("000@t.test"),
    "STORE": lambda world: world.flag("000@t.test", add=F),
}
OTHERS: dict[str, Callable[[World], object]] = {
    "moved": lambda world: world.move("000@t.test", "Sent"),
    "deleted": lambda world: world.delete("000@t.test"),
    "undeleted": lambda world: world.undelete("000@t.test"),
    "read": lambda world: world.flag("000@t.test", add=S),
}


@pytest.mark.logs("replica.refused")
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("command", WISHES)
def test_a_wish_made_while_another_is_refused_is_told_in_the_same_pass(
    command: str, other: str
) -> None:
    world = arrived(1)
    world.sync()
    WISHES[command](world)
    wished: set[tuple[object, ...]] = set()

    def another() -> None:
        wished.add(wish(world))
        OTHERS[other](world)
        wished.add(wish(world))

    world.sync(refuses_once={command}, during={command: another})
    if len(wished) == 1:
        assert has_refused(world), "nothing else was wished"
        return
    assert not has_refused(world)
    assert not has_pending(world.db, world.account_id)
    assert world.shown() == world.on_server()


def wish(world: World) -> tuple[object, ...]:
    (found,) = world.db.execute(
        "SELECT keywords, deleted, wish_mailbox_id FROM placement WHERE id = ?",
        (world.placement("000@t.test"),),
    )
    return tuple(found)


def has_refused(world: World) -> bool:
    return bool(world.db.execute("SELECT 1 FROM placement WHERE refused <> ''").fetchall())


@pytest.mark.logs("mailbox.wish_refused")
@pytest.mark.parametrize(
    "other",
    [
        lambda world: world.rename("Un", "Deux"),
        lambda world: subscribe(world.db, world.mailbox_id("Un"), on=False),
    ],
)
def test_what_is_wished_of_a_mailbox_while_another_wish_is_refused_is_not_refused(
    other: Callable[[World], object],
) -> None:
    world = arrived(1)
    world.sync()
    world.rename("Archive", "Un")
    world.sync(refuses={"RENAME"}, during={"RENAME": lambda: other(world)})
    assert has_pending(world.db, world.account_id), "it is to be told"
    world.settle()
    assert not has_pending(world.db, world.account_id)


@pytest.mark.logs("mailbox.wish_refused")
def test_a_mailbox_wish_that_was_refused_is_not_told_at_once_again() -> None:
    world = arrived(1)
    world.sync()
    world.rename("Archive", "Un")
    world.sync(refuses={"RENAME"})
    assert not has_pending(world.db, world.account_id)

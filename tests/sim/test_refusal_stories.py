"""Letters a server cannot read: it says no to all that were asked for with them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from store.errors import MailError, NeedsUser, Permanent, Transient
from sync.imap.halving import MOST, MOST_FOR_NOTHING
from tests.sim.server import Kind
from tests.sim.world import World

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

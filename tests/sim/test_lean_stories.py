"""A lean line: the list first, then the letters range by range, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from store.db import outlines
from store.db.open import Connection
from store.errors import Permanent, Transient
from store.model.email import Came
from store.model.ids import EmailId
from tests.sim.server import Kind
from tests.sim.world import FLAGGED, LEAN, World, letter_called

LONG = b"Message-ID: <long@t.test>\r\nSubject: long\r\n\r\n" + b"0123456789" * 60
TOO_LONG = LONG.replace(b"long@", b"toolong@") + b"x" * LEAN.most


def world(kind: Kind = Kind.QRESYNC) -> World:
    """An empty account on a lean line, its mailboxes known."""
    made = World(kind, lean=True)
    made.sync()
    return made


def email_id(of: World) -> EmailId:
    """The only letter's."""
    return EmailId(of.db.execute("SELECT email_id FROM placement").fetchone()[0])


@pytest.mark.parametrize("kind", Kind)
def test_letters_come_whole_in_the_end_octet_for_octet(kind: Kind) -> None:
    lean = world(kind)
    lean.deliver("short@t.test")
    lean.box().add(LONG, frozenset({FLAGGED}))
    lean.settle()
    assert lean.whole_octets() == {
        "short@t.test": letter_called("short@t.test"),
        "long@t.test": LONG,
    }
    assert lean.shown() == lean.on_server()


def test_the_list_is_there_before_any_letter() -> None:
    lean = world()
    for n in range(3):
        lean.deliver(f"{n}@t.test")
    lean.sync(dies_before="RANGES")
    assert lean.shown() == lean.on_server()
    assert set(lean.whole_octets().values()) == {b""}
    assert "FETCH" not in lean.session.said


def test_a_few_new_letters_bring_their_text_along() -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    lean.sync(dies_before="RANGES")
    assert outlines.stage_of(lean.db, email_id(lean)) is outlines.Stage.BEGUN
    assert lean.session.said.count("SELECT") == 1


def test_a_letter_crosses_the_line_once_but_for_the_overlap() -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    lean.sync()
    ranges = lean.session.said.count("RANGES")
    assert len(LONG) <= lean.session.carried <= len(LONG) + ranges * 64


def test_nothing_of_a_letter_is_thrown_away_when_the_line_breaks_within_it() -> None:
    lean = world()
    for n in range(10):
        lean.box().add(LONG.replace(b"long@", b"lon%d@" % n), frozenset())
    lean.sync(dies_before="RANGES")
    held = [0]
    for cut in (10, 10 + 12, 22 + 8, 40, 30 + 5):
        with pytest.raises(Transient):
            lean.sync(cut_after=cut)
        held.append(sum(each.held for each in outlines.unwhole(lean.db, lean.account_id)))
    assert held == [0, 10, 10 + 22, 32 + 30, 62 + 40, 102 + 35]
    lean.sync()
    assert {len(octets) for octets in lean.whole_octets().values()} == {len(LONG)}
    lean.settle()


def test_of_a_range_that_goes_on_what_came_before_the_cut_is_kept() -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    lean.sync(dies_before="RANGES")
    for overlap, came in ((LEAN.begin, 13), (LEAN.begin + 13, 9)):
        with pytest.raises(Transient):
            lean.sync(cut_after=overlap + came)
        [begun] = outlines.unwhole(lean.db, lean.account_id)
        assert begun.held == overlap + came
    lean.settle()
    assert lean.whole_octets() == {"long@t.test": LONG}


def steps_of_one_long_letter() -> int:
    """How many steps a pass takes that brings it."""
    lean = world()
    lean.box().add(LONG, frozenset())
    lean.sync()
    return lean.steps


@pytest.mark.parametrize("step", range(steps_of_one_long_letter()))
def test_dying_anywhere_costs_one_range_at_most(step: int) -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    assert lean.sync(fuse=step) is None
    before = lean.session.carried
    lean.sync()
    assert lean.whole_octets() == {"long@t.test": LONG}
    again = before + lean.session.carried - len(LONG)
    assert again <= LEAN.at_once + 64 * 25, "more than one range came twice"
    lean.settle()


def test_a_letter_too_long_for_the_line_waits_to_be_asked_for() -> None:
    lean = world()
    lean.box().add(TOO_LONG, frozenset())
    lean.settle()
    assert lean.whole_octets() == {"toolong@t.test": b""}
    assert outlines.want(lean.db, email_id(lean), 7)
    lean.lean = LEAN.__class__(begin=40, at_once=4000, small=100, most=10_000)
    lean.sync()
    assert lean.whole_octets() == {"toolong@t.test": TOO_LONG}
    assert not outlines.want(lean.db, email_id(lean), 8)


def test_a_letter_asked_for_in_the_second_in_which_another_came_comes_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lean = world()
    for name in (b"toolong@", b"second@"):
        lean.box().add(TOO_LONG.replace(b"toolong@", name), frozenset())
    lean.settle()
    first, second = sorted(row[0] for row in lean.db.execute("SELECT email_id FROM placement"))
    outlines.want(lean.db, first, 7)
    add = outlines.add_ranges

    def and_asks(db: Connection, came: Sequence[Came], **marks: Any) -> int:
        whole = add(db, came, **marks)
        if whole:
            outlines.want(db, second, 7)
        return whole

    monkeypatch.setattr(outlines, "add_ranges", and_asks)
    lean.sync()
    assert b"" not in lean.whole_octets().values()


@pytest.mark.parametrize("begun", [False, True])
def test_many_letters_left_by_a_lean_line_come_in_few_turns_on_another(begun: bool) -> None:
    lean = world()
    for n in range(40):
        lean.box().add(TOO_LONG.replace(b"toolong@", b"%d@" % n), frozenset())
    lean.sync(dies_before=None if begun else "RANGES")
    lean.lean = None
    lean.sync()
    assert lean.session.said.count("RANGES") + lean.session.said.count("FETCH") <= 2
    assert b"" not in lean.whole_octets().values()


def test_a_line_that_is_no_longer_lean_brings_what_is_missing() -> None:
    lean = world()
    lean.box().add(TOO_LONG, frozenset())
    lean.settle()
    lean.lean = None
    lean.settle()
    assert lean.whole_octets() == {"toolong@t.test": TOO_LONG}


@pytest.mark.logs("letter.begun_anew")
def test_a_letter_whose_server_gives_other_octets_is_begun_anew() -> None:
    lean = world()
    uid = lean.box().add(LONG, frozenset())
    lean.sync(fuse=steps_of_one_long_letter() // 2)
    assert lean.whole_octets() == {"long@t.test": b""}
    it = lean.box().letters[uid]
    other = LONG.replace(b"0123456789", b"9876543210")
    lean.box().letters[uid] = it.__class__(uid, it.keywords, other, it.modseq)
    lean.settle()
    assert lean.whole_octets() == {"long@t.test": other}


@pytest.mark.parametrize("lie", [1, 500, -1, -500])
def test_a_server_wrong_about_sizes_gives_whole_letters_all_the_same(lie: int) -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    lean.sync(lies_about_size=lie)
    lean.settle()
    assert lean.whole_octets() == {"long@t.test": LONG}


def test_a_letter_that_is_not_given_holds_up_no_other() -> None:
    lean = world()
    kept = lean.box().add(LONG, frozenset())
    lean.sync(dies_before="RANGES")
    lean.deliver("other@t.test")
    lean.sync(withholds={kept})
    assert lean.whole_octets() == {
        "long@t.test": b"",
        "other@t.test": letter_called("other@t.test"),
    }
    lean.settle()
    assert lean.whole_octets()["long@t.test"] == LONG


def test_the_same_letter_in_two_mailboxes_is_one_in_the_end() -> None:
    lean = world()
    lean.deliver("twice@t.test")
    lean.deliver("twice@t.test", to="Archive")
    lean.settle()
    assert lean.db.execute("SELECT count(*) FROM email").fetchone() == (1,)
    assert lean.shown() == lean.on_server()


def test_a_renumbered_mailbox_brings_nothing_twice() -> None:
    lean = world()
    lean.deliver("one@t.test")
    lean.box().add(LONG, frozenset())
    lean.settle()
    lean.derive()
    lean.box().renumber()
    lean.sync()
    assert lean.session.carried == 0
    lean.settle()
    assert lean.whole_octets() == {"one@t.test": letter_called("one@t.test"), "long@t.test": LONG}


def test_a_wish_goes_before_the_rest_of_a_long_letter() -> None:
    lean = world()
    lean.deliver("short@t.test")
    lean.settle()
    lean.box().add(LONG, frozenset())

    def flag() -> None:
        lean.flag("short@t.test", add=frozenset({FLAGGED}))

    report = lean.sync(during={"RANGES": flag})
    assert report is not None
    assert report.unfinished
    assert lean.session.said.count("RANGES") == 1
    lean.settle()
    assert lean.server_keywords("short@t.test") == {FLAGGED}


def test_a_letter_that_is_not_whole_is_never_uploaded() -> None:
    lean = world()
    lean.box().add(TOO_LONG, frozenset())
    lean.settle()
    with pytest.raises(Permanent, match="not_whole"):
        lean.local.letter(email_id(lean))


def test_older_letters_are_listed_page_by_page() -> None:
    lean = world()
    for n in range(120):
        lean.deliver(f"{n}@t.test")
    report = lean.sync()
    assert report is not None
    assert (report.announced, report.unfinished) == (50, True)
    assert "119@t.test" in lean.whole_octets()
    for _ in range(3):
        lean.sync()
    assert len(lean.whole_octets()) == 120
    assert all(lean.whole_octets().values())


def test_the_first_page_comes_with_select() -> None:
    lean = World(Kind.QRESYNC, lean=True)
    for n in range(60):
        lean.deliver(f"{n}@t.test")
    lean.sync(dies_before="LISTING")
    assert "OUTLINES" not in lean.session.said
    names = {name for name, _ in lean.shown()["INBOX"]}
    assert names == {f"{n}@t.test" for n in range(10, 60)}


def test_our_own_upload_is_not_announced_with_the_first_page() -> None:
    lean = World(Kind.QRESYNC, lean=True)
    lean.sync(dies_before="SELECT")
    lean.file("ours@t.test")
    lean.sync(dies_after="APPEND")
    lean.settle()
    assert lean.server.names("Sent") == ["ours@t.test"]
    assert lean.shown() == lean.on_server()


def test_a_letter_listed_and_never_given_does_not_keep_a_pass_going() -> None:
    lean = world()
    for n in range(120):
        lean.deliver(f"{n}@t.test")
    withheld = set(range(60, 121))
    for _ in range(4):
        report = lean.sync(withholds=withheld)
        assert report is not None
    assert not report.unfinished
    assert len(lean.whole_octets()) == 59


@pytest.mark.parametrize("kind", [Kind.QRESYNC, Kind.PLAIN])
def test_a_mailbox_is_listed_in_few_visits(kind: Kind) -> None:
    lean = world(kind)
    for n in range(1200):
        lean.deliver(f"{n}@t.test")
    passes = 0
    while (report := lean.sync()) is not None and report.unfinished:
        passes += 1
    assert passes <= 5
    assert len(lean.whole_octets()) == 1200


def test_a_whole_letter_that_somebody_moved_is_not_brought_again() -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    lean.settle()
    lean.derive()
    lean.server.move("INBOX", lean.server.where()["long@t.test"][1], "Archive")
    lean.sync()
    assert lean.session.carried == len(LONG[: LEAN.begin])
    lean.settle()
    assert lean.whole_octets() == {"long@t.test": LONG}
    assert lean.shown() == lean.on_server()
    assert lean.db.execute("SELECT count(*) FROM email").fetchone() == (1,)


@pytest.mark.logs("letter.refused")
def test_a_refused_letter_of_a_server_wrong_about_sizes_holds_up_no_other() -> None:
    lean = world()
    lean.box().add(LONG, frozenset())
    report = lean.sync(lies_about_size=500, refuses={"FETCH"})
    assert report is not None
    lean.settle()
    assert lean.whole_octets() == {"long@t.test": LONG}


@pytest.mark.logs("replica.refused")
def test_a_deletion_taken_back_too_late_keeps_what_is_here_of_the_letter() -> None:
    lean = world()
    lean.box().add(TOO_LONG, frozenset())
    lean.settle()
    lean.delete("toolong@t.test")

    def undelete() -> None:
        lean.undelete("toolong@t.test")

    lean.sync(during={"EXPUNGE": undelete})
    lean.settle()
    assert lean.server.names() == []
    assert lean.shown()["INBOX"] == [("toolong@t.test", frozenset())]
    lean.settle()

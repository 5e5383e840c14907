"""What a person paused stays so, whatever dies; what is new comes; nothing comes twice."""

from __future__ import annotations

from functools import partial

import pytest

from store.db.outlines import want as want_whole
from store.db.parts import part_octets
from store.db.work_wishes import pause, resume, works
from store.db.works import begin_anew
from store.model.ids import EmailId
from store.model.work import WorkState, part_of
from tests.sim.pauses import LETTERS, pause_letters
from tests.sim.server import Kind
from tests.sim.test_lean_documents import RESULT, is_here, listed, shown, want
from tests.sim.test_lean_stories import LONG, email_id
from tests.sim.world import LEAN, World


def asked() -> tuple[World, str]:
    """One document was asked for; its name among the works."""
    lean = listed()
    want(lean)
    return lean, part_of(email_id(lean), "3")


def first_flight() -> int:
    """The step at which the first octets of the document are asked for."""
    lean, _ = asked()
    lean.sync(dies_before="BINARY")
    return lean.steps


IN_THE_FIRST = first_flight() + 1
IN_A_LATER = first_flight() + 12


def wish(lean: World, name: str) -> None:
    pause(lean.db, name, 9)


def test_a_document_is_paused_between_two_flights_and_goes_on_behind_what_came() -> None:
    lean, name = asked()
    lean.sync(meddle={IN_A_LATER: [partial(wish, lean, name)]})
    held, first = shown(lean).held, lean.session.carried
    assert 0 < held < len(RESULT)
    lean.sync()
    assert lean.session.carried == 0
    assert shown(lean).held == held
    [work] = works(lean.db)
    assert (work.name, work.state, work.done) == (name, WorkState.PAUSED, held)
    resume(lean.db, name, 10)
    lean.sync()
    assert part_octets(lean.db, email_id(lean), "3") == RESULT
    assert works(lean.db) == []
    unpaused, _ = asked()
    unpaused.sync()
    assert first + lean.session.carried == unpaused.session.carried


def test_a_pause_asked_for_in_a_flight_costs_that_flight_and_no_more() -> None:
    lean, name = asked()
    lean.sync(meddle={IN_THE_FIRST: [partial(wish, lean, name)]})
    assert lean.session.carried <= LEAN.at_once + 64
    assert lean.session.said.count("BINARY") <= 1


def test_new_letters_come_while_a_document_is_paused() -> None:
    lean, name = asked()
    wish(lean, name)
    lean.deliver("new@t.test")
    lean.settle()
    assert "new@t.test" in lean.whole_octets()
    assert not is_here(lean)


def steps_of_a_paused_document() -> int:
    lean, name = asked()
    lean.sync(meddle={IN_A_LATER: [partial(wish, lean, name)]})
    return lean.steps


@pytest.mark.parametrize("step", range(IN_A_LATER + 1, steps_of_a_paused_document()))
def test_dying_anywhere_a_paused_document_stays_paused(step: int) -> None:
    lean, name = asked()
    assert lean.sync(fuse=step, meddle={IN_A_LATER: [partial(wish, lean, name)]}) is None
    begin_anew(lean.db)
    held = shown(lean).held
    lean.sync()
    assert (shown(lean).held, lean.session.carried) == (held, 0)
    [work] = works(lean.db)
    assert work.state is WorkState.PAUSED
    resume(lean.db, name, 10)
    lean.settle()
    assert part_octets(lean.db, email_id(lean), "3") == RESULT


def old_letters(kind: Kind, *, lean: bool = False) -> World:
    """An account with nine letters, none of them here."""
    made = World(kind, lean=lean)
    for n in range(9):
        made.deliver(f"old{n}@t.test")
    return made


def names(of: World) -> set[str]:
    return {name for name, octets in of.whole_octets().items() if octets}


def first_windows(of: World, step: int = 0) -> None:
    """Bring some of them, then pause."""
    at = {} if not step else {step: [partial(pause_letters, of)]}
    of.sync(windows=99, meddle=at)


def pause_step(kind: Kind) -> int:
    """A step within the first window of letters."""
    of = old_letters(kind)
    of.sync(dies_before="FETCH")
    return of.steps + 1


@pytest.mark.parametrize("kind", Kind)
def test_while_old_letters_are_paused_new_ones_come(kind: Kind) -> None:
    of = old_letters(kind)
    first_windows(of, pause_step(kind))
    came = names(of)
    assert 0 < len(came) < 9
    of.deliver("new1@t.test")
    of.sync()
    of.deliver("new2@t.test")
    of.sync()
    assert names(of) == came | {"new1@t.test", "new2@t.test"}
    [work] = works(of.db)
    assert work.state is WorkState.PAUSED
    resume(of.db, LETTERS, 10)
    assert of.db.execute("SELECT count(*) FROM work_floor").fetchone() == (0,)
    of.settle()
    assert of.shown() == of.on_server()
    assert len(names(of)) == 11


def test_what_a_pause_keeps_is_said_to_wait() -> None:
    of = old_letters(Kind.QRESYNC)
    first_windows(of, pause_step(Kind.QRESYNC))
    report = of.sync()
    assert report is not None
    assert report.waiting_emails == 9 - len(names(of))
    settled = of.db.execute("SELECT uidnext FROM mailbox WHERE name = 'INBOX'").fetchone()
    assert settled == (None,), "what is not here is not settled"


def test_a_mailbox_numbered_anew_while_paused_brings_no_old_letter_but_new_ones() -> None:
    of = old_letters(Kind.QRESYNC)
    first_windows(of, pause_step(Kind.QRESYNC))
    came = names(of)
    of.box().renumber()
    of.sync()
    of.deliver("new@t.test")
    of.sync()
    assert names(of) == came | {"new@t.test"}
    resume(of.db, LETTERS, 10)
    of.settle()
    assert of.shown() == of.on_server()


def listed_as(of: World, name: str) -> EmailId:
    query = "SELECT email_id FROM placement WHERE id = ?"
    return EmailId(of.db.execute(query, (of.placement(name),)).fetchone()[0])


@pytest.mark.parametrize("kind", [Kind.QRESYNC, Kind.BARE])
def test_on_a_lean_line_old_letters_wait_and_new_urgent_and_wanted_ones_come(kind: Kind) -> None:
    of = old_letters(kind, lean=True)
    of.box().add(LONG, frozenset())
    of.sync(dies_before="RANGES")
    pause_letters(of)
    of.sync()
    assert names(of) == set()
    of.deliver("new@t.test")
    urgent, wanted = (listed_as(of, name) for name in ("old0@t.test", "old1@t.test"))
    of.db.execute("UPDATE email_outline SET urgent = 1 WHERE email_id = ?", (urgent,))
    assert want_whole(of.db, wanted, 10)
    of.sync()
    assert names(of) == {"new@t.test", "old0@t.test", "old1@t.test"}
    resume(of.db, LETTERS, 10)
    of.settle()
    assert of.shown() == of.on_server()
    assert len(names(of)) == 11


def test_wishes_go_while_letters_are_paused() -> None:
    of = old_letters(Kind.QRESYNC)
    first_windows(of, pause_step(Kind.QRESYNC))
    name = sorted(names(of))[0]
    of.flag(name, add=frozenset({"$flagged"}))
    of.sync()
    assert of.server_keywords(name) == frozenset({"$flagged"})


def steps_of_paused_letters() -> int:
    of = old_letters(Kind.QRESYNC)
    first_windows(of, pause_step(Kind.QRESYNC))
    return of.steps


@pytest.mark.parametrize("step", range(pause_step(Kind.QRESYNC) + 1, steps_of_paused_letters()))
def test_dying_anywhere_paused_letters_stay_paused_and_none_is_lost(step: int) -> None:
    of = old_letters(Kind.QRESYNC)
    at = {pause_step(Kind.QRESYNC): [partial(pause_letters, of)]}
    assert of.sync(windows=99, fuse=step, meddle=at) is None
    begin_anew(of.db)
    came = names(of)
    of.sync()
    assert names(of) == came
    of.deliver("new@t.test")
    of.sync()
    assert names(of) == came | {"new@t.test"}
    resume(of.db, LETTERS, 10)
    of.settle()
    assert of.shown() == of.on_server()
    assert len(names(of)) == 10

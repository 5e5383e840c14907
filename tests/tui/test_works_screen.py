"""What takes long, on the screen: how far, how long still, and a key that is only a wish."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from store import work_words
from store.db.accounts import set_link
from store.db.node import node_started
from store.db.open import Connection
from store.db.part_ranges import add_part_range
from store.db.work_wishes import pause, resume, works
from store.db.works import forget_works, obey_pauses
from store.host import clock
from store.model.account import Link
from store.model.ids import EmailId
from store.model.structure import PartCame
from store.model.work import SILENT_SECONDS, Work, WorkKind, WorkState, letters_of, part_of
from tests.tui.conftest import Opened
from tests.tui.long_works import SIZE, document, goes, much
from tests.tui.practice import NOW, Practice


@pytest.fixture(autouse=True)
def _stopped_clock(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    node_started(practice.db, os.getpid(), NOW)


def scan(practice: Practice) -> EmailId:
    return document(practice.db, practice.account_id, practice.inbox, "scanner.dcm")


def work_of(db: Connection, name: str) -> Work:
    [found] = [each for each in works(db) if each.name == name]
    return found


def said_of(work: Work, *, node_alive: bool = True, now: int = NOW) -> str:
    return work_words.line_words(work, node_alive=node_alive, now=now)


WORK = Work(
    name="part:1/2",
    kind=WorkKind.PART,
    state=WorkState.RUNNING,
    done=12_400_000,
    whole=SIZE,
    rate=150_000.0,
    measures=9,
    changed_at=NOW,
    words="cr.pdf",
)


def test_how_far_and_how_long_still_need_no_colour_and_no_bar() -> None:
    assert said_of(WORK) == "document cr.pdf : 12,4 Mo sur 50,0 Mo, encore 4 min"
    assert said_of(replace(WORK, whole=None)) == "document cr.pdf : 12,4 Mo déjà ici"
    assert said_of(replace(WORK, measures=2)) == "document cr.pdf : 12,4 Mo sur 50,0 Mo"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"state": WorkState.CUT}, "la ligne est coupée, reprendra seule"),
        ({"state": WorkState.PAUSED}, "en pause"),
        ({"state": WorkState.PAUSING}, "se met en pause"),
        ({"state": WorkState.WAITING}, "attend son tour"),
        ({"changed_at": NOW - SILENT_SECONDS - 10}, "rien ne vient depuis 40 s"),
    ],
)
def test_what_does_not_go_on_says_why_and_tells_no_time(
    changed: dict[str, object], words: str
) -> None:
    assert said_of(replace(WORK, **changed)) == f"document cr.pdf : 12,4 Mo sur 50,0 Mo, {words}"


def test_without_a_node_nothing_is_said_to_go_on() -> None:
    assert said_of(WORK, node_alive=False).endswith("la synchronisation est arrêtée, rien n'avance")
    paused = replace(WORK, state=WorkState.PAUSED)
    assert said_of(paused, node_alive=False).endswith("en pause")


def test_all_that_left_waits_for_an_answer() -> None:
    sending = replace(WORK, kind=WorkKind.SENDING, done=SIZE)
    assert said_of(sending).endswith("parti, le serveur doit répondre")


def test_a_bar_is_ascii_full_only_when_all_is_done_and_blank_where_nothing_is_known() -> None:
    assert work_words.bar(WORK) == "[##--------]  24 %"
    assert work_words.bar(replace(WORK, done=SIZE - 1)) == "[#########-]  99 %"
    assert work_words.bar(replace(WORK, done=SIZE)) == "[##########] 100 %"
    unknown = work_words.bar(replace(WORK, whole=None))
    assert unknown.strip() == ""
    assert len(unknown) == len(work_words.bar(WORK))


def test_one_line_sums_them_up() -> None:
    def summary(*found: Work, node_alive: bool = True) -> str:
        return work_words.summary_words(found, node_alive=node_alive, now=NOW)

    paused = replace(WORK, state=WorkState.PAUSED)
    assert summary() == ""
    assert summary(WORK) == "travaux (F6) : 1, 24 %, encore 4 min"
    assert summary(WORK, replace(WORK, rate=75_000.0)) == "travaux (F6) : 2, encore 8 min"
    assert summary(WORK, replace(WORK, measures=0)) == "travaux (F6) : 2"
    assert summary(WORK, paused) == "travaux (F6) : 1, 24 %, encore 4 min"
    assert summary(paused) == "en pause (F6) : 1"
    assert summary(WORK, node_alive=False) == ""


async def test_works_are_shown_paused_and_resumed_by_a_key(
    practice: Practice, opened: Opened
) -> None:
    much(practice.db, practice.account_id, practice.inbox)
    name = letters_of(practice.account_id)
    async with opened((120, 30)) as person:
        await person.press("f6")
        await person.sees("[##--------]  24 %  lettres de cabinet")
        await person.sees("1 200 lettres sur 5 000, 31,2 Mo reçus, encore 13 min")
        await person.press("p")
        await person.sees("La pause est demandée : ce qui est déjà en route arrive encore")
        assert work_of(practice.db, name).state is WorkState.PAUSING
        await person.sees("se met en pause")
        obey_pauses(practice.db, practice.account_id)
        await person.sees("31,2 Mo reçus, en pause")
        await person.press("p")
        await person.sees("Reprend.")
        assert name not in {each.name for each in works(practice.db)}, "the node begins it again"


async def test_the_cursor_stays_on_its_work_when_another_is_over(
    practice: Practice, opened: Opened
) -> None:
    much(practice.db, practice.account_id, practice.inbox)
    async with opened((120, 30)) as person:
        await person.press("f6", "down", "down")
        await person.sees("Un envoi commencé ne se met pas en pause")
        forget_works(practice.db, [letters_of(practice.account_id)])
        await person.until(lambda: "lettres de cabinet" not in person.text)
        assert "Un envoi commencé ne se met pas en pause" in person.text
        await person.press("p")
        await person.sees("le serveur ne garde pas une moitié de lettre.")
        await person.press("enter")
        await person.sees("Boîte d'envoi : ce qui s'écrit")


async def test_a_line_that_is_cut_says_that_it_goes_on_by_itself(
    practice: Practice, opened: Opened
) -> None:
    goes(
        *(practice.db, letters_of(practice.account_id), practice.account_id, 9, 90),
        rate=1.0,
        measures=9,
    )
    async with opened((120, 30)) as person:
        await person.sees("travaux (F6) : 1, 10 %, encore 81 s")
        await person.press("f6")
        set_link(practice.db, practice.account_id, Link.OFFLINE, error="net.lost")
        await person.sees("la ligne est coupée, reprendra seule")


async def test_nothing_long_is_one_sentence(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("f6")
        await person.sees("Rien de long en ce moment.")
        assert "p pause" not in person.text
        await person.press("p")
        await person.until(lambda: person.text.count("Rien de long en ce moment.") == 2)
        assert works(practice.db) == []


async def test_a_document_says_in_its_letter_how_far_it_is(
    practice: Practice, opened: Opened
) -> None:
    email_id = scan(practice)
    name = part_of(email_id, "2")
    goes(
        *(practice.db, name, practice.account_id, 12_400_000, SIZE),
        rate=150_000.0,
        measures=9,
    )
    async with opened((120, 30)) as person:
        await person.press("enter")
        await person.sees("scanner.dcm")
        await person.sees("12,4 Mo sur 50,0 Mo, encore 4 min")
        pause(practice.db, name, NOW)
        obey_pauses(practice.db, practice.account_id)
        await person.sees("12,4 Mo sur 50,0 Mo, en pause")
        resume(practice.db, name, NOW)
        came = PartCame(offset=12_400_000, octets=b"x" * 100_000, binary=True, ends=False)
        add_part_range(practice.db, email_id, "2", came)
        await person.sees("demandé, 12,5 Mo déjà ici, reste 37,5 Mo")


async def test_time_alone_makes_a_work_silent_and_the_screen_wakes_for_it(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes(
        *(practice.db, letters_of(practice.account_id), practice.account_id, 9, 90),
        rate=1.0,
        measures=9,
    )
    async with opened((120, 30)) as person:
        await person.press("f6")
        await person.sees("9 o sur 90 o, encore 81 s")
        assert person.app.glance.silence_in(NOW) == SILENT_SECONDS + 1
        later = NOW + SILENT_SECONDS + 10
        monkeypatch.setattr(clock, "now", lambda: later)
        person.app._tick()
        await person.sees("9 o sur 90 o, rien ne vient depuis 40 s")
        assert person.app.glance.silence_in(later) is None

"""The rows: what the node says, what a person wishes, and what both make together."""

from __future__ import annotations

import pytest

from store.db import outlines, part_ranges
from store.db.accounts import account, add_account, set_link
from store.db.open import Connection, write
from store.db.parts import parts_of
from store.db.removal import remove_account
from store.db.sources import add_source
from store.db.work_wishes import pause, resume, work_called, works
from store.db.works import (
    Measured,
    begin_anew,
    forget_works,
    is_pause_wished,
    obey_pause,
    obey_pauses,
    reading_floor,
    save_measured,
)
from store.errors import Usage
from store.model.account import Endpoint, Incoming, Link
from store.model.directory_source import DirectorySource, SourceKind
from store.model.ids import AccountId, EmailId
from store.model.work import READING, Unit, WorkKind, WorkState, letters_of, part_of
from tests.refusals import refused
from tests.unit.store.test_part_ranges import came

NOW = 1_793_000_000
SENDING = "sending:1"


def measured(
    name: str, of: AccountId | None, done: int = 4, *, unit: Unit = Unit.OCTETS
) -> Measured:
    return Measured(name, of, unit, done, 8, 2.0, 5, 0)


def states(db: Connection) -> dict[str, WorkState]:
    return {work.name: work.state for work in works(db)}


def test_at_rest_there_is_none(db: Connection) -> None:
    assert works(db) == []


def test_a_document_that_was_asked_for_waits_then_goes_and_says_how_far_it_is(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    name = part_of(letter, "2")
    [work] = works(db)
    assert (work.name, work.state, work.done, work.whole) == (name, WorkState.WAITING, 0, 8)
    save_measured(db, [measured(name, account_id)], now=NOW)
    part_ranges.add_part_range(db, letter, "2", came(0, b"Ym9u"))
    [work] = works(db)
    assert (work.state, work.done, work.account) == (WorkState.RUNNING, 4, "a")
    [shown] = [part for part in parts_of(db, letter) if part.number == "2"]
    assert shown.work == work
    part_ranges.add_part_range(db, letter, "2", came(4, b"am91", ends=True))
    assert works(db) == [], "it is here, whatever the node still says"


def test_a_pause_is_a_wish_until_the_node_says_that_it_obeys(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    name = part_of(letter, "2")
    save_measured(db, [measured(name, account_id)], now=NOW)
    assert pause(db, name, NOW)
    assert not pause(db, name, NOW)
    assert states(db) == {name: WorkState.PAUSING}
    save_measured(db, [measured(name, account_id, 6)], now=NOW)
    assert states(db) == {name: WorkState.PAUSING}, "what is on its way still comes"
    assert obey_pauses(db, account_id) == {name}
    assert states(db) == {name: WorkState.PAUSED}
    save_measured(db, [measured(name, account_id, 7)], now=NOW)
    assert states(db) == {name: WorkState.PAUSED}, "only a person says otherwise"


def test_obeying_again_writes_nothing(db: Connection, account_id: AccountId) -> None:
    name = letters_of(account_id)
    save_measured(db, [measured(name, account_id)], now=NOW)
    pause(db, name, NOW)
    obey_pauses(db, account_id)
    before = db.total_changes
    assert obey_pauses(db, account_id) == {name}
    assert obey_pauses(db, AccountId(99)) == frozenset()
    assert db.total_changes == before


def test_a_resumed_document_is_wished_anew_so_that_a_node_at_rest_hears_of_it(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    name, before = part_of(letter, "2"), outlines.last_wanted(db, account_id)
    pause(db, name, NOW)
    assert resume(db, name, NOW)
    assert outlines.last_wanted(db, account_id) > before
    assert not resume(db, name, NOW)
    assert states(db) == {name: WorkState.WAITING}


def test_what_its_server_no_longer_has_is_not_said_to_come(db: Connection, letter: EmailId) -> None:
    assert works(db)
    db.execute("UPDATE placement SET lost = 1 WHERE email_id = ?", (letter,))
    assert works(db) == []


def test_resumed_letters_ask_for_a_pass(db: Connection, account_id: AccountId) -> None:
    name, before = letters_of(account_id), account(db, account_id).sync_wanted_at
    save_measured(db, [measured(name, account_id, unit=Unit.LETTERS)], now=NOW)
    pause(db, name, NOW)
    resume(db, name, NOW)
    assert account(db, account_id).sync_wanted_at > before


def test_a_whole_letter_is_paused_and_resumed_too(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    outlines.want(db, letter, NOW)
    name = f"letter:{letter}"
    assert work_called(db, name).whole == 9_000
    pause(db, name, NOW)
    assert states(db)[name] is WorkState.PAUSED
    before = outlines.last_wanted(db, account_id)
    resume(db, name, NOW)
    assert outlines.last_wanted(db, account_id) > before


def test_what_a_node_left_is_forgotten_by_the_next_but_what_was_paused_is_not(
    db: Connection, account_id: AccountId
) -> None:
    name = letters_of(account_id)
    for each in (name, READING):
        save_measured(db, [measured(each, None if each == READING else account_id)], now=NOW)
    pause(db, name, NOW)
    begin_anew(db)
    [work] = works(db)
    assert (work.name, work.state, work.done) == (name, WorkState.PAUSED, 4)
    assert work.measures == 0, "the line of tomorrow is another one"
    before = db.total_changes
    begin_anew(db)
    assert db.total_changes == before


def test_what_is_over_goes_unless_it_is_paused(db: Connection, account_id: AccountId) -> None:
    name = letters_of(account_id)
    save_measured(db, [measured(name, account_id)], now=NOW)
    pause(db, name, NOW)
    forget_works(db, [name])
    assert states(db) == {name: WorkState.PAUSING}
    resume(db, name, NOW)
    forget_works(db, [name])
    assert works(db) == []


def test_a_letter_on_its_way_out_is_not_paused(db: Connection, account_id: AccountId) -> None:
    save_measured(db, [measured(SENDING, account_id)], now=NOW)
    assert not work_called(db, SENDING).can_pause
    with refused(Usage, "work.never_paused"):
        pause(db, SENDING, NOW)
    with pytest.raises(Usage, match=r"work\.unknown"):
        pause(db, "part:9/9", NOW)
    assert states(db) == {SENDING: WorkState.RUNNING}


@pytest.mark.parametrize("link", [Link.OFFLINE, Link.NEEDS_USER])
def test_of_a_line_that_is_cut_no_time_is_told(
    db: Connection, account_id: AccountId, link: Link
) -> None:
    name = letters_of(account_id)
    save_measured(db, [measured(name, account_id)], now=NOW)
    set_link(db, account_id, link, error="net.lost")
    [work] = works(db)
    assert work.state is WorkState.CUT
    assert work.seconds_left(NOW) is None
    save_measured(db, [measured(SENDING, account_id)], now=NOW)
    assert states(db)[SENDING] is WorkState.RUNNING, "it leaves by another line"


def test_the_letters_of_a_pop3_account_are_shown_and_not_paused(db: Connection) -> None:
    place = Endpoint(host="pop.example", port=995)
    id_ = add_account(
        db,
        name="b",
        address="b@clinic.example",
        imap=place,
        smtp=place,
        user="b",
        incoming=Incoming.POP3,
    )
    save_measured(db, [measured(letters_of(id_), id_, unit=Unit.LETTERS)], now=NOW)
    with refused(Usage, "work.pop3"):
        pause(db, letters_of(id_), NOW)


def test_reading_is_paused_for_what_is_here_and_not_for_what_comes(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    assert reading_floor(db) == 0
    save_measured(db, [measured(READING, None, unit=Unit.LETTERS)], now=NOW)
    pause(db, READING, NOW)
    assert reading_floor(db) == letter
    assert states(db)[READING] is WorkState.PAUSED
    resume(db, READING, NOW)
    assert reading_floor(db) == 0


def test_a_source_of_the_directory_is_paused_by_its_name(db: Connection) -> None:
    source = DirectorySource(name="mss", kind=SourceKind.EXTRACT, url="https://a.example/x.zip")
    name = f"directory:{add_source(db, source)}"
    save_measured(db, [measured(name, None)], now=NOW)
    [work] = works(db)
    assert (work.kind, work.words) == (WorkKind.DIRECTORY, "mss")
    pause(db, name, NOW)
    assert is_pause_wished(db, name)
    assert states(db) == {name: WorkState.PAUSING}
    assert obey_pause(db, name)
    assert states(db) == {name: WorkState.PAUSED}


def test_nothing_is_left_of_an_account_that_was_removed(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    for name in (letters_of(account_id), part_of(letter, "2")):
        save_measured(db, [measured(name, account_id)], now=NOW)
        pause(db, name, NOW)
    remove_account(db, account_id)
    save_measured(db, [measured(letters_of(account_id), account_id)], now=NOW)
    left = db.execute("SELECT (SELECT count(*) FROM work), (SELECT count(*) FROM work_pause)")
    assert left.fetchone() == (0, 0)


def test_a_paused_letter_that_is_gone_asks_nothing_of_anybody(
    db: Connection, account_id: AccountId, letter: EmailId
) -> None:
    name = part_of(letter, "2")
    pause(db, name, NOW)
    with write(db):
        db.execute("DELETE FROM placement WHERE email_id = ?", (letter,))
        db.execute("DELETE FROM email WHERE id = ?", (letter,))
    assert obey_pauses(db, account_id) == frozenset()
    assert not resume(db, name, NOW)

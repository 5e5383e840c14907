"""Whoever looks once a second writes little, nothing at rest, and never breaks what it looks at."""

from __future__ import annotations

import asyncio

import pytest

from store.db.open import Connection, StoreBroken, write
from store.db.work_wishes import pause, works
from store.db.works import forget_works, works_of
from store.errors import Transient
from store.model.ids import AccountId, EmailId
from store.model.work import ENOUGH_MEASURES, Unit, WorkState, letters_of
from sync import watching as watching_module
from sync.imap.exchange import Traffic
from sync.imap.perform import PassReport
from sync.imap.progress import AskedNow
from sync.long_works import LONG_OCTETS, MANY_LETTERS, seen_of_pass
from sync.watching import Book, Seen, watching

NAME = "letters:1"


@pytest.fixture(autouse=True)
def _an_account(account_id: AccountId) -> None:
    """Somebody whose letters come."""


class Clock:
    """Seconds, as a test says."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def seen(done: int, whole: int | None = 100, heard: int = 0) -> list[Seen]:
    return [Seen(NAME, AccountId(1), done, whole, Unit.OCTETS, heard)]


def test_what_is_over_by_the_next_look_was_never_written(db: Connection) -> None:
    before = db.total_changes
    book = Book(db)
    book.note(seen(1))
    book.note([])
    book.close()
    assert db.total_changes == before


def test_each_look_is_one_commit_and_none_when_nothing_came(db: Connection) -> None:
    clock = Clock()
    book = Book(db, now=lambda: 7, ticks=clock)
    commits = []
    for done in (1, 5, 9, 9, 9, 20):
        clock.at += 1
        before = db.total_changes
        book.note(seen(done))
        commits.append(db.total_changes - before)
    assert commits == [0, 1, 1, 0, 0, 1]
    [work] = works(db)
    assert (work.done, work.whole, work.state) == (20, 100, WorkState.RUNNING)
    book.close()
    assert works(db) == []


def test_a_line_that_brings_something_is_not_silent_though_no_letter_is_whole(
    db: Connection,
) -> None:
    now = 7
    book = Book(db, now=lambda: now)
    for heard in (100, 300, 900):
        now += 40
        book.note(seen(0, heard=heard))
    [work] = works(db)
    assert (work.heard, work.changed_at) == (800, now)


def test_the_rate_is_of_the_last_seconds_and_enough_of_them_tell_a_time(db: Connection) -> None:
    clock = Clock()
    book = Book(db, now=lambda: 7, ticks=clock)
    for n in range(ENOUGH_MEASURES + 1):
        clock.at = float(n)
        book.note(seen(n * 10))
    [work] = works(db)
    assert work.seconds_left(7) == 7
    assert work.measures == ENOUGH_MEASURES


def test_nothing_is_written_within_what_somebody_else_writes(db: Connection) -> None:
    book = Book(db)
    book.note(seen(1))
    with write(db):
        book.note(seen(2))
    assert works(db) == []
    book.note(seen(2))
    assert works(db)


def test_what_was_paused_stays_when_its_pass_is_over(db: Connection) -> None:
    book = Book(db)
    for done in (1, 2):
        book.note(seen(done))
    pause(db, NAME, 9)
    book.close()
    assert [work.name for work in works(db)] == [NAME]


@pytest.mark.logs("works.unwritten")
async def test_a_work_does_not_fail_because_nobody_could_write_how_far_it_is(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = asyncio.Queue[None]()
    tried = asyncio.Event()

    def refuses(*_: object, **__: object) -> None:
        tried.set()
        raise Transient("store.busy")

    monkeypatch.setattr(watching_module, "save_measured", refuses)
    async with watching(db, lambda: seen(1), moment=looks.get):
        for _ in range(3):
            looks.put_nowait(None)
        await tried.wait()
    assert works(db) == []


@pytest.mark.logs("works.unwritten")
@pytest.mark.parametrize("error", [Transient("store.busy"), StoreBroken("disk I/O error")])
async def test_nor_does_it_fail_or_wait_when_it_is_over(
    db: Connection, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuses(_: Book) -> None:
        raise error

    monkeypatch.setattr(Book, "close", refuses)
    looked_at = watching(db, lambda: seen(1))
    await looked_at.__aenter__()
    with pytest.raises(StopIteration):  # at once: a wait is where a cancellation comes in
        looked_at.__aexit__(None, None, None).send(None)


def report(*, letters: int = 0, arrived: int = 0) -> PassReport:
    made = PassReport()
    made.progress.letters, made.progress.arrived = letters, arrived
    return made


def test_a_few_letters_are_no_long_work() -> None:
    assert seen_of_pass(AccountId(1), report(letters=MANY_LETTERS - 1), Traffic()) == []
    [told] = seen_of_pass(
        AccountId(1), report(letters=MANY_LETTERS, arrived=3), Traffic(octets_in=9)
    )
    assert told == Seen(letters_of(AccountId(1)), AccountId(1), 3, MANY_LETTERS, Unit.LETTERS, 9)
    done = report(letters=MANY_LETTERS, arrived=MANY_LETTERS)
    assert seen_of_pass(AccountId(1), done, Traffic()) == []


def test_ranges_are_counted_in_octets_and_their_end_is_told_once_all_is_listed() -> None:
    made = report(letters=40)
    made.announced = 30
    made.progress.note_left(LONG_OCTETS)
    made.progress.note_left(LONG_OCTETS - 1000)
    [told] = seen_of_pass(AccountId(1), made, Traffic())
    assert (told.done, told.whole) == (1000, None)
    made.announced = 40
    made.progress.note_left(LONG_OCTETS + 5000)
    [told] = seen_of_pass(AccountId(1), made, Traffic())
    assert (told.done, told.whole) == (1000, LONG_OCTETS + 6000), "no step back: more is known"


def test_what_was_asked_for_is_shown_however_small() -> None:
    made = report()
    made.progress.asked = AskedNow("part:3/2", 10, 90)
    made.progress.note_held(40)
    [told] = seen_of_pass(AccountId(1), made, Traffic())
    assert (told.name, told.done, told.whole) == ("part:3/2", 40, 90)


def test_a_large_upload_is_counted_as_it_is_said_and_a_small_one_is_none() -> None:
    made, traffic = report(), Traffic(octets_said=50)
    with made.progress.uploading(EmailId(4), LONG_OCTETS, traffic):
        traffic.octets_said += 900
        [told] = seen_of_pass(AccountId(1), made, traffic)
        assert (told.name, told.done, told.whole) == ("upload:4", 900, LONG_OCTETS)
        traffic.octets_said += 2 * LONG_OCTETS
        [told] = seen_of_pass(AccountId(1), made, traffic)
        assert told.done == told.whole
    assert seen_of_pass(AccountId(1), made, traffic) == []
    with made.progress.uploading(EmailId(4), LONG_OCTETS - 1, traffic):
        assert seen_of_pass(AccountId(1), made, traffic) == []


@pytest.mark.parametrize("goes_on", [True, False])
async def test_cut_short_how_far_it_came_stays_where_it_goes_on(
    db: Connection, goes_on: bool
) -> None:
    looks, written = asyncio.Queue[None](), asyncio.Event()
    done = 0

    def look() -> list[Seen]:
        nonlocal done
        done += 1
        if done > 2:
            written.set()
        return seen(min(done, 2))

    with pytest.raises(Transient):
        async with watching(db, look, goes_on=goes_on, moment=looks.get):
            for _ in range(3):
                looks.put_nowait(None)
            await written.wait()
            raise Transient("net.lost")
    assert [work.done for work in works(db)] == ([2] if goes_on else [])
    forget_works(db, works_of(db, AccountId(1)))
    assert works(db) == []

"""Reading letters in the node: whatever one holds, the others and the node go on."""

from __future__ import annotations

import asyncio
import logging

import pytest

from store.db.emails import email
from store.db.open import Connection
from store.db.work_wishes import pause, resume
from store.db.works import Measured, save_measured
from store.model.ids import EmailId
from store.model.work import READING, Unit
from sync import derive as module
from sync.passes import READ_AT_ONCE
from sync.replica.plan import FIRST_PAGE
from tests.tui.practice import letter, practice


@pytest.mark.logs("email.unreadable")
def test_one_letter_that_breaks_the_reader_stops_neither_the_others_nor_the_node(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module.derive

    def breaks_on_one(octets: bytes):
        if b"piege" in octets:
            raise ValueError("All strings must be XML compatible")
        return real(octets)

    monkeypatch.setattr(module, "derive", breaks_on_one)
    someone = practice(db)
    someone.deliver(letter("un"), letter("piege"), letter("deux"))
    assert module.derive_emails(db) == 0
    shown = {email(db, row[0]).subject: email(db, row[0]).warnings for row in ids(db)}
    assert shown == {"un": (), "deux": (), "": ("mime.unreadable",)}


def test_a_letter_removed_by_another_process_meanwhile_stops_nothing(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = practice(db)
    someone.deliver(letter("un"), letter("deux"))
    real = module.emails_to_derive

    def and_one_that_is_gone(
        db: Connection, version: int, limit: int, *, above: EmailId
    ) -> list[EmailId]:
        batch = real(db, version, limit, above=above)
        return [EmailId(99), *batch] if batch else []

    monkeypatch.setattr(module, "emails_to_derive", and_one_that_is_gone)
    db.execute("UPDATE email SET derived_version = 0, subject = ''")
    module.derive_emails(db)
    assert {email(db, row[0]).subject for row in ids(db)} == {"un", "deux"}


def ids(db: Connection) -> list[tuple[int]]:
    return db.execute("SELECT id FROM email").fetchall()


def test_the_link_that_lxml_refuses_is_read(db: Connection) -> None:
    logging.getLogger(module.__name__)
    hostile = b"Content-Type: text/html\r\n\r\n<a href='http:\x0e/[::'>bonjour</a>\r\n"
    assert "bonjour" in module.derive(hostile).body


def test_the_words_of_many_letters_are_one_segment_of_the_index(db: Connection) -> None:
    someone = practice(db)
    someone.deliver(*(letter(f"Bilan {n}") for n in range(30)))
    db.execute("INSERT INTO email_words (email_words) VALUES ('delete-all')")
    db.execute("UPDATE email SET derived_version = 0")
    assert module.derive_emails(db) == 30
    segments = db.execute("SELECT count(DISTINCT segid) FROM email_words_idx").fetchone()
    assert segments == (1,)


async def test_while_every_letter_is_read_again_other_duties_have_their_turn(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 100,000 letters that takes minutes: the node must look alive, and send."""
    monkeypatch.setattr(module, "BATCH", 2)
    practice(db).deliver(*(letter(f"lettre {n}") for n in range(6)))
    db.execute("UPDATE email SET derived_version = 0, subject = ''")
    seen: list[int] = []

    async def another_duty() -> None:
        while not seen or seen[-1]:
            waiting = db.execute("SELECT count(*) FROM email WHERE derived_version = 0")
            seen.append(int(waiting.fetchone()[0]))
            await asyncio.sleep(0)

    watching = asyncio.create_task(another_duty())
    assert await module.derive_all(db) == 6
    await watching
    assert seen == [4, 2, 0]


def test_a_window_reads_what_just_came_and_leaves_the_rest_for_later(db: Connection) -> None:
    practice(db).deliver(*(letter(f"lettre {n}") for n in range(5)))
    db.execute("UPDATE email SET derived_version = 0, subject = ''")
    assert module.derive_emails(db, most=2) == 2
    assert [row[0] for row in db.execute("SELECT subject FROM email ORDER BY id")] == [
        *("", "", ""),
        *("lettre 3", "lettre 4"),
    ]


def test_a_first_page_is_read_at_once_whatever_the_line() -> None:
    """A lean line announces it in one window: it would be listed a few letters at a time."""
    assert READ_AT_ONCE >= FIRST_PAGE


def test_while_reading_is_paused_what_comes_is_read_and_what_was_here_waits(
    db: Connection,
) -> None:
    someone = practice(db)
    someone.deliver(letter("un"), letter("deux"))
    db.execute("UPDATE email SET derived_version = 0, subject = ''")
    save_measured(db, [Measured(READING, None, Unit.LETTERS, 0, 2, 0.0, 0, 0)], now=1)
    pause(db, READING, 1)
    someone.deliver(letter("trois"))
    assert {email(db, row[0]).subject for row in ids(db)} == {"", "trois"}
    resume(db, READING, 1)
    module.derive_emails(db)
    assert {email(db, row[0]).subject for row in ids(db)} == {"un", "deux", "trois"}


def test_a_backlog_counts_what_anybody_read_of_it(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONG_BACKLOG", 3)
    someone = practice(db)
    someone.deliver(letter("un"), letter("deux"), letter("trois"))
    db.execute("UPDATE email SET derived_version = 0")
    backlog = module.Backlog(db)
    [told] = backlog.seen()
    assert (told.done, told.whole) == (0, 3)
    module.derive_emails(db, most=1)
    [told] = backlog.seen()
    assert (told.done, told.whole) == (1, 3)
    module.derive_emails(db)
    assert backlog.seen() == []
    assert module.Backlog(db).seen() == []

"""A clock that was ahead when a letter was told to leave keeps it for no longer than was meant."""

from __future__ import annotations

import pytest

from store.db.ahead import any_ahead, count_from_now
from store.db.drafts import drafts_to_send, drafts_waiting, save_draft, send_draft
from store.db.open import write
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.submission import SubmissionState as S
from sync.submit.outbox import next_due
from tests.servers.authority import Authority
from tests.steps import commits_of
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import scripted_server

YEAR, WAIT = 31_536_000, 900
LETTER = Draft(
    sender=EmailAddress(email="labo@tilleuls.test"),
    to=(EmailAddress(email="alice@aubepine.test"),),
    subject="Bilan",
    body="Bonjour",
)


def told_to_leave(sending: Sending, kind: str, at: int) -> None:
    """In a quarter of an hour, by a clock that says `at`."""
    if kind == "draft":
        draft_id = save_draft(sending.db, sending.account.id, LETTER, now=at)
        send_draft(sending.db, draft_id, at + WAIT)
        return
    sending.now = at
    letter = sending.queue()
    sending.db.execute("UPDATE email_submission SET send_at = ? WHERE id = ?", (at + WAIT, letter))


@pytest.mark.parametrize("kind", ["draft", "letter"])
async def test_it_leaves_after_the_wait_that_was_meant(
    sending: Sending, authority: Authority, kind: str
) -> None:
    told_to_leave(sending, kind, NOW + YEAR)
    sending.now = NOW
    assert next_due(sending.db, sending.account.id, now=NOW) == NOW
    async with scripted_server(authority) as server:
        await sending.run(server)
        assert next_due(sending.db, sending.account.id, now=NOW) == NOW + WAIT
        sending.now = NOW + WAIT - 1
        await sending.run(server)
        assert server.taken == []
        sending.now = NOW + WAIT
        await sending.run(server)
        assert len(server.taken) == 1


@pytest.mark.parametrize("kind", ["draft", "letter"])
def test_what_was_said_by_a_right_clock_keeps_its_time(sending: Sending, kind: str) -> None:
    told_to_leave(sending, kind, NOW)
    with commits_of(sending.db) as made:
        count_from_now(sending.db, sending.account.id, now=NOW)
    assert not made
    assert not any_ahead(sending.db, sending.account.id, now=NOW)
    assert next_due(sending.db, sending.account.id, now=NOW) == NOW + WAIT


def received(sending: Sending, at: int) -> None:
    """A letter came in, by a server's clock."""
    sending.mailbox("inbox")
    with write(sending.db):
        sending.db.execute(
            "INSERT INTO email (account_id, size, received_at) VALUES (?, 1, ?)",
            (sending.account.id, at),
        )
        sending.db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at, uid)"
            " SELECT email.id, mailbox.id, ?, 1 FROM email, mailbox",
            (at,),
        )


@pytest.mark.parametrize("kind", ["draft", "letter"])
@pytest.mark.parametrize("now", [0, NOW - 3600, NOW - YEAR // 4])
def test_a_day_and_an_hour_stand_where_the_clock_of_now_is_the_wrong_one(
    sending: Sending, kind: str, now: int
) -> None:
    received(sending, NOW)
    told_to_leave(sending, kind, NOW)
    assert not any_ahead(sending.db, sending.account.id, now=now)
    with commits_of(sending.db) as made:
        count_from_now(sending.db, sending.account.id, now=now)
    assert not made
    assert next_due(sending.db, sending.account.id, now=NOW) == NOW + WAIT


def test_what_was_to_leave_at_once_does_though_the_clock_of_now_is_the_wrong_one(
    sending: Sending,
) -> None:
    sending.queue()
    assert next_due(sending.db, sending.account.id, now=7) == 7
    count_from_now(sending.db, sending.account.id, now=7)
    assert next_due(sending.db, sending.account.id, now=7) == 7


def test_a_draft_that_nobody_told_to_leave_does_not(sending: Sending) -> None:
    save_draft(sending.db, sending.account.id, LETTER, now=NOW + YEAR)
    count_from_now(sending.db, sending.account.id, now=NOW)
    assert drafts_waiting(sending.db) == []
    assert drafts_to_send(sending.db, sending.account.id, NOW) == []


async def test_a_letter_that_left_keeps_the_time_it_was_made(
    sending: Sending, authority: Authority
) -> None:
    sending.now = NOW + YEAR
    letter = sending.queue()
    async with scripted_server(authority) as server:
        await sending.run(server)
    assert sending.row(letter).state is S.ACCEPTED
    count_from_now(sending.db, sending.account.id, now=NOW)
    assert sending.row(letter).created_at == NOW + YEAR

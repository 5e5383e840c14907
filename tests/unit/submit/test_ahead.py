"""A clock that was ahead when a letter was told to leave keeps it for no longer than was meant."""

from __future__ import annotations

import pytest

from store.db.ahead import any_ahead, count_from_now
from store.db.drafts import drafts_to_send, drafts_waiting, save_draft, send_draft
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

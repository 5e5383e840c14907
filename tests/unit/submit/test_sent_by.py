"""Who keeps the copy in Sent: us, the server, or our own mailbox as one more recipient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.db.accounts import account, change_account
from store.db.deriving import save_derived
from store.db.emails import add_email
from store.db.evidence import copies_missing
from store.db.open import write
from store.model.account import SentBy
from store.model.email import DerivedEmail
from store.model.ids import SubmissionId
from store.model.submission import RecipientState, SentCopy, SubmissionState
from sync.submit.copies import file_sent_copies
from tests.servers.authority import Authority
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import scripted_server

A = "alice@aubepine.test"
S = SubmissionState


def kept_by(sending: Sending, who: SentBy) -> str:
    """The account's wish; its address."""
    change_account(sending.db, replace(sending.account, sent_by=who))
    sending.account = account(sending.db, sending.account.id)
    sending.mailbox("inbox")
    sending.mailbox("sent")
    return sending.account.address


def copy_comes(sending: Sending, letter: SubmissionId, role: str) -> None:
    """The replica finds it there."""
    message_id = sending.row(letter).message_id
    with write(sending.db):
        email_id = add_email(sending.db, sending.account.id, message_id.encode(), NOW)
        save_derived(sending.db, email_id, DerivedEmail(message_id=message_id), 99)
        sending.db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at, uid)"
            " SELECT ?, id, ?, 7 FROM mailbox WHERE role = ?",
            (email_id, NOW, role),
        )


def placements(sending: Sending) -> list[tuple[str, str]]:
    """(role of the mailbox it is shown in, its keywords) of each."""
    return sending.db.execute(
        "SELECT role, keywords FROM placement JOIN mailbox ON mailbox.id = shown_mailbox_id"
    ).fetchall()


async def test_the_servers_own_copy_is_looked_for_and_none_is_uploaded(
    sending: Sending, authority: Authority
) -> None:
    kept_by(sending, SentBy.SERVER)
    async with scripted_server(authority) as server:
        letter = sending.queue(A)
        await sending.run(server)
    assert (sending.row(letter).state, placements(sending)) == (S.ACCEPTED, [])
    assert copies_missing(sending.db, before=NOW + 1) == 1
    copy_comes(sending, letter, "sent")
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 1
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 0
    assert (sending.row(letter).sent_copy, len(placements(sending))) == (SentCopy.FILED, 1)
    assert copies_missing(sending.db, before=NOW + 1) == 0


async def test_what_comes_to_us_is_moved_to_sent_as_read(
    sending: Sending, authority: Authority
) -> None:
    us = kept_by(sending, SentBy.SELF)
    async with scripted_server(authority) as server:
        letter = sending.queue(A)
        await sending.run(server)
    assert server.taken[0].recipients == (A, us)
    assert [r.email for r in sending.row(letter).recipients] == [A]
    copy_comes(sending, letter, "inbox")
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 1
    assert placements(sending) == [("sent", "$seen")]


@pytest.mark.parametrize("refused", ["us", "them"])
async def test_our_own_copy_is_never_what_a_letter_leaves_for(
    sending: Sending, authority: Authority, refused: str
) -> None:
    us = kept_by(sending, SentBy.SELF)
    who = us if refused == "us" else A
    async with scripted_server(authority, answers={who: "550 5.1.1 no"}) as server:
        letter = sending.queue(A)
        await sending.run(server)
    row = sending.row(letter)
    if refused == "them":
        assert (row.state, len(server.taken)) == (S.REFUSED, 0)
        return
    # Taken without us: then the copy is uploaded, as for any other account.
    assert row.recipients[0].state is RecipientState.ACCEPTED
    assert (row.sent_by, row.sent_copy) == (SentBy.APPEND, SentCopy.FILED)


async def test_a_letter_to_ourselves_is_sent_once(sending: Sending, authority: Authority) -> None:
    us = kept_by(sending, SentBy.SELF)
    async with scripted_server(authority) as server:
        sending.queue(us.upper())
        await sending.run(server)
    assert server.taken[0].recipients == (us.upper(),)


@pytest.mark.parametrize(
    ("first", "copies"), [("250 2.1.5 ok", [True, False]), ("550 5.1.1 no", [True])]
)
async def test_whoever_is_served_later_brings_no_second_copy_and_the_first_served_one(
    sending: Sending, authority: Authority, first: str, copies: list[bool]
) -> None:
    us = kept_by(sending, SentBy.SELF)
    other = "bob@bruyere.test"
    answers = {A: first, other: "452 4.2.2 full"}
    async with scripted_server(authority, answers=answers) as server:
        letter = sending.queue(A, other)
        await sending.run(server)
        server.answers.clear()
        sending.now += 60
        await sending.run(server)
    assert sending.row(letter).state is S.ACCEPTED
    assert [us in each.recipients for each in server.taken] == copies
    assert other in server.taken[-1].recipients
    assert A not in server.taken[-1].recipients, "who has it, or was refused, is asked no more"

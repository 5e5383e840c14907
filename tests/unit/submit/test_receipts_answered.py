"""Who asks whether we read their letter is answered as the account says, once, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db import placements
from store.db.accounts import account, change_account
from store.db.asked import ReceiptAsked, answer, asked_in
from store.db.blobs import get
from store.db.emails import add_email
from store.db.open import write
from store.db.submissions import outbox
from store.errors import Usage
from store.model.account import Receipts
from store.model.email import SEEN
from store.model.ids import EmailId, PlacementId
from store.model.receipt import Outcome
from store.model.submission import SentCopy
from sync.derive import derive_emails
from sync.documents.receipts import read_receipts
from sync.submit.outbox import next_due
from sync.submit.receipts import Step, next_step, queue_receipts
from tests.servers.authority import Authority
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import scripted_server

ALICE = "alice@aubepine.test"
EVERY = ("unread", "read", "ask", "yes", "no", "done")


def policy(sending: Sending, receipts: Receipts) -> None:
    change_account(sending.db, replace(sending.account, receipts=receipts))
    sending.account = account(sending.db, sending.account.id)


def received(
    sending: Sending, *, asks_to: str = ALICE, path: str = ALICE, more: str = ""
) -> tuple[EmailId, PlacementId]:
    """A letter that asks, in the inbox."""
    sending.mailbox("inbox")
    octets = (
        f"Return-Path: <{path}>\r\nFrom: Alice <{ALICE}>\r\nMessage-ID: <q@aubepine.test>\r\n"
        f"Disposition-Notification-To: <{asks_to}>\r\nSubject: DUPONT Jean\r\n{more}\r\nLettre\r\n"
    ).encode()
    with write(sending.db):
        email_id = add_email(sending.db, sending.account.id, octets, NOW)
        row = sending.db.execute(
            "INSERT INTO placement (email_id, mailbox_id, received_at, uid)"
            " SELECT ?, id, ?, 7 FROM mailbox WHERE role = 'inbox' RETURNING id",
            (email_id, NOW),
        ).fetchone()
    derive_emails(sending.db)
    return email_id, PlacementId(row[0])


def read(sending: Sending, placement_id: PlacementId) -> int:
    """A person reads it, and the node's next pass decides. How many receipts were queued."""
    placements.change_keywords(sending.db, [placement_id], add=frozenset({SEEN}))
    return decide(sending)


def decide(sending: Sending) -> int:
    numbers = iter(range(100))
    return queue_receipts(
        sending.db, sending.account, now=NOW, token=lambda n: f"{next(numbers):0{n}x}"
    )


def state(sending: Sending) -> str:
    (asked,) = asked_in(sending.db, None, EVERY)
    return asked.state


async def test_always_answers_the_sender_once_it_was_read(
    sending: Sending, authority: Authority
) -> None:
    policy(sending, Receipts.ALWAYS)
    _, placement = received(sending)
    assert (decide(sending), state(sending)) == (0, "unread")
    assert next_due(sending.db, sending.account.id, now=NOW) is None
    placements.change_keywords(sending.db, [placement], add=frozenset({SEEN}))
    assert next_due(sending.db, sending.account.id, now=NOW) == NOW
    async with scripted_server(authority) as server:
        await sending.run(server)
        await sending.run(server)
    assert [each.recipients for each in server.taken] == [(ALICE,)]
    assert any(line.startswith("MAIL FROM:<>") for line in server.lines)
    (said,) = read_receipts(server.taken[0].octets)
    assert (said.outcome, said.message_id, said.is_automatic) == (
        *(Outcome.DISPLAYED, "q@aubepine.test", True),
    )
    assert b"DUPONT" not in server.taken[0].octets
    (row,) = outbox(sending.db)
    assert row.sent_copy is SentCopy.NONE
    keywords = sending.db.execute("SELECT keywords FROM placement").fetchone()[0]
    assert keywords.split() == ["$mdnsent", "$seen"]


@pytest.mark.parametrize(
    ("receipts", "facts", "after"),
    [
        (Receipts.NEVER, {}, "no"),
        (Receipts.ASK, {}, "ask"),
        (Receipts.ALWAYS, {"asks_to": "trap@intrus.test"}, "ask"),
        (Receipts.ALWAYS, {"path": ""}, "ask"),
    ],
)
def test_what_the_standard_or_the_account_keeps_from_leaving_by_itself(
    sending: Sending, receipts: Receipts, facts: dict[str, str], after: str
) -> None:
    policy(sending, receipts)
    _, placement = received(sending, **facts)
    assert (read(sending, placement), state(sending)) == (0, after)
    assert not outbox(sending.db)


@pytest.mark.parametrize("more", ["List-Id: <l.x.test>\r\n", "Precedence: bulk\r\n"])
def test_a_letter_to_many_is_never_answered(sending: Sending, more: str) -> None:
    received(sending, more=more)
    assert not asked_in(sending.db, None, EVERY)


def test_a_letter_of_our_own_asks_us_nothing(sending: Sending) -> None:
    received(sending, asks_to=sending.account.address.upper())
    assert not asked_in(sending.db, None, EVERY)


def test_another_device_that_has_answered_is_enough(sending: Sending) -> None:
    policy(sending, Receipts.ALWAYS)
    _, placement = received(sending)
    placements.change_keywords(sending.db, [placement], add=frozenset({"$mdnsent"}))
    assert (read(sending, placement), state(sending)) == (0, "done")


def test_a_persons_yes_goes_where_they_were_told(sending: Sending) -> None:
    email_id, placement = received(sending, asks_to="secretary@aubepine.test")
    read(sending, placement)
    answer(sending.db, email_id, yes=True, now=NOW)
    assert (decide(sending), decide(sending), state(sending)) == (1, 0, "done")
    (row,) = outbox(sending.db)
    assert [r.email for r in row.recipients] == ["secretary@aubepine.test"]
    assert b"manual-action/MDN-sent-manually" in get(sending.db, row.blob_id)
    with pytest.raises(Usage):
        answer(sending.db, email_id, yes=False, now=NOW)


def test_a_no_is_the_end_of_it(sending: Sending) -> None:
    email_id, placement = received(sending)
    read(sending, placement)
    answer(sending.db, email_id, yes=False, now=NOW)
    assert (decide(sending), state(sending), outbox(sending.db)) == (0, "no", [])


@pytest.mark.logs("receipt.refused")
def test_what_the_guard_stops_is_asked_and_then_told(sending: Sending) -> None:
    policy(sending, Receipts.ALWAYS)
    outside = "alice@gmail.com"
    email_id, placement = received(sending, asks_to=outside, path=outside)
    assert (read(sending, placement), state(sending)) == (0, "ask")
    answer(sending.db, email_id, yes=True, now=NOW)
    assert decide(sending) == 0
    (asked,) = asked_in(sending.db, None, ("no",))
    assert asked.error.startswith("route.")
    assert not outbox(sending.db)


@given(
    st.sampled_from(["read", "yes"]),
    st.sampled_from(Receipts),
    st.sampled_from([ALICE, "eve@intrus.test", ""]),
    st.sampled_from([ALICE, ""]),
    st.booleans(),
)
def test_nothing_leaves_unasked_to_somebody_else(
    asked_state: str, receipts: Receipts, to: str, path: str, answered: bool
) -> None:
    asked = ReceiptAsked(
        EmailId(1), to, path, "", asked_state, "", "m@x.test", "s", ALICE, answered
    )
    step = next_step(asked, receipts)
    if step is Step.YES and asked_state == "read":
        assert (receipts, to, path, answered) == (Receipts.ALWAYS, path, to, False)
    if answered:
        assert step is Step.DONE

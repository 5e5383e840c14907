"""Killed at every step, what is answered and told after letters left is answered and told once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.db.answers import answer_wanted, unanswered, want_answer_within
from store.db.asked import asked_in
from store.db.emails import add_email
from store.db.open import write
from store.db.submissions import outbox
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.submission import SubmissionState
from sync.derive import derive_emails
from tests.sim.submission_world import World
from tests.steps import looked_through

MOST_STEPS = 60


@pytest.fixture
def world(home: Home, key: DataKey) -> Iterator[World]:
    here = World(home, key)
    yield here
    here.close()


def accepted(world: World, recipient: str) -> int:
    """How many letters to them a server has taken."""
    return sum(n for (_, email), n in world.copies.items() if email == recipient)


def left_once(world: World, recipient: str) -> bool:
    """One letter is for them, and it has arrived, or may have and is looked for."""
    rows = [row for row in outbox(world.db) if row.recipients[0].email == recipient]
    taken = accepted(world, recipient)
    in_doubt = [row for row in rows if row.state is SubmissionState.UNCERTAIN]
    return len(rows) == 1 and (taken == 1 or (taken == 0 and len(in_doubt) == 1))


def test_a_late_answer_is_told_once_and_nothing_of_the_letter(world: World) -> None:
    for at in range(1, MOST_STEPS):
        letter = world.queue()
        world.run()
        with write(world.db):
            want_answer_within(world.db, letter, world.now + 3600, f"chief{at}@sante.test")
        world.run()
        assert not accepted(world, f"chief{at}@sante.test"), "told too early"
        world.now += 3601
        looked_through(world.db, world.account.id, world.now)
        died = world.run_until_it_dies_or_ends(at)
        for _ in range(2):
            world.now += 4000
            world.run()
        assert left_once(world, f"chief{at}@sante.test")
        if not died:
            break
    assert 4 < at < MOST_STEPS - 1
    assert unanswered(world.db) == at
    last = f"chief{at}@sante.test"
    (notice,) = [row for row in outbox(world.db) if row.recipients[0].email == last]
    assert not any(b"Lettre " in octets for octets in world.octets[notice.envid])


def test_an_answer_in_time_is_the_end_of_it(world: World) -> None:
    letter = world.queue()
    world.run()
    with write(world.db):
        want_answer_within(world.db, letter, world.now + 3600, "chief@sante.test")
    (row,) = outbox(world.db)
    with write(world.db):
        octets = f"From: r0@sante.test\r\nIn-Reply-To: <{row.message_id}>\r\n\r\nVu.\r\n"
        add_email(world.db, world.account.id, octets.encode(), world.now)
    derive_emails(world.db)
    world.now += 4000
    looked_through(world.db, world.account.id, world.now)
    world.run()
    assert len(outbox(world.db)) == 1
    wanted = answer_wanted(world.db, letter)
    assert wanted is not None
    assert (wanted.is_answered, wanted.told_at) == (True, None)


def test_a_withdrawn_letter_wants_no_answer(world: World) -> None:
    letter = world.queue()
    with write(world.db):
        want_answer_within(world.db, letter, world.now, "chief@sante.test")
    with write(world.db):
        world.db.execute("UPDATE email_submission SET state = 'canceled'")
    world.run()
    assert [row.state for row in outbox(world.db)] == [SubmissionState.CANCELED]


def test_a_receipt_leaves_once(world: World) -> None:
    for at in range(1, MOST_STEPS):
        asker = f"asker{at}@sante.test"
        with write(world.db):
            octets = (
                f"From: {asker}\r\nMessage-ID: <a{at}@sante.test>\r\n"
                f"Disposition-Notification-To: {asker}\r\n\r\nLettre\r\n"
            )
            email_id = add_email(world.db, world.account.id, octets.encode(), world.now)
        derive_emails(world.db)
        with write(world.db):
            world.db.execute(
                "UPDATE receipt_asked SET state = 'yes' WHERE email_id = ?", (email_id,)
            )
        died = world.run_until_it_dies_or_ends(at)
        for _ in range(2):
            world.now += 4000
            world.run()
        assert left_once(world, asker)
        if not died:
            break
    assert 4 < at < MOST_STEPS - 1
    assert len(asked_in(world.db, None, ["done"])) == at

"""A year of documents costs no look anything: what is asked often reads only what waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store.db import answers, attempts, drop_ledger, drop_telling, drops, evidence
from store.db.open import Connection, write
from store.db.submissions import queue_within
from store.model.ids import AccountId, DropRuleId

MANY = 2_000
NOW = 1_795_000_000
Question = Callable[[Connection, AccountId, DropRuleId], object]
QUESTIONS: dict[str, Question] = {
    "anything ended": lambda db, _, rule: drop_ledger.anything_ended(db, rule),
    "to put away": lambda db, _, rule: drop_ledger.items_to_put_away(db, rule),
    "ended": lambda db, _, rule: drop_ledger.ended_letters(db, rule, limit=100),
    "sent again": lambda db, _, rule: drop_ledger.queue_again(db, rule, now=NOW),
    "claims": lambda db, _, rule: drop_ledger.held_claims(db, rule),
    "in an hour": lambda db, _, rule: drop_ledger.queued_between(db, rule, NOW - 3600, NOW),
    "last seen": lambda db, _, rule: drop_ledger.last_seen(db, rule, 5, NOW),
    "wait for a person": lambda db, _, __: drops.unsettled(db),
    "news": lambda db, _, rule: drop_telling.changed(db, rule, since=NOW),
    "the last ones": lambda db, _, rule: drops.items(db, rule, limit=5),
    "the oldest": lambda db, _, rule: drop_telling.older(
        db, rule, before=None, seen_after=-1, limit=5
    ),
    "what waits for a person": lambda db, _, rule: drops.unsettled_items(db, rule),
    "oldest that waits": lambda db, _, rule: drops.oldest_unsettled(db, rule),
    "in the outbox": lambda db, _, rule: drops.queued(db, rule),
    "waiting": lambda db, account, _: attempts.waiting(db, account),
    "interrupted": lambda db, account, _: attempts.interrupted(db, account),
    "in doubt": lambda db, account, _: evidence.doubts(db, account),
    "settled": lambda db, account, _: evidence.settle_by_evidence(db, account, now=NOW),
    "answers": lambda db, account, _: answers.answers_awaited(db, account),
    "unanswered": lambda db, _, __: answers.unanswered(db),
}


@pytest.fixture
def long_ledger(db: Connection, account_id: AccountId, rule_id: DropRuleId) -> Connection:
    """Documents that left long ago, each with its letter."""
    with write(db):
        for n in range(MANY):
            letter = queue_within(
                db,
                account_id=account_id,
                octets=b"x",
                message_id=f"{n}@analyses.example",
                mail_from="labo@analyses.example",
                recipients=["alice@medecins.example"],
                subject="",
                source="drop",
                send_at=0,
                now=0,
            )
            db.execute(
                "INSERT INTO drop_item (rule_id, name, digest, size, state, claim, put_away,"
                " submission_id, seen_at, updated_at) VALUES (?, ?, ?, 1, 'sent', ?, 1, ?, 0, 0)",
                (rule_id, b"a.pdf", n.to_bytes(32), f"m-{n}", letter),
            )
        db.execute("UPDATE email_submission SET state = 'accepted', sent_copy = 'filed'")
        db.execute("UPDATE submission_recipient SET state = 'accepted'")
    return db


def test_what_is_asked_at_each_look_reads_only_what_waits(
    long_ledger: Connection, account_id: AccountId, rule_id: DropRuleId
) -> None:
    hundreds = 0

    def counted() -> int:
        nonlocal hundreds
        hundreds += 1
        return 0

    costly = {}
    long_ledger.set_progress_handler(counted, 100)
    for name, ask in QUESTIONS.items():
        hundreds = 0
        ask(long_ledger, account_id, rule_id)
        if hundreds * 100 > MANY:
            costly[name] = hundreds * 100
    long_ledger.set_progress_handler(None, 0)
    assert costly == {}


def test_receipts_of_many_are_read_together(long_ledger: Connection, rule_id: DropRuleId) -> None:
    asked: list[str] = []
    long_ledger.set_trace_callback(asked.append)
    told = drop_telling.older(long_ledger, rule_id, before=None, seen_after=-1, limit=200)
    long_ledger.set_trace_callback(None)
    assert len(told) == 200
    assert all(each.letters and each.letters[0].recipients for each in told)
    assert len(asked) < 10

"""The ledger in the store: each content once."""

from __future__ import annotations

import hashlib

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from store.db import drop_ledger as ledger
from store.db import drops
from store.db.open import Connection, write
from store.db.submissions import queue_within
from store.model.drop import DropItem, ItemState
from store.model.ids import AccountId, BlobId, DropRuleId, SubmissionId

NOW = 1_795_000_000


def queued(db: Connection, rule: DropRuleId, account: AccountId, content: str) -> DropItem:
    """A document in the ledger with its letter in the outbox."""
    with write(db):
        submission_id = queue_within(
            db,
            account_id=account,
            octets=content.encode(),
            message_id=f"{content}@analyses.example",
            mail_from="labo@analyses.example",
            recipients=["alice@medecins.example"],
            subject="",
            source="drop",
            send_at=NOW,
            now=NOW,
        )
        write_item(db, rule, content, ItemState.QUEUED, submission_id)
    return drops.items(db, rule, limit=1)[0]


def write_item(
    db: Connection,
    rule: DropRuleId,
    content: str,
    state: ItemState,
    submission_id: SubmissionId | None = None,
    reason: str = "",
) -> None:
    ledger.add_item_within(
        db,
        rule,
        name=b"r\xe9sultat.pdf",
        digest=BlobId(hashlib.sha256(content.encode()).digest()),
        size=len(content),
        claim=f"mark-{content}",
        state=state,
        reason=reason,
        became=ledger.Became(letter=submission_id),
        now=NOW,
    )


def letter_is(db: Connection, item: DropItem, state: str, recipient: str = "accepted") -> None:
    """What the outbox writes when a letter ends."""
    with write(db):
        db.execute(
            "UPDATE email_submission SET state = ?, last_reply = '550 no' WHERE id = ?",
            (state, item.submission_id),
        )
        db.execute(
            "UPDATE submission_recipient SET state = ? WHERE submission_id = ?",
            (recipient, item.submission_id),
        )


def end(db: Connection, item: DropItem, state: ItemState, reason: str = "") -> None:
    ledger.end_items(db, [ledger.End(item_id=item.id, state=state, reason=reason)], now=NOW + 9)


def test_a_document_is_read_back_with_its_very_name(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    item = queued(db, rule_id, account_id, "un")
    assert (item.name, item.claim, item.size) == (b"r\xe9sultat.pdf", "mark-un", 2)
    assert (item.state, item.put_away, item.seen_at) == (ItemState.QUEUED, False, NOW)


def test_the_ledger_refuses_to_queue_one_content_twice(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    queued(db, rule_id, account_id, "un")
    with pytest.raises(sqlcipher.IntegrityError), write(db):
        write_item(db, rule_id, "un", ItemState.QUEUED)


def test_the_same_content_is_known_while_queued_and_once_sent(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    item = queued(db, rule_id, account_id, "un")
    assert ledger.item_with_content(db, rule_id, item.digest) == item
    end(db, item, ItemState.SENT)
    assert ledger.item_with_content(db, rule_id, item.digest) is not None
    end(db, item, ItemState.FAILED)
    assert ledger.item_with_content(db, rule_id, item.digest) is None


def test_another_rule_may_send_the_same_content(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    item = queued(db, rule_id, account_id, "un")
    to = ["alice@medecins.example"]
    other = drops.add_rule(db, name="b", folder="/srv/b", account_id=account_id, to=to)
    assert ledger.item_with_content(db, other, item.digest) is None


def test_documents_are_counted_by_state(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    queued(db, rule_id, account_id, "un")
    end(db, queued(db, rule_id, account_id, "deux"), ItemState.SENT)
    queued(db, rule_id, account_id, "trois")
    assert drops.counts(db, rule_id) == {ItemState.QUEUED: 2, ItemState.SENT: 1}


def test_the_last_documents_come_first(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    for content in ("un", "deux", "trois"):
        queued(db, rule_id, account_id, content)
    found = drops.items(db, rule_id, limit=2)
    assert [item.claim for item in found] == ["mark-trois", "mark-deux"]


@pytest.mark.parametrize("state", ["queued", "sending", "uncertain", "deferred"])
def test_a_letter_under_way_or_in_doubt_has_not_ended(
    db: Connection, rule_id: DropRuleId, account_id: AccountId, state: str
) -> None:
    letter_is(db, queued(db, rule_id, account_id, "un"), state)
    assert ledger.ended_letters(db, rule_id, limit=9) == []
    assert not ledger.anything_ended(db, rule_id)


@pytest.mark.parametrize("state", ["accepted", "refused", "canceled"])
def test_an_ended_letter_ends_its_document(
    db: Connection, rule_id: DropRuleId, account_id: AccountId, state: str
) -> None:
    item = queued(db, rule_id, account_id, "un")
    letter_is(db, item, state, "refused")
    assert ledger.anything_ended(db, rule_id)
    ended = ledger.ended_letters(db, rule_id, limit=9)[0]
    assert (ended.item, ended.states, ended.some_refused) == (item, (state,), True)


def test_an_ended_document_is_to_be_put_away_until_it_is(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    item = queued(db, rule_id, account_id, "un")
    assert ledger.items_to_put_away(db, rule_id) == []
    assert ledger.held_claims(db, rule_id) == ["mark-un"]
    letter_is(db, item, "refused")
    end(db, item, ItemState.FAILED, "drop.server_refused")
    [(found, words)] = ledger.items_to_put_away(db, rule_id)
    assert (found.id, found.state, words) == (item.id, ItemState.FAILED, "550 no")
    ledger.put_away(db, [item.id])
    assert ledger.items_to_put_away(db, rule_id) == []
    assert ledger.held_claims(db, rule_id) == []


def test_a_refused_document_that_the_person_sends_again_is_queued_again(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    item = queued(db, rule_id, account_id, "un")
    letter_is(db, item, "refused")
    end(db, item, ItemState.FAILED, "drop.server_refused")
    assert ledger.queue_again(db, rule_id, now=NOW) == 0
    letter_is(db, item, "queued")
    assert ledger.anything_ended(db, rule_id)
    assert ledger.queue_again(db, rule_id, now=NOW) == 1
    assert ledger.queue_again(db, rule_id, now=NOW) == 0
    assert drops.items(db, rule_id)[0].state is ItemState.QUEUED


def test_a_refused_document_dropped_again_meanwhile_stays_refused(
    db: Connection, rule_id: DropRuleId, account_id: AccountId
) -> None:
    first = queued(db, rule_id, account_id, "un")
    letter_is(db, first, "refused")
    end(db, first, ItemState.FAILED, "drop.server_refused")
    with write(db):
        write_item(db, rule_id, "un", ItemState.QUEUED)
    letter_is(db, first, "queued")
    assert ledger.queue_again(db, rule_id, now=NOW) == 0

"""What the practice's software did with a document reaches its sender once, as the account says."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from store.db import blobs
from store.db.accounts import account, change_account
from store.db.asked import ReceiptAsked, answer, asked_in, note_filing
from store.db.handovers import cancel_handover, handovers, set_handover
from store.db.open import Connection, write
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.host import clock
from store.model.account import Receipts
from store.model.handover import HandoverState
from store.model.ids import AccountId, EmailId
from store.model.receipt import Outcome
from store.model.submission import EmailSubmission
from store.receipt_words import question_words
from sync.dispatch import filings
from sync.dispatch.duty import Handing
from sync.dispatch.filings import answer_filings, code_of
from sync.documents.receipts import read_receipts
from sync.submit.receipts import queue_receipts, receipts_due
from tests.unit.dispatch.test_exporting import (
    SEEN_BY_ALL,
    a_letter,
    arrives,
    cabinet,
    folder,
    settle,
)

__all__ = ["cabinet", "folder"]
PATH = b"Return-Path: <eloise@labo.example>\r\n"
EVERY = ("unread", "read", "ask", "yes", "no", "done")


@pytest.fixture
async def letter(db: Connection, cabinet: AccountId, folder: Path) -> EmailId:
    """A document that came, and lies where the software takes it."""
    domains = ["cabinet.example", "labo.example"]
    replace_whitelist(db, domains, digest=b"d", published_at=clock.now(), now=clock.now())
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))
    settle(db, cabinet, folder, "hl7", SEEN_BY_ALL)
    email_id = await arrives(db, cabinet, PATH + a_letter())
    await Handing()(db)
    return email_id


def policy(db: Connection, cabinet: AccountId, receipts: Receipts) -> None:
    change_account(db, replace(account(db, cabinet), receipts=receipts))


def software_says(db: Connection, state: HandoverState, reply: str = "") -> None:
    for each in handovers(db):
        set_handover(db, each, state, now=clock.now(), reply=reply)


async def told(db: Connection) -> list[EmailSubmission]:
    await answer_filings(db, now=clock.now())
    return outbox(db)


def asked(db: Connection) -> ReceiptAsked:
    [found] = asked_in(db, None, EVERY)
    return found


@pytest.mark.parametrize(
    ("state", "reply", "outcome", "error"),
    [
        (HandoverState.ACCEPTED, "", Outcome.PROCESSED, ""),
        (HandoverState.REFUSED, "902 Patient inconnu", Outcome.REFUSED, "902"),
        (HandoverState.REFUSED, "disque plein", Outcome.REFUSED, "906"),
    ],
)
async def test_who_always_answers_says_it_by_itself_and_once(
    db: Connection,
    cabinet: AccountId,
    letter: EmailId,
    state: HandoverState,
    reply: str,
    outcome: Outcome,
    error: str,
) -> None:
    policy(db, cabinet, Receipts.ALWAYS)
    assert await told(db) == []  # nothing was said yet
    software_says(db, state, reply)
    [row] = await told(db)
    [receipt] = read_receipts(blobs.get(db, row.blob_id))
    assert (receipt.outcome, receipt.error, receipt.is_automatic) == (outcome, error, True)
    assert [each.email for each in row.recipients] == ["eloise@labo.example"]
    assert await told(db) == [row]
    assert asked(db).state == "done"
    assert not receipts_due(db, cabinet)


async def test_a_person_is_asked_and_their_yes_says_more_than_that_it_was_read(
    db: Connection, cabinet: AccountId, letter: EmailId
) -> None:
    software_says(db, HandoverState.ACCEPTED)
    assert await told(db) == []
    assert (asked(db).state, asked(db).filing) == ("ask", "")
    assert "a intégré le document" in question_words(asked(db))
    answer(db, letter, yes=True, now=clock.now())
    assert queue_receipts(db, account(db, cabinet), now=clock.now(), token=str) == 0
    [row] = await told(db)
    [receipt] = read_receipts(blobs.get(db, row.blob_id))
    assert (receipt.outcome, receipt.is_automatic) == (Outcome.PROCESSED, False)


async def test_a_refusal_is_asked_about_in_its_own_words(db: Connection, letter: EmailId) -> None:
    software_says(db, HandoverState.REFUSED, "904 INS")
    assert await told(db) == []
    assert "n'a pas pu classer" in question_words(asked(db))
    answer(db, letter, yes=False, now=clock.now())
    assert await told(db) == []


@pytest.mark.parametrize("said", ["never", "elsewhere", "answered", "withdrawn"])
async def test_nothing_leaves_by_itself(
    db: Connection, cabinet: AccountId, letter: EmailId, said: str
) -> None:
    policy(db, cabinet, Receipts.NEVER if said == "never" else Receipts.ALWAYS)
    expected = {"never": "no", "elsewhere": "ask", "answered": "done", "withdrawn": "unread"}
    software_says(db, HandoverState.REFUSED)
    with write(db):
        if said == "elsewhere":
            db.execute("UPDATE receipt_asked SET return_path = 'eve@labo.example'")
        if said == "answered":
            db.execute("UPDATE receipt_asked SET state = 'done'")
    if said == "withdrawn":
        cancel_handover(db, handovers(db)[0].id, now=clock.now())
    assert await told(db) == []
    assert asked(db).state == expected[said]


async def test_what_another_device_has_answered_is_not_answered_again(
    db: Connection, cabinet: AccountId, letter: EmailId
) -> None:
    policy(db, cabinet, Receipts.ALWAYS)
    note_filing(db, letter, "", now=clock.now())
    known = asked(db)._replace(is_answered=True)
    assert await filings._follow(db, known, now=clock.now(), token=secrets.token_hex) == 0
    assert (asked(db).state, outbox(db)) == ("done", [])


async def test_what_the_guard_stops_is_told_and_a_person_asked(
    db: Connection, cabinet: AccountId, letter: EmailId
) -> None:
    policy(db, cabinet, Receipts.ALWAYS)
    elsewhere = ["cabinet.example"]
    replace_whitelist(
        db, elsewhere, digest=b"e", published_at=clock.now(), now=clock.now(), shrunk=True
    )
    software_says(db, HandoverState.ACCEPTED)
    assert await told(db) == []
    assert (asked(db).state, asked(db).error.startswith("route.")) == ("ask", True)


def test_the_code_is_the_volets_own() -> None:
    assert code_of("903 x; 902 y") == "903"
    assert code_of("9021 1902") == "906"

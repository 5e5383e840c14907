"""While the password cannot be read nothing leaves, and all that needs no server is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db.accounts import account, add_account
from store.db.answers import answers_awaited, want_answer_within
from store.db.attempts import begin_attempt
from store.db.drafts import drafts_waiting, save_draft_within, send_draft_within
from store.db.open import Connection, write
from store.db.submissions import outbox, queue_within, submission
from store.errors import NeedsUser, Transient
from store.host.clock import now
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Endpoint
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId, SubmissionId
from store.model.submission import SubmissionState
from sync.passes import outbox_pass, whole_pass
from tests.steps import looked_through

NOWHERE = Endpoint(host="127.0.0.1", port=9)


@pytest.fixture
def cabinet(db: Connection) -> AccountId:
    """An account whose password file is not there."""
    return add_account(
        db,
        name="cabinet",
        address="cabinet@tilleuls.test",
        imap=NOWHERE,
        smtp=NOWHERE,
        user="cabinet",
        password_file="/nulle/part",
    )


def letter(db: Connection, by: AccountId, *, state: str = "queued") -> SubmissionId:
    """One that waits, or was accepted an hour ago."""
    at = now() - 3600
    id_ = queue_within(
        db,
        account_id=by,
        octets=b"Message-ID: <a@tilleuls.test>\r\n\r\nBilan\r\n",
        message_id="a@tilleuls.test",
        mail_from="cabinet@tilleuls.test",
        recipients=("alice@aubepine.test",),
        subject="Bilan",
        source="person",
        send_at=at,
        now=at,
    )
    db.execute("UPDATE email_submission SET state = ? WHERE id = ?", (state, id_))
    return id_


async def test_a_late_answer_is_told_and_no_password_is_asked_for(
    db: Connection, cabinet: AccountId, home: Home, key: DataKey
) -> None:
    with write(db):
        want_answer_within(db, letter(db, cabinet, state="accepted"), now() - 60, "")
    looked_through(db, cabinet, now())
    assert await outbox_pass(db, account(db, cabinet), home, key) == 0.0
    assert answers_awaited(db, cabinet) == []


async def test_windows_end_and_what_was_interrupted_is_settled(
    db: Connection, cabinet: AccountId, home: Home, key: DataKey
) -> None:
    people = (EmailAddress(email="alice@aubepine.test"),)
    draft = Draft(sender=EmailAddress(email="cabinet@tilleuls.test"), to=people, subject="Bilan")
    with write(db):
        send_draft_within(db, save_draft_within(db, cabinet, draft, now=now()), now() - 1)
        cut = letter(db, cabinet)
        begin_attempt(db, cut, now=now())
    with pytest.raises(NeedsUser, match=r"password\.file_unreadable"):
        await outbox_pass(db, account(db, cabinet), home, key)
    assert drafts_waiting(db) == []
    rows = outbox(db)
    assert {row.state for row in rows} == {SubmissionState.QUEUED}
    assert {row.last_error for row in rows} == {"password.file_unreadable"}
    assert submission(db, cut).attempts == 1


async def test_a_whole_pass_does_the_same(
    db: Connection, cabinet: AccountId, home: Home, key: DataKey
) -> None:
    with write(db):
        want_answer_within(db, letter(db, cabinet, state="accepted"), now() - 60, "")
    with pytest.raises(NeedsUser, match=r"password\.file_unreadable"):
        await whole_pass(db, account(db, cabinet), home, key)
    assert answers_awaited(db, cabinet) == []


async def test_a_whole_pass_asks_for_it_once(
    db: Connection, home: Home, key: DataKey, tmp_path: Path
) -> None:
    """A command may want a finger on a key: the letters that leave and those that come share it."""
    asked = tmp_path / "asked"
    command = f"sh -c 'echo x >> {asked}; echo secret'"
    names = {"name": "cabinet", "address": "cabinet@tilleuls.test", "user": "cabinet"}
    by = add_account(db, imap=NOWHERE, smtp=NOWHERE, password_command=command, **names)
    with write(db):
        letter(db, by)
    with pytest.raises(Transient):
        await whole_pass(db, account(db, by), home, key)
    assert asked.read_text() == "x\n"

"""Drafts and the node: when one begins a pass, and what a pass says of two versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.db.accounts import account, accounts, change_account
from store.db.draft_copies import TWICE, Kept, last_left, where_kept
from store.db.drafts import leave_draft, save_draft
from store.db.emails import email, page_of_emails
from store.db.mailboxes import mailbox_by_role
from store.db.open import Connection
from store.host import clock
from store.model.account import DraftsKept
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId, DraftId
from store.model.link import Step
from store.model.mailbox import Role
from sync.demo.imap_server import ImapServer
from tests.unit.link.conftest import Pass
from tests.unit.link.test_waiting import Running, person, running, steps, until

__all__ = ["person", "running"]
DRAFT = Draft(sender=EmailAddress(email="alice@exemple.test"), subject="Avis", body="Bonjour")
VERSION = b"Message-ID: <%d@exemple.test>\r\nSupersedes: <0@exemple.test>\r\n\r\nBonjour\r\n"


def write(db: Connection) -> DraftId:
    """A draft being written."""
    return save_draft(db, accounts(db)[0].id, DRAFT, now=clock.now())


async def test_a_draft_that_is_left_goes_to_the_server_at_once(
    running: Running, server: ImapServer, db: Connection, person: Connection
) -> None:
    async with running():
        await until(lambda: Step.IDLE not in steps(db) and Step.LIST in steps(db))
        draft_id = write(person)
        leave_draft(person, draft_id, clock.now())
        await until(lambda: where_kept(db, draft_id) is Kept.THERE)
    [held] = await server.held("alice", "Drafts")
    assert held.flags == {"\\Draft", "\\Seen"}


async def test_two_versions_of_one_draft_say_so_after_the_pass_that_brought_them(
    one_pass: Pass, server: ImapServer, db: Connection
) -> None:
    for n in (1, 2):
        await server.deliver("alice", VERSION % n, received_at=1, mailbox="Drafts")
    await one_pass()
    drafts = mailbox_by_role(db, accounts(db)[0].id, Role.DRAFTS)
    assert drafts is not None
    rows = page_of_emails(db, drafts.id)
    assert [TWICE in email(db, row.email_id).warnings for row in rows] == [True, True]


def test_only_a_draft_that_was_left_and_may_go_is_a_reason_for_a_pass(
    one_pass: Pass, db: Connection
) -> None:
    alice: AccountId = accounts(db)[0].id
    assert last_left(db, alice, clock.now()) == 0
    draft_id = write(db)
    assert last_left(db, alice, clock.now()) == 0, "it is being written"
    leave_draft(db, draft_id, 12)
    assert last_left(db, alice, clock.now()) == 12
    change_account(db, replace(account(db, alice), drafts=DraftsKept.LOCAL))
    assert last_left(db, alice, clock.now()) == 0


@pytest.mark.parametrize("way", ["seal", "was_sealed"])
def test_a_draft_that_must_not_lie_there_is_never_said_to_go_there(
    one_pass: Pass, db: Connection, way: str
) -> None:
    alice = accounts(db)[0].id
    draft_id = save_draft(db, alice, replace(DRAFT, **{way: True}), now=clock.now())  # type: ignore[arg-type]
    leave_draft(db, draft_id, 12)
    assert where_kept(db, draft_id) is Kept.HERE
    assert last_left(db, alice, clock.now()) == 0, "no reason for a pass"


async def test_a_draft_sealed_after_it_went_there_is_taken_away_from_there(
    one_pass: Pass, server: ImapServer, db: Connection
) -> None:
    await one_pass()
    draft_id = write(db)
    leave_draft(db, draft_id, 12)
    await one_pass()
    assert where_kept(db, draft_id) is Kept.THERE
    sealed = replace(DRAFT, body="Pour le Dr Roux", seal=True)
    save_draft(db, accounts(db)[0].id, sealed, now=clock.now(), draft_id=draft_id)
    leave_draft(db, draft_id, 12)
    await one_pass()
    assert where_kept(db, draft_id) is Kept.HERE
    assert await server.held("alice", "Drafts") == []


async def test_a_draft_kept_here_from_now_on_says_that_an_earlier_version_is_there(
    one_pass: Pass, server: ImapServer, db: Connection
) -> None:
    await one_pass()
    draft_id = write(db)
    leave_draft(db, draft_id, 12)
    await one_pass()
    change_account(db, replace(accounts(db)[0], drafts=DraftsKept.LOCAL))
    changed = replace(DRAFT, body="Pour le Dr Roux")
    save_draft(db, accounts(db)[0].id, changed, now=clock.now(), draft_id=draft_id)
    leave_draft(db, draft_id, 12)
    await one_pass()
    assert where_kept(db, draft_id) is Kept.OLDER
    assert len(await server.held("alice", "Drafts")) == 1

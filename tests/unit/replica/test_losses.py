"""Lost letters in the store: who is one, who is asked about, who takes its place."""

from __future__ import annotations

import pytest

from store.db import arriving, listing, losses, placements
from store.db.accounts import add_account
from store.db.emails import add_email
from store.db.mailboxes import mailbox_by_role
from store.db.open import Connection, write
from store.model.account import Endpoint
from store.model.ids import AccountId, MailboxId
from store.model.mailbox import Role
from sync.replica.identity import message_id_of
from sync.replica.merge import relinked
from tests.unit.replica.test_store import LISTED, NONE

LETTER = b"Message-ID: <%d@b.example>\r\n\r\n"


@pytest.fixture
def account(db: Connection) -> AccountId:
    """An account with an inbox and a sent mailbox."""
    server = Endpoint(host="imap.example", port=993)
    made = add_account(db, name="a", address="a@b.example", imap=server, smtp=server, user="a")
    listing.save_listing(db, made, LISTED, now=1)
    return made


@pytest.fixture
def sent(db: Connection, account: AccountId) -> MailboxId:
    """The sent mailbox, with three letters."""
    found = mailbox_by_role(db, account, Role.SENT)
    assert found is not None
    arrivals = [arriving.Arrival(n, NONE, n, LETTER % n) for n in (1, 2, 3)]
    arriving.add_arrivals(
        db, account, found.id, arrivals, relink=relinked, message_id_of=message_id_of
    )
    return found.id


def test_a_letter_under_way_is_looked_for_and_not_lost(db: Connection, sent: MailboxId) -> None:
    db.execute("UPDATE placement SET moving = 1 WHERE uid = 1")
    assert losses.lose(db, sent, losses.on_server(db, sent), held=3, now=9) == 2
    (question,) = losses.questions(db)
    assert (question.lost, question.held, question.noticed_at) == (2, 3, 9)


def test_a_lost_letter_is_no_longer_held_of_the_server(
    db: Connection, account: AccountId, sent: MailboxId
) -> None:
    losses.lose(db, sent, losses.on_server(db, sent)[:1], held=3, now=9)
    assert listing.held_count(db, sent) == listing.held_counts(db, account)[sent] == 2
    assert listing.held_uids(db, sent) == listing.held_within(db, sent, [(1, 9)]) == {2, 3}
    assert listing.held_among(db, sent, [1, 2]) == {2}


def test_a_copy_of_a_lost_letter_is_a_letter_of_its_own(
    db: Connection, account: AccountId, sent: MailboxId
) -> None:
    lost = losses.on_server(db, sent)[:1]
    losses.lose(db, sent, lost, held=3, now=9)
    with write(db):
        email_id = add_email(db, account, LETTER % 1, 1)
        assert arriving.file_copy(db, account, email_id, sent, NONE) not in lost


def test_an_answer_is_about_lost_letters_only_and_is_given_once(
    db: Connection, sent: MailboxId
) -> None:
    assert losses.forget_lost(db, sent) == losses.keep_lost(db, sent) == 0
    losses.lose(db, sent, losses.on_server(db, sent)[:2], held=3, now=9)
    assert losses.keep_lost(db, sent) == 2
    assert losses.forget_lost(db, sent) == 0
    assert len(placements.newest(db, sent)) == 3


def test_a_lost_letter_deleted_by_the_person_is_not_asked_about(
    db: Connection, sent: MailboxId
) -> None:
    lost = losses.on_server(db, sent)[:1]
    losses.lose(db, sent, lost, held=3, now=9)
    placements.delete(db, lost)
    assert losses.questions(db) == []

"""A real Postfix reports what it delivered; the copy that came to ourselves lies in Sent."""

from __future__ import annotations

import pytest

from store.db.accounts import account as stored_account
from store.db.accounts import add_account
from store.db.open import Connection, write
from store.db.reports import reports_of
from store.db.submissions import queue_within, submission
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account, SentBy
from store.model.ids import SubmissionId
from store.model.mailbox import Role
from store.model.receipt import Fate, ReceiptKind
from store.model.submission import SentCopy, SubmissionState
from sync.passes import whole_pass
from sync.submit.outbox import run_outbox
from tests.servers.world import MailWorld
from tests.steps import at_hand

NOW = 1_700_000_000
LETTER = b"From: x@sante.test\r\nMessage-ID: <%s@sante.test>\r\nSubject: bilan\r\n\r\nVoila.\r\n"


@pytest.fixture
def sender(db: Connection, mail_world: MailWorld) -> Account:
    """Somebody whose copy of what is sent comes as to a recipient."""
    new = mail_world.newcomer()
    names = ("name", "address", "imap", "smtp", "user", "tls", "password_file", "ca")
    fields = {name: getattr(new, name) for name in names}
    id_ = add_account(db, **fields, sent_by=SentBy.SELF)
    return stored_account(db, id_)


def queue(db: Connection, sender: Account, name: str, to: str) -> SubmissionId:
    with write(db):
        return queue_within(
            db,
            account_id=sender.id,
            octets=LETTER % name.encode(),
            message_id=f"{name}@sante.test",
            mail_from=sender.address,
            recipients=[to],
            subject="bilan",
            source="drop",
            send_at=NOW,
            now=NOW,
        )


async def leaves(db: Connection, sender: Account, world: MailWorld) -> None:
    """The outbox alone."""
    password = world.dovecot.password(sender.name)
    await run_outbox(db, sender, at_hand(password), now=lambda: NOW, jitter=lambda: 0.0)


def shown(db: Connection, role: Role, message_id: str) -> list[tuple[int | None, str]]:
    return db.execute(
        "SELECT uid, keywords FROM placement JOIN mailbox ON mailbox.id = mailbox_id"
        " JOIN email ON email.id = email_id WHERE role = ? AND message_id = ?",
        (role.value, message_id),
    ).fetchall()


async def test_what_postfix_delivered_is_known_and_the_copy_lies_in_sent(
    db: Connection, home: Home, key: DataKey, mail_world: MailWorld, sender: Account
) -> None:
    reader = mail_world.newcomer()
    letter = queue(db, sender, f"avis-{sender.name}", reader.address)
    await leaves(db, sender, mail_world)
    # Its copy, and the report of its delivery.
    mail_world.postfix.wait_delivered(sender.address, 2)
    await whole_pass(db, sender, home, key)
    row = submission(db, letter)
    assert (row.state, row.sent_copy) == (SubmissionState.ACCEPTED, SentCopy.FILED)
    assert [r.fate for r in row.recipients] == [
        Fate.RELAYED
    ]  # Dovecot's LMTP confirms nothing itself
    (report,) = reports_of(db, letter)
    assert (report.kind, report.email) == (ReceiptKind.DSN, reader.address)
    await whole_pass(db, sender, home, key)
    ((uid, keywords),) = shown(db, Role.SENT, row.message_id)
    assert (uid is not None, keywords) == (True, "$seen")
    assert shown(db, Role.INBOX, row.message_id) == []


async def test_a_letter_in_doubt_is_settled_by_what_postfix_sends_back(
    db: Connection, home: Home, key: DataKey, mail_world: MailWorld, sender: Account
) -> None:
    reader = mail_world.newcomer()
    letter = queue(db, sender, f"doute-{sender.name}", reader.address)
    await leaves(db, sender, mail_world)
    mail_world.postfix.wait_delivered(sender.address, 2)
    with write(db):  # as if the answer to the dot had never come
        db.execute("UPDATE email_submission SET state = 'uncertain'")
        db.execute("UPDATE submission_recipient SET state = 'uncertain'")
        db.execute("UPDATE submission_attempt SET phase = 'dot'")
    await whole_pass(db, sender, home, key)
    row = submission(db, letter)
    assert (row.state, row.attempts) == (SubmissionState.ACCEPTED, 1)
    assert row.settled_by == "own_copy"

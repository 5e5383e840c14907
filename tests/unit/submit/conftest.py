"""An account in a real store whose letters leave through a scripted server."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import pytest

from store.db.accounts import account, add_account
from store.db.open import Connection, write
from store.db.submissions import queue_within, submission
from store.model.account import Account
from store.model.ids import SubmissionId
from store.model.submission import EmailSubmission
from sync.submit.outbox import MOST_LINES, OutboxReport, run_outbox
from sync.submit.smtp import Submitter
from sync.submit.transaction import Patience
from tests.servers.authority import Authority
from tests.steps import at_hand
from tests.unit.submit.scripted_server import PASSWORD, ScriptedServer

NOW = 1_700_000_000
SHORT = Patience(
    connect_seconds=4, reply_seconds=0.3, stall_seconds=0.3, dot_seconds=0.3, quit_seconds=0.3
)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs the certificates of the scripted servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


class Sending:
    """The account, its outbox, and a clock that a test moves."""

    def __init__(self, db: Connection) -> None:
        self.db, self.now = db, NOW
        nobody = ScriptedServer(port=1).account()
        id_ = add_account(
            db,
            name=nobody.name,
            address=nobody.address,
            imap=nobody.imap,
            smtp=nobody.smtp,
            user=nobody.user,
        )
        self.account: Account = account(db, id_)

    def mailbox(self, role: str) -> None:
        """The account has one with this role."""
        with write(self.db):
            self.db.execute(
                "INSERT INTO mailbox (account_id, name, wire_name, role) VALUES (?, ?, ?, ?)",
                (self.account.id, role, role.encode(), role),
            )

    def queue(
        self, *recipients: str, source: str = "person", octets: bytes = b"\r\n.Bilan\r\n"
    ) -> SubmissionId:
        """A letter that leaves now."""
        with write(self.db):
            return self.queue_within(*recipients, source=source, octets=octets)

    def queue_within(
        self, *recipients: str, source: str = "person", octets: bytes = b"\r\n.Bilan\r\n"
    ) -> SubmissionId:
        """The same, inside `write`."""
        n = self.db.execute("SELECT count(*) FROM email_submission").fetchone()[0]
        return queue_within(
            self.db,
            account_id=self.account.id,
            octets=f"Message-ID: <l{n}@tilleuls.test>\r\n".encode() + octets,
            message_id=f"l{n}@tilleuls.test",
            mail_from=self.account.address,
            recipients=recipients or ("alice@aubepine.test",),
            subject=f"Bilan {n}",
            source=source,
            send_at=self.now,
            now=self.now,
        )

    def row(self, id_: SubmissionId) -> EmailSubmission:
        """Where a letter stands."""
        return submission(self.db, id_)

    async def run(
        self,
        server: ScriptedServer,
        patience: Patience = SHORT,
        *,
        most_lines: int = MOST_LINES,
        dotted: Callable[[int], None] = lambda _: None,
    ) -> OutboxReport:
        """One pass through this server."""
        here = server.account()
        return await run_outbox(
            self.db,
            replace(self.account, smtp=here.smtp, tls=here.tls, ca=here.ca),
            at_hand(PASSWORD),
            now=lambda: self.now,
            jitter=lambda: 0.0,
            connect=functools.partial(Submitter, patience=patience),
            most_lines=most_lines,
            dotted=dotted,
        )


@pytest.fixture
def sending(db: Connection) -> Sending:
    """An account with an empty outbox."""
    return Sending(db)

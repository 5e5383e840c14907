"""A small practice in a store, filled the way the node fills it; every name is invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage

from store.db.accounts import add_account
from store.db.arriving import Arrival, add_arrivals
from store.db.emails import page_of_emails
from store.db.listing import ListedName, save_listing
from store.db.mailboxes import mailbox_by_role, mailboxes
from store.db.open import Connection
from store.model.account import Endpoint
from store.model.email import NO_KEYWORDS, Keywords
from store.model.ids import AccountId, MailboxId
from store.model.mailbox import Role
from sync.derive import derive_emails
from sync.replica.identity import message_id_of
from sync.replica.merge import relinked
from tui.nodestart import OwnNode

NOW = 1_793_000_000
"""26 October 2026, about 7 in the morning in Paris."""
ALICE = "alice@cabinet.example"
LISTING = [
    ListedName(b"INBOX", "INBOX", "/", Role.INBOX),
    ListedName(b"Sent", "Sent", "/", Role.SENT),
    ListedName(b"Archive", "Archive", "/", Role.ARCHIVE),
    ListedName(b"Trash", "Trash", "/", Role.TRASH),
    ListedName(b"Labos", "Labos", "/", Role.NONE),
]


@dataclass
class Practice:
    """One account and its mailboxes."""

    db: Connection
    account_id: AccountId
    uid: int = 0

    def mailbox(self, role: Role) -> MailboxId:
        """The mailbox with a role."""
        found = mailbox_by_role(self.db, self.account_id, role)
        assert found is not None
        return found.id

    @property
    def inbox(self) -> MailboxId:
        """Where letters arrive."""
        return self.mailbox(Role.INBOX)

    def deliver(
        self,
        *octets: bytes,
        mailbox: MailboxId | None = None,
        at: int | None = None,
        keywords: Keywords = NO_KEYWORDS,
    ) -> None:
        """Let letters arrive, each a minute after the last, and be read by the node."""
        first = self.uid + 1
        self.uid += len(octets)
        arrivals = [
            Arrival(first + n, keywords, (NOW - 86_400 if at is None else at) + 60 * (first + n), o)
            for n, o in enumerate(octets)
        ]
        self.keep(arrivals, mailbox or self.inbox)
        derive_emails(self.db)

    def keep(self, arrivals: Iterable[Arrival], mailbox: MailboxId) -> None:
        """What the node does with letters it fetched."""
        add_arrivals(
            self.db,
            self.account_id,
            mailbox,
            arrivals,
            relink=relinked,
            message_id_of=message_id_of,
        )

    def subjects(self, role: Role) -> list[str]:
        """What is shown in a mailbox, newest first."""
        return [row.subject for row in page_of_emails(self.db, self.mailbox(role))]

    def keywords(self, role: Role = Role.INBOX) -> list[str]:
        """The keywords of what is shown in a mailbox, newest first."""
        return [row.keywords for row in page_of_emails(self.db, self.mailbox(role))]

    def named(self, name: str) -> MailboxId:
        """The mailbox with a name."""
        return next(m.id for m in mailboxes(self.db, self.account_id) if m.name == name)


def practice(db: Connection) -> Practice:
    """Dr Alice's account, its mailboxes, no letter yet."""
    account_id = add_account(
        db,
        name="cabinet",
        address=ALICE,
        display_name="Dr Alice Martin",
        imap=Endpoint(host="imap.operateur.example", port=993),
        smtp=Endpoint(host="smtp.operateur.example", port=465),
        user="alice",
    )
    save_listing(db, account_id, LISTING, now=NOW)
    return Practice(db, account_id)


class Begun(OwnNode):
    """A node of ours that runs."""

    started = True  # type: ignore[assignment]


def letter(
    subject: str = "Résultats",
    body: str = "Bonjour,\nvoici les résultats.\n",
    *,
    sender: str = "Labo du Port <labo@port.example>",
    to: str = ALICE,
    cc: str = "",
    documents: Iterable[tuple[str, str, bytes]] = (),
    message_id: str = "",
) -> bytes:
    """The octets of a well-made letter."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    if cc:
        made["Cc"] = cc
    made["Message-ID"] = f"<{message_id or abs(hash((subject, body)))}@port.example>"
    made["Date"] = "Sun, 25 Oct 2026 08:30:00 +0100"
    made.set_content(body)
    for name, kind, octets in documents:
        main, _, sub = kind.partition("/")
        made.add_attachment(octets, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()

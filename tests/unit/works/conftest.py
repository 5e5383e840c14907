"""An account with a letter that is not whole, one document of which was asked for."""

from __future__ import annotations

import pytest

from store.db import structures
from store.db.accounts import add_account
from store.db.announcing import Announced, announce
from store.db.listing import ListedName, save_listing
from store.db.mailboxes import find_mailboxes
from store.db.open import Connection
from store.model.account import Endpoint
from store.model.email import NO_KEYWORDS, Outline, TransferEncoding
from store.model.ids import AccountId, EmailId
from store.model.mailbox import Role
from store.model.structure import AnnouncedPart, Kind
from sync.replica.identity import message_id_of


@pytest.fixture
def account_id(db: Connection) -> AccountId:
    """The only account."""
    place = Endpoint(host="imap.example", port=993)
    return add_account(
        db, name="a", address="alice@clinic.example", imap=place, smtp=place, user="a"
    )


@pytest.fixture
def letter(db: Connection, account_id: AccountId) -> EmailId:
    """Its document is of 8 octets, none of which is here."""
    save_listing(db, account_id, [ListedName(b"INBOX", "INBOX", "/", Role.INBOX)], now=1)
    [inbox] = find_mailboxes(db, "INBOX")
    outline = Outline(header=b"\r\n", size=9_000, received_at=1, urgent=False)
    announce(
        *(db, account_id, inbox.id, [Announced(1, NO_KEYWORDS, outline)]),
        message_id_of=message_id_of,
    )
    email_id = EmailId(db.execute("SELECT max(id) FROM email").fetchone()[0])
    parts = [
        AnnouncedPart(
            number=number,
            media_type="application/pdf",
            transfer_encoding=TransferEncoding.BASE64,
            length=8,
        )
        for number in ("1", "2")
    ]
    structures.save_structures(db, {email_id: parts}, kind_of=lambda _: Kind.RESULT)
    structures.want_part(db, email_id, "2", 7)
    return email_id

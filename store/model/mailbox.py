"""A mailbox and its role (RFC 8621 §2, RFC 6154)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from store.model.ids import AccountId, MailboxId


class Role(StrEnum):
    """RFC 8621 §2 `role`; '' when the mailbox has none."""

    NONE = ""
    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    ARCHIVE = "archive"
    JUNK = "junk"
    TRASH = "trash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox as last listed, with the counts the screen shows."""

    id: MailboxId
    account_id: AccountId
    name: str
    """Whole path, decoded from modified UTF-7 (RFC 3501 §5.1.3), or as it is wished to be: words
    from outside."""
    wire_name: bytes
    """The name as the server writes it; what goes back to the server."""
    delimiter: str = "/"
    role: Role = Role.NONE
    uidvalidity: int | None = None
    """None until the first SELECT."""
    uidnext: int | None = None
    highestmodseq: int | None = None
    """MODSEQ up to which every change is reflected here; None without CONDSTORE."""
    total: int = 0
    """Emails shown in it: pending moves and deletions counted as done."""
    unread: int = 0
    missing_at: int | None = None
    """Since when the server no longer lists it; what it held is kept. Unix seconds UTC."""
    created: bool = True
    """Fact: False while the server never had it; its `wire_name` then means nothing."""
    wish_name: str | None = None
    """Wish: what it is to be called, '/' between levels; None to keep its name."""
    naming: bytes | None = None
    """Fact: the wire name of a CREATE or RENAME said and not heard; None when there is none."""
    wish_subscribed: bool | None = None
    """Wish: subscribe or unsubscribe; None once it was told."""
    refused: str = ""
    """Fact: MailError.code of the server's last no to one of these wishes; '' while none."""


class Lies(NamedTuple):
    """Where a letter lies, as a person calls it."""

    account: str
    mailbox: str
    """Its whole name: words from outside."""
    role: Role

"""What LIST and STATUS say, collected in whatever order they come (RFC 3501 §7.2, RFC 5819)."""

from __future__ import annotations

from typing import NamedTuple

from sync.imap import utf7
from sync.imap.answers import MailboxStatus
from sync.imap.exchange import Exchange
from sync.imap.quoting import UNSAYABLE
from sync.imap.reading import list_response, status_response
from sync.imap.replies import Untagged
from sync.imap.roles import is_inbox

NOT_SELECTABLE = {b"\\noselect", b"\\nonexistent"}


class Lists:
    """Mailboxes by wire name: attributes, delimiter, and STATUS by canonical name."""

    def __init__(self) -> None:
        self.attributes: dict[bytes, list[bytes]] = {}
        self.delimiters: dict[bytes, str] = {}
        self.status: dict[bytes, MailboxStatus | None] = {}

    def take(self, response: Untagged) -> bool:
        """The sink of LIST and STATUS."""
        if response.name == b"LIST":
            attributes, delimiter, name = list_response(response)
            if not UNSAYABLE.search(name):  # nobody could ever ask for it
                self.attributes[name], self.delimiters[name] = attributes, delimiter
        elif response.name == b"STATUS":
            name, status = status_response(response)
            self.status[canonical(name)] = status
        else:
            return False
        return True

    def selectable(self, wire_name: bytes) -> bool:
        """Whether it can hold letters."""
        attributes = {attribute.lower() for attribute in self.attributes[wire_name]}
        return not attributes & NOT_SELECTABLE

    def status_of(self, wire_name: bytes) -> MailboxStatus | None:
        """STATUS of a mailbox, however its name was written when it was told."""
        return self.status.get(canonical(wire_name))


class ListAsked(NamedTuple):
    """LIST under way."""

    found: Lists
    command: Exchange
    with_status: bool
    """Whether it was asked for STATUS too; else each mailbox must be."""


def canonical(wire_name: bytes) -> bytes:
    """INBOX is INBOX in any case (RFC 3501 §5.1)."""
    return b"INBOX" if is_inbox(utf7.decode(wire_name)) else wire_name

"""The invented world of the live tests: two doctors, a laboratory, one operator.

Everybody's mail goes through one Postfix into one Dovecot. A test that changes a mailbox asks
for somebody of its own (`newcomer`), so that tests do not see one another.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from store.model.account import Account
from tests.servers.dovecot import DovecotServer
from tests.servers.dovecot_config import ROLES
from tests.servers.postfix import PostfixServer

PEOPLE = {
    "alice": "Dr Alice Aubépine",
    "bob": "Dr Bob Bruyère",
    "labo": "Laboratoire des Tilleuls",
}


@dataclass(frozen=True, slots=True)
class MailWorld:
    """Both servers and who lives there."""

    dovecot: DovecotServer
    postfix: PostfixServer
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def account(self, name: str, **overrides: object) -> Account:
        """The account of one of `PEOPLE` or of a newcomer: reads and sends."""
        named = {"display_name": PEOPLE.get(name, name)}
        return self.postfix.account(name, **{**named, **overrides})

    def newcomer(self, **overrides: object) -> Account:
        """Somebody nobody wrote to yet.

        Their mailboxes have been opened once: where imap and lmtp both make the indexes of somebody
        new, Dovecot 2.3.19 ends by a panic ("Resource deadlock avoided": 10 of 60 runs under load,
        none of 40 since, 2026-11), which to Pli is a line that was cut.
        """
        somebody = self.account(f"patient{next(self._numbers)}", **overrides)
        with self.dovecot.session(somebody.user) as client:
            for mailbox in ("INBOX", *ROLES):
                client.select(mailbox, readonly=True)
        return somebody

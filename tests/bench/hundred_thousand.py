"""A store of 100,000 letters, filled by the code the node uses but without a server.

`python -m tests.bench.hundred_thousand DIRECTORY COUNT` fills one, so that what it costs can be
measured as a process of its own.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from store.db.accounts import add_account
from store.db.arriving import Arrival, add_arrivals
from store.db.listing import ListedName, save_listing
from store.db.mailboxes import mailboxes
from store.db.migrate import migrate
from store.db.open import Connection, connect
from store.host.keys import create
from store.host.paths import Home
from store.model.account import Endpoint
from store.model.email import NO_KEYWORDS, SEEN
from store.model.mailbox import Role
from sync.derive import derive_emails
from sync.replica.identity import message_id_of
from sync.replica.merge import relinked
from tests.bench.letters import FIRST_AT, letters

WINDOW = 500


def places(root: Path) -> tuple[Home, Path]:
    """Where the home lies, and its key file."""
    return Home(root / "home"), root / "key"


def fill(root: Path, count: int) -> None:
    """Make a home with one account whose INBOX holds `count` small letters."""
    root.mkdir(mode=0o700)
    home, key_file = places(root)
    home.root.mkdir(mode=0o700)
    key = create(home, key_file=key_file)
    db = connect(home, key)
    migrate(db)
    _fill(db, count)
    derive_emails(db)
    db.close()


def _fill(db: Connection, count: int) -> None:
    nowhere = Endpoint(host="127.0.0.1", port=9)
    account_id = add_account(
        db, name="alice", address="alice@sante.test", imap=nowhere, smtp=nowhere, user="alice"
    )
    save_listing(db, account_id, [ListedName(b"INBOX", "INBOX", "/", Role.INBOX)], now=FIRST_AT)
    [inbox] = mailboxes(db, account_id)
    arrivals = (
        Arrival(
            uid=number + 1,
            keywords=NO_KEYWORDS if number % 9 == 0 else frozenset({SEEN}),
            received_at=FIRST_AT + 60 * number,
            octets=octets,
        )
        for number, octets in enumerate(letters(count))
    )
    while window := list(itertools.islice(arrivals, WINDOW)):
        add_arrivals(db, account_id, inbox.id, window, relink=relinked, message_id_of=message_id_of)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))

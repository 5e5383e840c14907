"""What a store holds of a server, and what the server shows to somebody else."""

from __future__ import annotations

import re

from store.db.accounts import account as account_now
from store.db.accounts import add_account
from store.db.blobs import blob_id, get
from store.db.open import Connection
from store.model.account import Account
from store.model.email import Keywords, unpack_keywords
from store.model.ids import BlobId
from tests.servers.dovecot import DovecotServer

State = dict[tuple[str, int], tuple[bytes, Keywords]]
"""(mailbox, UID) to (SHA-256, keywords)."""


def added(db: Connection, server: DovecotServer, name: str, **overrides: object) -> Account:
    """The account of `name`, in the store too."""
    given = server.account(name, **overrides)
    fields = ("name", "address", "imap", "smtp", "tls", "profile", "user", "password_file", "ca")
    account_id = add_account(db, **{field: getattr(given, field) for field in fields})
    return account_now(db, account_id)


def held(db: Connection) -> State:
    """What the store holds of the server; every octet is read and hashed."""
    rows = db.execute(
        "SELECT m.name, p.uid, e.digest, p.keywords FROM placement AS p"
        " JOIN mailbox AS m ON m.id = p.mailbox_id JOIN email AS e ON e.id = p.email_id"
    ).fetchall()
    assert all(uid is not None for _, uid, _, _ in rows)
    return {
        (name, uid): (blob_id(get(db, BlobId(digest))), unpack_keywords(keywords))
        for name, uid, digest, keywords in rows
    }


def shown(server: DovecotServer, name: str) -> State:
    """What the server shows to another client."""
    found: State = {}
    with server.session(name) as other:
        _, lines = other.list()
        names = [line.split(b' "/" ', 1)[1].strip(b'"').decode() for line in lines if line]
        for mailbox in names:
            if other.select(f'"{mailbox}"', readonly=True)[0] != "OK":
                continue  # only a name above others
            _, answers = other.uid("fetch", "1:*", "(UID FLAGS BODY.PEEK[])")
            for answer in answers:
                if isinstance(answer, tuple):
                    uid = int(re.search(rb"UID (\d+)", answer[0])[1])  # type: ignore[index]
                    found[mailbox, uid] = blob_id(answer[1]), keywords_in(answer[0])
    return found


def keywords_in(line: bytes) -> Keywords:
    """The keywords of a FETCH line of imaplib's."""
    flags = re.search(rb"FLAGS \(([^)]*)\)", line)
    assert flags is not None
    return frozenset(
        "$" + flag[1:].decode().lower() for flag in flags[1].split() if flag != b"\\Recent"
    )

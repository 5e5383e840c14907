"""Letters of a POP3 server, by its own names for them, and wishes that only this store can fulfil.

A row is numbered before its letter is fetched, and says that the letter is held in the transaction
that holds it. POP3 knows one mailbox and no keywords: what the person does to a letter is done the
moment it is settled here, and nothing is owed to anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from store.db.emails import add_email
from store.db.listing import ListedName, save_listing
from store.db.mailboxes import mailbox_by_role
from store.db.naming import hear_name, hear_subscribed
from store.db.open import Connection, write
from store.db.outlines import add_outline, make_whole_at_once
from store.db.replica import PENDING
from store.model.email import Outline
from store.model.ids import AccountId, EmailId, MailboxId
from store.model.mailbox import Role

LOCAL = tuple(
    ListedName(name.encode("ascii"), name, "/", role)
    for name, role in (
        ("INBOX", Role.INBOX),
        ("Drafts", Role.DRAFTS),
        ("Sent", Role.SENT),
        ("Archive", Role.ARCHIVE),
        ("Trash", Role.TRASH),
    )
)
"""INBOX is the server's; the others are kept here, and nobody else sees them."""


class Pop3Letter(NamedTuple):
    """A letter the server has shown."""

    uidl: bytes
    uid: int
    held_at: int | None
    email_id: EmailId | None
    """While it is announced and not whole."""
    announced: bool
    wanted: bool
    dropped: bool
    listed: int
    """Octets the server said it had, when it was held; 0 when it did not say."""


def begin(db: Connection, account_id: AccountId, *, now: int) -> MailboxId:
    """See to the mailboxes; the INBOX."""
    rows = db.execute(
        "SELECT wire_name, name, delimiter, role FROM mailbox"
        " WHERE account_id = ? AND created = 1 AND missing_at IS NULL",
        (account_id,),
    ).fetchall()
    there = [ListedName(wire, name, delimiter, Role(role)) for wire, name, delimiter, role in rows]
    taken = {each.role for each in there} | {each.wire_name for each in there}
    lacking = [each for each in LOCAL if not {each.role, each.wire_name} & taken]
    save_listing(db, account_id, (*there, *lacking), now=now)
    inbox = mailbox_by_role(db, account_id, Role.INBOX)
    assert inbox is not None
    return inbox.id


def letters(db: Connection, account_id: AccountId) -> list[Pop3Letter]:
    """Every letter the server has shown, and what has become of it."""
    rows = db.execute(
        "SELECT l.uidl, l.uid, l.held_at, o.email_id, l.announced, coalesce(o.wanted_at, 0) > 0,"
        " l.announced = 1 AND l.held_at IS NULL AND NOT EXISTS"
        "  (SELECT 1 FROM placement AS p WHERE p.email_id = l.email_id AND p.deleted = 0),"
        " l.listed FROM pop3_letter AS l LEFT JOIN email_outline AS o ON o.email_id = l.email_id"
        " WHERE l.account_id = ?",
        (account_id,),
    )
    return [
        Pop3Letter(uidl, uid, held_at, email_id, announced == 1, wanted == 1, dropped == 1, listed)
        for uidl, uid, held_at, email_id, announced, wanted, dropped, listed in rows
    ]


def number(
    db: Connection, account_id: AccountId, inbox_id: MailboxId, uidls: Collection[bytes]
) -> None:
    """Give new letters their UIDs, in this order."""
    if not uidls:
        return
    with write(db):
        last = _last_uid(db, inbox_id)
        db.executemany(
            "INSERT INTO pop3_letter (account_id, uidl, uid) VALUES (?, ?, ?)",
            [(account_id, uidl, last + n) for n, uidl in enumerate(uidls, 1)],
        )


def announce(
    db: Connection,
    account_id: AccountId,
    inbox_id: MailboxId,
    announced: Iterable[tuple[bytes, Outline]],
) -> None:
    """Letters whose header has come, in one transaction."""
    with write(db):
        for uidl, outline in announced:
            uid, known = _row(db, account_id, uidl)
            if known is not None:
                continue
            email_id = add_outline(db, account_id, outline)
            _place(db, inbox_id, uid, email_id, outline.received_at)
            db.execute(
                "UPDATE pop3_letter SET announced = 1, email_id = ?"
                " WHERE account_id = ? AND uidl = ?",
                (email_id, account_id, uidl),
            )


def keep(
    db: Connection,
    account_id: AccountId,
    inbox_id: MailboxId,
    uidl: bytes,
    octets: bytes,
    *,
    listed: int,
    received_at: int,
    now: int,
) -> None:
    """All of a letter: its octets, its place and the note that it is held, in one transaction.

    listed: octets the server says it has; 0 when it does not say.
    """
    with write(db):
        uid, announced = _row(db, account_id, uidl)
        if announced is None:
            email_id = add_email(db, account_id, octets, received_at)
            _place(db, inbox_id, uid, email_id, received_at)
        elif db.execute("SELECT 1 FROM email_outline WHERE email_id = ?", (announced,)).fetchone():
            make_whole_at_once(db, announced, octets)
        db.execute(
            "UPDATE pop3_letter SET held_at = ?, listed = ?, email_id = NULL"
            " WHERE account_id = ? AND uidl = ?",
            (now, listed, account_id, uidl),
        )


def forget(db: Connection, account_id: AccountId, uidls: Collection[bytes]) -> None:
    """The server has these no more. What is held of them stays."""
    if not uidls:
        return
    with write(db):
        db.executemany(
            "DELETE FROM pop3_letter WHERE account_id = ? AND uidl = ?",
            [(account_id, uidl) for uidl in uidls],
        )


def settle_wishes(db: Connection, account_id: AccountId) -> int:
    """Do here what no server is to be told. Returns how many letters it concerned."""
    _settle_names(db, account_id)
    rows = db.execute(
        "SELECT id, email_id, mailbox_id, wish_mailbox_id, deleted, uid FROM placement"
        f" WHERE {PENDING} AND mailbox_id IN (SELECT id FROM mailbox WHERE account_id = ?)",
        (account_id,),
    ).fetchall()
    if not rows:
        return 0
    with write(db):
        for id_, _, mailbox_id, wish, deleted, uid in rows:
            if deleted:
                db.execute("DELETE FROM placement WHERE id = ? AND deleted = 1", (id_,))
                continue
            into = MailboxId(wish or mailbox_id)
            if into != mailbox_id or uid is None:
                uid = _last_uid(db, into) + 1
            db.execute(
                "UPDATE placement SET mailbox_id = ?, uid = ?, base = keywords, sent = NULL,"
                " moving = NULL, moving_to = NULL, unlinked = 0, refused = '',"
                " wish_mailbox_id = nullif(wish_mailbox_id, ?) WHERE id = ?",
                (into, uid, into, id_),
            )
    return len(rows)


def _settle_names(db: Connection, account_id: AccountId) -> None:
    """Mailboxes made, renamed, subscribed to: theirs are the names wished for."""
    rows = db.execute(
        "SELECT id, wish_name, wish_subscribed FROM mailbox WHERE account_id = ?"
        " AND (wish_name IS NOT NULL OR wish_subscribed IS NOT NULL)",
        (account_id,),
    ).fetchall()
    for id_, name, subscribed in rows:
        if name is not None:
            wire_name = name.encode("utf-8")
            hear_name(db, MailboxId(id_), wire_name=wire_name, name=name, wish=name)
        if subscribed is not None:
            hear_subscribed(db, MailboxId(id_), on=subscribed == 1)


def _row(db: Connection, account_id: AccountId, uidl: bytes) -> tuple[int, EmailId | None]:
    row = db.execute(
        "SELECT uid, email_id FROM pop3_letter WHERE account_id = ? AND uidl = ?",
        (account_id, uidl),
    ).fetchone()
    return int(row[0]), None if row[1] is None else EmailId(row[1])


def _place(
    db: Connection, mailbox_id: MailboxId, uid: int, email_id: EmailId, received_at: int
) -> None:
    db.execute(
        "INSERT INTO placement (email_id, mailbox_id, received_at, uid) VALUES (?, ?, ?, ?)",
        (email_id, mailbox_id, received_at, uid),
    )


def _last_uid(db: Connection, mailbox_id: MailboxId) -> int:
    row = db.execute(
        "SELECT max(coalesce(max(uid), 0), coalesce((SELECT max(l.uid) FROM pop3_letter AS l"
        "  JOIN mailbox AS m ON m.account_id = l.account_id"
        "  WHERE m.role = 'inbox' AND m.id = ?1), 0))"
        " FROM placement WHERE mailbox_id = ?1",
        (mailbox_id,),
    ).fetchone()
    return int(row[0])

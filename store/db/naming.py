"""Mailboxes made, renamed and subscribed to here: what the person wishes, and what came of it.

A wish is keyed by the mailbox's own id, like every other: letters may be filed in a mailbox that
does not exist yet, or under a name nobody else knows yet. The node says the name it is about to
give (`naming`), gives it, and hears that it is there; killed in between, it looks in the list.
"""

from __future__ import annotations

import unicodedata
from secrets import token_bytes

from store.db.mailboxes import mailbox, mailboxes
from store.db.open import Connection, write
from store.errors import Usage
from store.model.ids import AccountId, MailboxId
from store.model.mailbox import Mailbox, Role

LONGEST_NAME = 200
"""Characters; a file system under a server takes 255 octets."""


def create_mailbox(db: Connection, account_id: AccountId, name: str) -> MailboxId:
    """Wish for a new mailbox, subscribed to. Letters may be filed in it at once.

    Raises:
        Usage: `mailbox.bad_name`, `mailbox.exists`.
    """
    name = good_name(name)
    with write(db):
        _free(db, account_id, name)
        row = db.execute(
            "INSERT INTO mailbox (account_id, wire_name, name, created, wish_name, wish_subscribed)"
            " VALUES (?1, ?2, ?3, 0, ?3, 1) RETURNING id",
            # No name of a server begins with NUL.
            (account_id, b"\0" + token_bytes(8), name),
        ).fetchone()
    return MailboxId(row[0])


def rename_mailbox(db: Connection, mailbox_id: MailboxId, name: str) -> None:
    """Wish for another name. Its own name takes the wish back.

    Raises:
        Usage: `mailbox.inbox_stays`, `mailbox.bad_name`, `mailbox.exists`, `mailbox.unknown`.
    """
    name = good_name(name)
    with write(db):
        found = mailbox(db, mailbox_id)
        if found.role is Role.INBOX:
            raise Usage("mailbox.inbox_stays")
        if name == found.name:
            return
        _free(db, found.account_id, name, but=mailbox_id)
        if found.created:
            # While a name is being given, even the old one is a wish: it may have to be given back.
            db.execute(
                "UPDATE mailbox SET refused = '',"
                " wish_name = iif(naming IS NULL, nullif(?1, name), ?1) WHERE id = ?2",
                (name, mailbox_id),
            )
        else:
            db.execute(
                "UPDATE mailbox SET wish_name = ?1, name = ?1, refused = '' WHERE id = ?2",
                (name, mailbox_id),
            )


def subscribe(db: Connection, mailbox_id: MailboxId, *, on: bool) -> None:
    """Wish that other programs show this mailbox, or no longer do."""
    with write(db):
        db.execute(
            "UPDATE mailbox SET wish_subscribed = ?, refused = '' WHERE id = ?", (on, mailbox_id)
        )


def good_name(name: str) -> str:
    """The name as it is kept: composed characters, '/' between levels.

    Raises:
        Usage: `mailbox.bad_name`.
    """
    name = unicodedata.normalize("NFC", name.strip())
    levels = name.split("/")
    # '%' and '*' are wildcards to a server (RFC 3501 §6.3.8): such a mailbox cannot be named alone.
    if (
        not name.isprintable()
        or len(name) > LONGEST_NAME
        or set("%*\\") & set(name)
        or not all(level.strip() for level in levels)
        or any(level in (".", "..", "~") for level in levels)
    ):
        raise Usage("mailbox.bad_name")
    return name


def _free(db: Connection, account_id: AccountId, name: str, but: MailboxId | None = None) -> None:
    taken = {m.name.casefold() for m in mailboxes(db, account_id) if m.id != but}
    if name.casefold() in taken or name.casefold() == "inbox":
        raise Usage("mailbox.exists", mailbox=name)


def say_name(db: Connection, mailbox_id: MailboxId, wire_name: bytes, wish: str) -> bool:
    """Just before CREATE or RENAME. False when the person wishes for another name by now."""
    with write(db):
        said = db.execute(
            "UPDATE mailbox SET naming = ? WHERE id = ? AND wish_name = ?",
            (wire_name, mailbox_id, wish),
        ).rowcount
    return bool(said)


def hear_name(
    db: Connection,
    mailbox_id: MailboxId,
    *,
    wire_name: bytes,
    name: str,
    wish: str | None,
    is_ours: bool = True,
) -> None:
    """The server has the mailbox under this name, and `wish` is fulfilled by it.

    is_ours: we gave it that name; a subscription is then to follow it.

    What lies below it goes with it (RFC 3501 §6.3.5). A name it takes from a mailbox that is no
    longer listed takes that one's letters in too.
    """
    with write(db):
        row = db.execute(
            "SELECT account_id, wire_name, name, delimiter, created, wish_subscribed"
            " FROM mailbox WHERE id = ?",
            (mailbox_id,),
        ).fetchone()
        if row is None:
            return
        account_id, old_wire, old_name, delimiter, created, subscribed = row
        if created and old_wire != wire_name and delimiter:
            for child, child_wire, child_name in _below(db, account_id, old_wire, delimiter):
                wire = wire_name + child_wire[len(old_wire) :]
                _take_name(db, child, wire, name + child_name[len(old_name) :])
        mailbox_id = _take_name(db, mailbox_id, wire_name, name)
        db.execute(
            "UPDATE mailbox SET naming = NULL, refused = '', wish_name = nullif(wish_name, ?),"
            " wish_subscribed = coalesce(?, wish_subscribed) WHERE id = ?",
            (wish, subscribed, mailbox_id),
        )
        if is_ours and created and old_wire != wire_name:
            # A subscription is to a name, and does not follow it.
            db.execute(
                "UPDATE mailbox SET wish_subscribed = coalesce(wish_subscribed, 1) WHERE id = ?",
                (mailbox_id,),
            )


def _below(
    db: Connection, account_id: int, wire_name: bytes, delimiter: str
) -> list[tuple[MailboxId, bytes, str]]:
    above = wire_name + delimiter.encode()
    rows = db.execute(
        "SELECT id, wire_name, name FROM mailbox WHERE account_id = ? AND created = 1"
        " AND substr(wire_name, 1, ?) = ?",
        (account_id, len(above), above),
    )
    return [(MailboxId(id_), wire, name) for id_, wire, name in rows]


def _take_name(db: Connection, mailbox_id: MailboxId, wire_name: bytes, name: str) -> MailboxId:
    """Give a mailbox a name; whoever had it becomes one with it. Returns which row remains."""
    other = db.execute(
        "SELECT id FROM mailbox WHERE wire_name = ?2 AND id <> ?1"
        " AND account_id = (SELECT account_id FROM mailbox WHERE id = ?1)",
        (mailbox_id, wire_name),
    ).fetchone()
    if other is not None:
        created = db.execute("SELECT created FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
        if not created[0]:
            _join(db, mailbox_id, other[0])
            return MailboxId(other[0])
        _join(db, other[0], mailbox_id)
    db.execute(
        "UPDATE mailbox SET wire_name = ?, name = ?, created = 1, missing_at = NULL WHERE id = ?",
        (wire_name, name, mailbox_id),
    )
    return mailbox_id


def _join(db: Connection, gone: MailboxId, into: MailboxId) -> None:
    """All that one mailbox holds is another's. A UID of the one means nothing in the other."""
    db.execute(
        "UPDATE placement SET uid = NULL, unlinked = 1 WHERE mailbox_id = ? AND uid IS NOT NULL",
        (gone,),
    )
    for column in ("mailbox_id", "wish_mailbox_id", "moving_to"):
        db.execute(f"UPDATE placement SET {column} = ? WHERE {column} = ?", (into, gone))
    db.execute(
        "UPDATE OR IGNORE mailbox_loss SET mailbox_id = ? WHERE mailbox_id = ?", (into, gone)
    )
    db.execute("DELETE FROM mailbox WHERE id = ?", (gone,))


def hear_subscribed(db: Connection, mailbox_id: MailboxId, *, on: bool) -> None:
    """The server was told; a wish made meanwhile stays."""
    with write(db):
        db.execute(
            "UPDATE mailbox SET wish_subscribed = NULL WHERE id = ? AND wish_subscribed = ?",
            (mailbox_id, on),
        )


def refuse_mailbox(db: Connection, said: Mailbox, code: str) -> None:
    """The server said no. The wish stays, and a later pass tries again.

    `said` is the mailbox as it was when its wish was told: one made meanwhile was not refused.
    """
    with write(db):
        db.execute(
            "UPDATE mailbox SET naming = NULL, refused = iif(wish_name IS ?2"
            " AND wish_subscribed IS ?3, ?4, refused) WHERE id = ?1",
            (said.id, said.wish_name, said.wish_subscribed, code),
        )

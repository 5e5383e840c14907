"""Mailboxes as the screen and the command line ask for them."""

from __future__ import annotations

from store.db.open import Connection
from store.errors import Usage
from store.model.ids import AccountId, MailboxId
from store.model.mailbox import Mailbox, Role

COLUMNS = (
    "id, account_id, coalesce(wish_name, name), wire_name, delimiter, role, uidvalidity, uidnext,"
    " highestmodseq, total, unread, missing_at, created, wish_name, naming, wish_subscribed,"
    " refused"
)
NAMES_WISHED = (
    "(created = 0 OR wish_name IS NOT NULL OR naming IS NOT NULL OR wish_subscribed IS NOT NULL)"
)
"""Word for word the condition of the index mailbox_wished, so that SQLite uses it."""
ORDER = {role: n for n, role in enumerate((Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE))}


def mailboxes(db: Connection, account_id: AccountId | None = None) -> list[Mailbox]:
    """All mailboxes (of one account): INBOX first, then those with a role, then by name."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM mailbox WHERE ?1 IS NULL OR account_id = ?1 ORDER BY account_id",
        (account_id,),
    )
    found = [_mailbox(row) for row in rows]
    return sorted(found, key=lambda m: (m.account_id, ORDER.get(m.role, 9), m.name.casefold()))


def mailbox(db: Connection, mailbox_id: MailboxId) -> Mailbox:
    """One mailbox.

    Raises:
        Usage: `mailbox.unknown`.
    """
    row = db.execute(f"SELECT {COLUMNS} FROM mailbox WHERE id = ?", (mailbox_id,)).fetchone()
    if row is None:
        raise Usage("mailbox.unknown", mailbox=mailbox_id)
    return _mailbox(row)


def mailbox_by_role(db: Connection, account_id: AccountId, role: Role) -> Mailbox | None:
    """The account's mailbox with this role; None when it has none the server still lists."""
    row = db.execute(
        f"SELECT {COLUMNS} FROM mailbox WHERE account_id = ? AND role = ? AND missing_at IS NULL"
        " ORDER BY id LIMIT 1",
        (account_id, role.value),
    ).fetchone()
    return None if row is None else _mailbox(row)


def find_mailboxes(db: Connection, name: str, account_id: AccountId | None = None) -> list[Mailbox]:
    """The mailboxes called `name`, or with that role, in every account or in one.

    `account/name` names one account's.

    Raises:
        Usage: `mailbox.unknown`.
    """
    wanted = name.casefold()
    names = dict(db.execute("SELECT id, name FROM account").fetchall())
    found = [
        m
        for m in mailboxes(db, account_id)
        if wanted
        in (
            m.name.casefold(),
            m.role.value or None,
            f"{names[m.account_id]}/{m.name}".casefold(),
        )
    ]
    if not found:
        raise Usage("mailbox.unknown", mailbox=name)
    return found


def mailbox_of_account(db: Connection, name: str, account_id: AccountId) -> Mailbox:
    """The one mailbox of an account called `name`, or with that role.

    Raises:
        Usage: `mailbox.unknown`.
    """
    return find_mailboxes(db, name, account_id)[0]


def names_wished(db: Connection, account_id: AccountId) -> bool:
    """Whether a mailbox is to be made, renamed or subscribed to, and the server did not say no."""
    row = db.execute(
        f"SELECT 1 FROM mailbox WHERE account_id = ? AND {NAMES_WISHED} AND refused = ''"
        " AND missing_at IS NULL LIMIT 1",
        (account_id,),
    ).fetchone()
    return row is not None


def _mailbox(row: tuple[object, ...]) -> Mailbox:
    def number(value: object) -> int | None:
        return None if value is None else int(str(value))

    wire_name = row[3]
    assert isinstance(wire_name, bytes)
    return Mailbox(
        id=MailboxId(int(str(row[0]))),
        account_id=AccountId(int(str(row[1]))),
        name=str(row[2]),
        wire_name=wire_name,
        delimiter=str(row[4]),
        role=Role(str(row[5])),
        uidvalidity=number(row[6]),
        uidnext=number(row[7]),
        highestmodseq=number(row[8]),
        total=int(str(row[9])),
        unread=int(str(row[10])),
        missing_at=number(row[11]),
        created=row[12] == 1,
        wish_name=None if row[13] is None else str(row[13]),
        naming=row[14] if isinstance(row[14], bytes) else None,
        wish_subscribed=None if row[15] is None else row[15] == 1,
        refused=str(row[16]),
    )

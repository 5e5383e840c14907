"""Accounts: added by the person, their link reported by the node."""

from __future__ import annotations

from store.db.link import note
from store.db.open import Connection, write
from store.errors import Usage
from store.model.account import (
    Account,
    DraftsKept,
    Endpoint,
    Incoming,
    Link,
    Login,
    Profile,
    Receipts,
    SentBy,
    Signs,
    Tls,
)
from store.model.ids import AccountId
from store.model.link import LinkReport

COLUMNS = (
    "id, name, address, display_name, imap_host, imap_port, smtp_host, smtp_port, tls, user,"
    " password_file, password_command, ca, client_cert, client_key, profile, link,"
    " last_synced_at, last_error, sync_wanted_at, auto_profile, capabilities, login, token_command,"
    " client_password_file, incoming, pop3_delete_days, smtp_tls, drafts, sign,"
    " sent_by, receipts, undo_seconds"
)


def add_account(
    db: Connection,
    *,
    name: str,
    address: str,
    imap: Endpoint,
    smtp: Endpoint,
    user: str,
    display_name: str = "",
    tls: Tls = Tls.IMPLICIT,
    password_file: str = "",
    password_command: str = "",
    ca: str = "system",
    client_cert: str = "",
    client_key: str = "",
    profile: Profile = Profile.AUTO,
    drafts: DraftsKept = DraftsKept.SERVER,
    login: Login = Login.PASSWORD,
    token_command: str = "",
    client_password_file: str = "",
    incoming: Incoming = Incoming.IMAP,
    pop3_delete_days: int | None = None,
    smtp_tls: Tls | None = None,
    sign: Signs = Signs.ASKED,
    sent_by: SentBy = SentBy.APPEND,
    receipts: Receipts = Receipts.ASK,
    undo_seconds: int = 10,
) -> AccountId:
    """Add an account and return its id.

    Raises:
        Usage: `account.name_taken`.
    """
    with write(db):
        if db.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone():
            raise Usage("account.name_taken", account=name)
        row = db.execute(
            "INSERT INTO account (name, address, display_name, imap_host, imap_port, smtp_host,"
            " smtp_port, tls, user, password_file, password_command, ca, client_cert, client_key,"
            " profile, login, token_command, client_password_file, incoming, pop3_delete_days,"
            " smtp_tls, drafts, sign, sent_by, receipts, undo_seconds)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " RETURNING id",
            (
                *(name, address, display_name, imap.host, imap.port, smtp.host, smtp.port),
                *(tls.value, user, password_file, password_command, ca, client_cert, client_key),
                *(profile.value, login.value, token_command, client_password_file),
                *(incoming.value, pop3_delete_days, smtp_tls or "", drafts.value, sign.value),
                *(sent_by.value, receipts.value, undo_seconds),
            ),
        ).fetchone()
    return AccountId(row[0])


def change_account(db: Connection, changed: Account) -> None:
    """Write what the person wishes of an account; what the node knows of it stays.

    Where another server or another user is meant, no UID held means anything there: the mailboxes
    are numbered anew at the next pass, and the letters found again by what they are.
    """
    with write(db):
        before = account(db, changed.id)
        db.execute(
            "UPDATE account SET address = ?, display_name = ?, imap_host = ?, imap_port = ?,"
            " smtp_host = ?, smtp_port = ?, tls = ?, user = ?, password_file = ?,"
            " password_command = ?, ca = ?, client_cert = ?, client_key = ?, profile = ?,"
            " login = ?, token_command = ?, client_password_file = ?, pop3_delete_days = ?,"
            " smtp_tls = ?, drafts = ?, sign = ?, sent_by = ?, receipts = ?, undo_seconds = ?"
            " WHERE id = ?",
            (
                *(changed.address, changed.display_name, changed.imap.host, changed.imap.port),
                *(changed.smtp.host, changed.smtp.port, changed.tls.value, changed.user),
                *(changed.password_file, changed.password_command, changed.ca),
                *(changed.client_cert, changed.client_key, changed.profile.value),
                *(changed.login.value, changed.token_command, changed.client_password_file),
                *(
                    changed.pop3_delete_days,
                    changed.smtp_tls or "",
                    changed.drafts.value,
                    changed.sign.value,
                    changed.sent_by.value,
                    changed.receipts.value,
                    changed.undo_seconds,
                    changed.id,
                ),
            ),
        )
        if (before.imap.host, before.user) != (changed.imap.host, changed.user):
            db.execute(
                "UPDATE mailbox SET uidvalidity = 0, highestmodseq = NULL"
                " WHERE account_id = ? AND uidvalidity IS NOT NULL",
                (changed.id,),
            )


def accounts(db: Connection) -> list[Account]:
    """All accounts, in the order they were added."""
    return [_account(row) for row in db.execute(f"SELECT {COLUMNS} FROM account ORDER BY id")]


def account(db: Connection, account_id: AccountId) -> Account:
    """One account.

    Raises:
        Usage: `account.unknown`.
    """
    row = db.execute(f"SELECT {COLUMNS} FROM account WHERE id = ?", (account_id,)).fetchone()
    if row is None:
        raise Usage("account.unknown", account=account_id)
    return _account(row)


def account_by_name(db: Connection, name: str) -> Account:
    """The account the command line calls `name`.

    Raises:
        Usage: `account.unknown`.
    """
    row = db.execute(f"SELECT {COLUMNS} FROM account WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise Usage("account.unknown", account=name)
    return _account(row)


def set_link(
    db: Connection,
    account_id: AccountId,
    link: Link,
    *,
    error: str = "",
    synced_at: int | None = None,
    report: LinkReport | None = None,
) -> None:
    """Write what the node knows of the line, and what using it cost, in one commit.

    Writes nothing when nothing changed.
    """
    with write(db):
        db.execute(
            "UPDATE account SET link = :link, last_error = :error,"
            " last_synced_at = coalesce(:synced_at, last_synced_at) WHERE id = :id"
            " AND (link <> :link OR last_error <> :error OR :synced_at IS NOT NULL)",
            {"id": account_id, "link": link.value, "error": error, "synced_at": synced_at},
        )
        if report is not None:
            note(db, account_id, report)


def set_capabilities(db: Connection, account_id: AccountId, words: str) -> None:
    """Write what the IMAP server offered. Writes nothing when nothing changed."""
    with write(db):
        db.execute(
            "UPDATE account SET capabilities = :words WHERE id = :id AND capabilities <> :words",
            {"id": account_id, "words": words},
        )


def want_sync(db: Connection, account_id: AccountId, now: int) -> int:
    """Wish for a pass that begins after `now`; a running node sees it at once.

    Returns when it was wished, later than any wish of the last hour: two in one second, or one made
    just after the clock was set back, are not taken for the one before.
    """
    with write(db):
        (wished_at,) = db.execute(
            "UPDATE account SET sync_wanted_at = CASE WHEN :now BETWEEN sync_wanted_at - 3600"
            " AND sync_wanted_at THEN sync_wanted_at + 1 ELSE :now END WHERE id = :id"
            " RETURNING sync_wanted_at",
            {"now": now, "id": account_id},
        ).fetchone()
    return int(wished_at)


def _account(row: tuple[object, ...]) -> Account:
    (id_, name, address, display, imap_host, imap_port, smtp_host, smtp_port, tls, user) = row[:10]
    (file, command, ca, cert, cert_key, profile, link, synced_at, error) = row[10:19]
    wanted_at, auto, capabilities, login, token, client_password, incoming, days = row[19:27]
    return Account(
        id=AccountId(int(str(id_))),
        name=str(name),
        address=str(address),
        display_name=str(display),
        imap=Endpoint(host=str(imap_host), port=int(str(imap_port))),
        smtp=Endpoint(host=str(smtp_host), port=int(str(smtp_port))),
        tls=Tls(str(tls)),
        user=str(user),
        password_file=str(file),
        password_command=str(command),
        ca=str(ca),
        client_cert=str(cert),
        client_key=str(cert_key),
        profile=Profile(str(profile)),
        auto_profile=Profile(str(auto)),
        link=Link(str(link)),
        last_synced_at=None if synced_at is None else int(str(synced_at)),
        last_error=str(error),
        sync_wanted_at=int(str(wanted_at)),
        capabilities=str(capabilities),
        login=Login(str(login)),
        token_command=str(token),
        client_password_file=str(client_password),
        incoming=Incoming(str(incoming)),
        pop3_delete_days=None if days is None else int(str(days)),
        smtp_tls=Tls(str(row[27])) if row[27] else None,
        drafts=DraftsKept(str(row[28])),
        sign=Signs(str(row[29])),
        sent_by=SentBy(str(row[30])),
        receipts=Receipts(str(row[31])),
        undo_seconds=int(str(row[32])),
    )

"""Which received letters have still to be looked at for the practice's own software."""

from __future__ import annotations

from store.db.document_rows import NOT_RECEIVED, shown
from store.db.open import Connection
from store.model.ids import AccountId, EmailId

NOT_ASIDE = (
    "(NOT EXISTS (SELECT 1 FROM placement WHERE email_id = e.id) OR "
    + shown("e.id", aside=NOT_RECEIVED)
    + ")"
)


def letters_to_export(db: Connection, account_id: AccountId, limit: int) -> list[EmailId]:
    """Whole letters received since the account has settings, read and opened, oldest first.

    Ours are left out, for what was sent comes back from its mailbox; and what lies in Drafts, Junk,
    Trash or Sent alone: a stranger's junk must not reach the records of patients. One that is still
    sealed waits for a key: its documents would never be looked for again.
    """
    rows = db.execute(
        "SELECT e.id FROM email AS e JOIN author USING (account_id)"
        " WHERE e.account_id = ? AND e.id > author.exports_after AND e.digest IS NOT NULL"
        " AND e.derived_version > 0 AND e.attachments > 0"
        " AND NOT EXISTS (SELECT 1 FROM email_exported AS x WHERE x.email_id = e.id)"
        " AND e.id NOT IN (SELECT email_id FROM email_opened WHERE version = 0"
        "  OR sealed = 1 AND stopped <> '' AND digest IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM account WHERE lower(address) = lower(e.sender_email))"
        f" AND {NOT_ASIDE}"
        " ORDER BY e.id LIMIT ?",
        (account_id, limit),
    )
    return [EmailId(row[0]) for row in rows]


def note_exported_within(db: Connection, email_id: EmailId, *, now: int) -> bool:
    """It has been looked at. Call inside `write`, with the files that came of it.

    False when another process did so first, or the letter is gone.
    """
    done = db.execute(
        "INSERT OR IGNORE INTO email_exported (email_id, looked_at)"
        " SELECT id, ? FROM email WHERE id = ?",
        (now, email_id),
    )
    return bool(done.rowcount)

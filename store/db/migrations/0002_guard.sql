-- Guard: letters the server no longer has, and the person who is asked about them (docs/sync.md).

ALTER TABLE placement ADD COLUMN lost INTEGER NOT NULL DEFAULT 0
    CHECK (lost IN (0, 1)); -- fact: the server no longer has it and did not say why; it keeps its UID, never uploaded
ALTER TABLE placement ADD COLUMN kept INTEGER NOT NULL DEFAULT 0
    CHECK (kept IN (0, 1)); -- wish: keep it here all the same; of a lost letter only
CREATE INDEX placement_lost ON placement (mailbox_id, kept, deleted, uid) WHERE lost = 1;

-- A question to the person: asked while one of the lost letters of the mailbox is not kept.
CREATE TABLE mailbox_loss (
    mailbox_id INTEGER PRIMARY KEY REFERENCES mailbox(id) ON DELETE CASCADE,
    held INTEGER NOT NULL,                   -- fact: how many letters were held when they were missed
    noticed_at INTEGER NOT NULL              -- fact: Unix seconds
) STRICT;

-- Mailboxes made, renamed and subscribed to here, whether or not the line is up (store/db/naming.py).
ALTER TABLE mailbox ADD COLUMN created INTEGER NOT NULL DEFAULT 1
    CHECK (created IN (0, 1)); -- fact: 0 while the server never had it; its wire_name is then ours, and begins with NUL
ALTER TABLE mailbox ADD COLUMN wish_name TEXT;       -- wish: what it is to be called; NULL to keep its name
ALTER TABLE mailbox ADD COLUMN naming BLOB;          -- fact: the wire name of the CREATE or RENAME in flight; NULL when none is
ALTER TABLE mailbox ADD COLUMN wish_subscribed INTEGER
    CHECK (wish_subscribed IN (0, 1));               -- wish: subscribe or unsubscribe; NULL once it was told
ALTER TABLE mailbox ADD COLUMN refused TEXT NOT NULL DEFAULT ''; -- fact: MailError.code of the server's last no to one of these
CREATE INDEX mailbox_wished ON mailbox (account_id)
    WHERE created = 0 OR wish_name IS NOT NULL OR naming IS NOT NULL OR wish_subscribed IS NOT NULL;

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

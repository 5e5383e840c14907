-- Drafts kept on the server (docs/sync.md, "Drafts").

ALTER TABLE account ADD COLUMN drafts TEXT NOT NULL DEFAULT 'server'
    CHECK (drafts IN ('server', 'local')); -- wish: where its drafts are kept

ALTER TABLE draft ADD COLUMN revision INTEGER NOT NULL DEFAULT 1; -- wish: counts the changes
ALTER TABLE draft ADD COLUMN
    copy_at INTEGER NOT NULL DEFAULT 0;      -- wish: to be put on the server, not before this, Unix seconds
ALTER TABLE draft ADD COLUMN refused TEXT NOT NULL DEFAULT '';    -- fact: code of why this revision cannot be put there; '' while nothing forbids it

-- The versions of a draft that were put on the server, or taken up from there. Of several, the one
-- with the highest revision stays; the others go once the server is known to have it.
CREATE TABLE draft_copy (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    draft_id INTEGER NOT NULL REFERENCES draft(id) ON DELETE CASCADE,
    placement_id INTEGER UNIQUE REFERENCES placement(id) ON DELETE SET NULL, -- NULL: the server no longer has it
    revision INTEGER NOT NULL,               -- fact: the revision of the draft that it holds; 0 when taken up
    names TEXT NOT NULL                      -- fact: its Message-ID, after those it came from; separated by one space
) STRICT;
CREATE INDEX draft_copy_of ON draft_copy (draft_id, revision);

-- A draft that was sent or thrown away is nobody's letter any more, wherever it was kept.
CREATE TRIGGER draft_ended BEFORE DELETE ON draft BEGIN
    UPDATE placement SET deleted = 1 WHERE deleted = 0 AND id IN
        (SELECT placement_id FROM draft_copy WHERE draft_id = old.id);
END;

ALTER TABLE email ADD COLUMN in_reply_to TEXT NOT NULL DEFAULT ''; -- derived: Message-ID, without brackets
ALTER TABLE email ADD COLUMN supersedes TEXT NOT NULL DEFAULT '';  -- derived: of a draft, the versions before it; separated by one space
CREATE INDEX email_supersedes ON email (account_id) WHERE supersedes <> '';

-- Who is named in Bcc was not kept: a draft that is here already is read again.
UPDATE email SET derived_version = 0 WHERE id IN
    (SELECT email_id FROM placement JOIN mailbox ON mailbox.id = mailbox_id WHERE role = 'drafts');

-- Lanes, and the documents of letters that are not whole: told before any is downloaded, and fetched
-- one by one when a person asks for one (docs/decisions/0006-one-document.md).

ALTER TABLE email_outline ADD COLUMN kind TEXT NOT NULL DEFAULT ''
    CHECK (kind IN ('', 'result', 'image'));                  -- fact: store/model/structure.py Kind
ALTER TABLE email_outline ADD COLUMN structure_asked INTEGER NOT NULL DEFAULT 0; -- fact: how often, raised before each
ALTER TABLE email_outline ADD COLUMN structured INTEGER NOT NULL DEFAULT 0
    CHECK (structured IN (0, 1));                             -- fact: announced_part is what its server says

-- A part as the server says it is (BODYSTRUCTURE). It ends when the whole letter is derived, after
-- what came of it alone was compared with what the letter holds.
CREATE TABLE announced_part (
    email_id INTEGER NOT NULL REFERENCES email(id) ON DELETE CASCADE,
    number TEXT NOT NULL,                    -- IMAP section
    position INTEGER NOT NULL,               -- order of appearance, from 0
    media_type TEXT NOT NULL,
    charset TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    disposition TEXT NOT NULL DEFAULT '',
    transfer_encoding TEXT NOT NULL,
    length INTEGER NOT NULL,                 -- fact: encoded octets, as the server says
    is_body INTEGER NOT NULL DEFAULT 0 CHECK (is_body IN (0, 1)),
    wanted_at INTEGER NOT NULL DEFAULT 0,    -- wish: this one alone, asked for then, Unix seconds; 0 for never
    manner TEXT NOT NULL DEFAULT ''
        CHECK (manner IN ('', 'binary', 'encoded')), -- fact: what its ranges are of; '' while there are none
    no_binary INTEGER NOT NULL DEFAULT 0 CHECK (no_binary IN (0, 1)), -- fact: its server cannot decode it
    size INTEGER,                            -- fact: decoded octets, as the server says; NULL before it does
    held INTEGER NOT NULL DEFAULT 0,         -- fact: octets in announced_part_range, from the first on
    chain BLOB NOT NULL DEFAULT x'',         -- fact: running SHA-256, of itself and each next range
    digest BLOB REFERENCES blob(digest),     -- fact: the decoded octets, once all are here; NULL before
    refused TEXT NOT NULL DEFAULT '',        -- fact: why it cannot come alone; '' while it can
    text_state TEXT NOT NULL DEFAULT 'none'
        CHECK (text_state IN ('none', 'wanted', 'ready', 'unreadable')), -- fact: text of a PDF
    text TEXT NOT NULL DEFAULT '',           -- fact: text of a PDF, not yet made safe to show
    PRIMARY KEY (email_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX announced_part_wanted ON announced_part (wanted_at)
    WHERE wanted_at > 0 AND digest IS NULL AND refused = '';
CREATE INDEX announced_part_digest ON announced_part (digest) WHERE digest IS NOT NULL;
CREATE INDEX announced_part_text ON announced_part (email_id) WHERE text_state = 'wanted';

CREATE TABLE announced_part_range (
    email_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    offset INTEGER NOT NULL,                 -- octets before it in the part
    octets BLOB NOT NULL,                    -- fact: as received
    PRIMARY KEY (email_id, number, offset),
    FOREIGN KEY (email_id, number) REFERENCES announced_part(email_id, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

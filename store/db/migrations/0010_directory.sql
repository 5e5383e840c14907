-- The directory: what a person keeps of it, whom they have written to, where it is asked for.
-- The national extracts are in a file of their own (docs/decisions/0008-directory-file.md).

-- A person's own entries. No import ever touches them.
CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation INTEGER NOT NULL CHECK (organisation IN (0, 1)), -- wish: no person but a place
    name TEXT NOT NULL,                      -- wish
    profession TEXT NOT NULL DEFAULT '',     -- wish
    town TEXT NOT NULL DEFAULT '',           -- wish
    national_id TEXT NOT NULL DEFAULT '',    -- wish: 8 and an RPPS, 0 and an ADELI
    words TEXT NOT NULL,                     -- derived: all of it, bare (store/db/fold.py), a space before
    created_at INTEGER NOT NULL              -- Unix seconds
) STRICT;
CREATE TABLE contact_address (
    contact_id INTEGER NOT NULL REFERENCES contact(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    email TEXT NOT NULL COLLATE NOCASE,      -- wish: of any network
    PRIMARY KEY (contact_id, position),
    UNIQUE (contact_id, email)
) STRICT, WITHOUT ROWID;

-- Whom letters were queued for, by whoever queued them. They come first in what is found.
CREATE TABLE correspondent (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    times INTEGER NOT NULL,
    last_written_at INTEGER NOT NULL         -- Unix seconds
) STRICT;
CREATE VIRTUAL TABLE correspondent_words USING fts5(
    email, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
CREATE TRIGGER correspondent_named AFTER INSERT ON correspondent BEGIN
    INSERT INTO correspondent_words (rowid, email) VALUES (new.id, new.email);
END;
CREATE TRIGGER correspondent_written AFTER INSERT ON submission_recipient BEGIN
    INSERT INTO correspondent (email, times, last_written_at)
    SELECT new.email, 1, s.created_at FROM email_submission AS s WHERE s.id = new.submission_id
    ON CONFLICT (email) DO UPDATE SET times = times + 1,
           last_written_at = max(last_written_at, excluded.last_written_at);
END;
INSERT INTO correspondent (email, times, last_written_at)
SELECT r.email, count(*), max(s.created_at)
  FROM submission_recipient AS r JOIN email_submission AS s ON s.id = r.submission_id
 GROUP BY r.email COLLATE NOCASE;

-- Where the directory comes from by itself, and who is asked live. Secrets are elsewhere.
CREATE TABLE directory_source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,               -- wish: what the command line calls it
    kind TEXT NOT NULL CHECK (kind IN ('extract', 'ldap', 'fhir')),
    url TEXT NOT NULL,                       -- wish: https:, ldaps:, or ldap: with STARTTLS
    ca TEXT NOT NULL DEFAULT 'system',       -- wish: 'system', 'igc-sante' or a path
    base TEXT NOT NULL DEFAULT '',           -- wish: LDAP, where to look
    user TEXT NOT NULL DEFAULT '',           -- wish: LDAP, as whom
    secret_file TEXT NOT NULL DEFAULT '',    -- wish: a path, never a secret
    secret_command TEXT NOT NULL DEFAULT '', -- wish: run without a shell each time
    asked_at INTEGER NOT NULL DEFAULT 0,     -- wish: fetch it now, whatever it costs, Unix seconds; 0 for never
    etag TEXT NOT NULL DEFAULT '',           -- fact: of what was imported last
    modified TEXT NOT NULL DEFAULT '',       -- fact: its Last-Modified, as the server writes it
    size INTEGER NOT NULL DEFAULT 0,         -- fact: octets of it; 0 before the first
    part_etag TEXT NOT NULL DEFAULT '',      -- fact: of what is being fetched; '' when nothing is
    checked_at INTEGER NOT NULL DEFAULT 0,   -- fact: when the server was last asked, Unix seconds; 0 for never
    last_error TEXT NOT NULL DEFAULT ''      -- fact: MailError.code, '' when it went well
) STRICT;

-- A question to the live sources. The screen asks and goes on; the node answers when it can.
CREATE TABLE directory_lookup (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    query TEXT NOT NULL,                     -- wish
    asked_at INTEGER NOT NULL,               -- wish: Unix seconds
    answered_at INTEGER,                     -- fact: Unix seconds; NULL while nobody has
    last_error TEXT NOT NULL DEFAULT '',     -- fact: code of what went wrong; '' when nothing did
    people TEXT NOT NULL DEFAULT '[]'        -- fact: JSON of store/model/directory.py Person
) STRICT;

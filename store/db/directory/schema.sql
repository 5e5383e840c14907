-- The imported directory, in a file of its own: docs/decisions/0008-directory-file.md.
-- Nothing here was written by a person; all of it can be imported again.

-- What was imported last of each kind of extract.
CREATE TABLE snapshot (
    number INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,             -- store/model/directory.py Source
    digest BLOB NOT NULL,                    -- SHA-256 of the file as it was given
    taken_at INTEGER NOT NULL,               -- when it was published, Unix seconds
    imported_at INTEGER NOT NULL,            -- Unix seconds
    listings INTEGER NOT NULL,               -- lines held
    odd INTEGER NOT NULL                     -- lines left out, for they could not be read
) STRICT;

CREATE TABLE label (
    id INTEGER PRIMARY KEY,
    words TEXT NOT NULL UNIQUE               -- a profession, a speciality
) STRICT;

-- One line of an extract. Words are as published.
CREATE TABLE listing (
    id INTEGER PRIMARY KEY,
    snapshot INTEGER NOT NULL,               -- snapshot.number; no REFERENCES here: each would be looked up for each line
    digest INTEGER NOT NULL,                 -- 8 octets of the BLAKE2b of the line: it says whether it is held
    national_id TEXT NOT NULL,               -- 8 and an RPPS, 0 and an ADELI; '' for an organisation
    email TEXT NOT NULL,                     -- '' when none is published
    box TEXT NOT NULL,                       -- whose mailbox: 'PER', 'ORG'...; '' in an extract without any
    title TEXT NOT NULL,
    family TEXT NOT NULL,
    given TEXT NOT NULL,
    profession INTEGER,                      -- label.id
    speciality INTEGER,                      -- label.id
    structure_id TEXT NOT NULL,              -- 1 and a FINESS, 3 and a SIRET, 4 and an RPPS with a rank
    structure TEXT NOT NULL,
    service TEXT NOT NULL,
    street TEXT NOT NULL,
    postcode TEXT NOT NULL,
    town TEXT NOT NULL,
    phone TEXT NOT NULL,
    paperless INTEGER NOT NULL CHECK (paperless IN (0, 1)), -- takes documents without paper
    sorting TEXT NOT NULL                    -- family and given name, else the structure: bare (store/db/fold.py)
) STRICT;
CREATE INDEX listing_sorting ON listing (sorting);
CREATE INDEX listing_email ON listing (email COLLATE NOCASE) WHERE email <> '';
CREATE INDEX listing_national_id ON listing (national_id) WHERE national_id <> '';

-- Bare words only. No prefix index: see docs/decisions/0008-directory-file.md.
CREATE VIRTUAL TABLE listing_words USING fts5(
    name, rest, content = '', contentless_delete = 1, detail = column,
    tokenize = "unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE word USING fts5vocab('listing_words', 'row');

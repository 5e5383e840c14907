-- Health documents that letters hold: read once, shown by patient, and never hidden.
-- Everything here is derived from letters and can be made anew, but for what a person acknowledged.

ALTER TABLE email ADD COLUMN documents_version INTEGER; -- fact: reader of documents that read it; 0 = to be read, NULL = nothing in it can be one
ALTER TABLE email ADD COLUMN health INTEGER NOT NULL DEFAULT 0; -- fact: store/model/health.py Health, of its documents together
CREATE INDEX email_documents ON email (documents_version)
    WHERE documents_version IS NOT NULL AND digest IS NOT NULL AND derived_version > 0;
CREATE INDEX email_health ON email (received_at, health) WHERE health > 0;
UPDATE email SET documents_version = 0 WHERE attachments > 0
    OR EXISTS (SELECT 1 FROM email_body WHERE email_id = id AND body LIKE '%****%');

-- Who documents are about, as grouped from all they say (sync/documents/grouping.py).
CREATE TABLE patient (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    birth_name TEXT NOT NULL DEFAULT '',     -- as the identity that says most has it: words from outside
    used_name TEXT NOT NULL DEFAULT '',
    given_name TEXT NOT NULL DEFAULT '',
    birth_day TEXT NOT NULL DEFAULT '',      -- '1979-03-28', '1979-03', '1979' or ''
    sex TEXT NOT NULL DEFAULT '',            -- store/model/document.py Sex
    ins TEXT NOT NULL DEFAULT '',            -- only one whose key holds
    certainty TEXT NOT NULL,                 -- store/model/health.py Certainty
    conflict INTEGER NOT NULL DEFAULT 0 CHECK (conflict IN (0, 1)), -- somebody else is told of under the same number
    words TEXT NOT NULL DEFAULT ''           -- bare names and days, a blank before each (store/db/fold.py)
) STRICT;

-- One way in which a patient is told of; documents that say the same of them share it.
CREATE TABLE identity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint BLOB NOT NULL UNIQUE,        -- SHA-256 of what it says
    traits BLOB NOT NULL,                    -- store/model/document.py Traits, packed
    patient_id INTEGER REFERENCES patient(id) ON DELETE SET NULL,
    certainty TEXT NOT NULL DEFAULT ''       -- how sure it is that this is that patient
) STRICT;
CREATE INDEX identity_patient ON identity (patient_id);

-- What two identities of one person could have in common; two that share no key are never compared.
CREATE TABLE identity_key (
    key TEXT NOT NULL,
    identity_id INTEGER NOT NULL REFERENCES identity(id) ON DELETE CASCADE,
    PRIMARY KEY (key, identity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_key_identity ON identity_key (identity_id);

-- What their comparison gave; both ways round. Different ones have no row.
CREATE TABLE identity_likeness (
    one INTEGER NOT NULL REFERENCES identity(id) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES identity(id) ON DELETE CASCADE,
    certainty TEXT NOT NULL,                 -- store/model/health.py Certainty
    reasons TEXT NOT NULL,                   -- codes, a blank between
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_likeness_other ON identity_likeness (other);

-- Identities whose last document may have gone: to be grouped anew, or forgotten.
CREATE TABLE identity_to_check (
    identity_id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE health_document (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email_id INTEGER NOT NULL REFERENCES email(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,               -- among the documents of its letter, from 0
    part TEXT NOT NULL,                      -- number of the part it came in
    fingerprint BLOB NOT NULL,               -- of the file it came in, and its place there: the same in a copy of the letter
    format TEXT NOT NULL,                    -- store/model/document.py Format
    identifier_root TEXT NOT NULL DEFAULT '',
    identifier TEXT NOT NULL DEFAULT '',
    set_root TEXT NOT NULL DEFAULT '',
    set_identifier TEXT NOT NULL DEFAULT '',
    version INTEGER,
    status TEXT NOT NULL DEFAULT '',         -- store/model/document.py Status
    corrects INTEGER NOT NULL DEFAULT 0 CHECK (corrects IN (0, 1)), -- it takes the place of an earlier one that it does not name
    title TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    code_system TEXT NOT NULL DEFAULT '',
    made_at INTEGER NOT NULL DEFAULT 0,      -- when it says that it was made, else its letter, Unix seconds
    service TEXT NOT NULL DEFAULT '',        -- when what it tells of was done, as said
    day TEXT NOT NULL DEFAULT '',            -- of what it tells: '2026-11-24'; of the letter when it says none
    author TEXT NOT NULL DEFAULT '',
    worst TEXT NOT NULL DEFAULT '',          -- the gravest of its results: store/model/document.py Abnormality
    identity_id INTEGER REFERENCES identity(id) ON DELETE SET NULL,
    superseded_by INTEGER REFERENCES health_document(id) ON DELETE SET NULL,
    superseded_how TEXT NOT NULL DEFAULT '', -- store/model/health.py Superseding; '' while nothing took its place
    coding TEXT NOT NULL,
    facts BLOB NOT NULL,                     -- store/model/document.py HealthDocument, its files apart
    UNIQUE (email_id, position)
) STRICT;
CREATE INDEX health_document_identifier ON health_document (identifier, identifier_root) WHERE identifier <> '';
CREATE INDEX health_document_set ON health_document (set_identifier, set_root) WHERE set_identifier <> '';
CREATE INDEX health_document_identity ON health_document (identity_id);
CREATE INDEX health_document_corrects ON health_document (identity_id) WHERE corrects = 1;
CREATE INDEX health_document_superseded ON health_document (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX health_document_fingerprint ON health_document (fingerprint);
CREATE TRIGGER health_document_leaves AFTER DELETE ON health_document
WHEN old.identity_id IS NOT NULL BEGIN
    INSERT OR IGNORE INTO identity_to_check (identity_id) VALUES (old.identity_id);
END;
CREATE TRIGGER health_document_is_of_another AFTER UPDATE OF identity_id ON health_document
WHEN old.identity_id IS NOT NULL AND old.identity_id IS NOT new.identity_id BEGIN
    INSERT OR IGNORE INTO identity_to_check (identity_id) VALUES (old.identity_id);
END;

-- The documents it says it replaces (CDA relatedDocument RPLC, XDS association RPLC, TXA-13).
CREATE TABLE document_replaces (
    document_id INTEGER NOT NULL REFERENCES health_document(id) ON DELETE CASCADE,
    root TEXT NOT NULL,
    extension TEXT NOT NULL,
    PRIMARY KEY (document_id, root, extension)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_replaces_identifier ON document_replaces (extension, root);

-- A file that a document carries, or is.
CREATE TABLE document_file (
    document_id INTEGER NOT NULL REFERENCES health_document(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,                      -- words from outside
    size INTEGER NOT NULL,                   -- octets
    part TEXT NOT NULL,                      -- number of the part that is this file; '' when it lies inside another
    coding TEXT NOT NULL,
    octets BLOB NOT NULL,                    -- empty when a part is this file
    PRIMARY KEY (document_id, position)
) STRICT;

CREATE TABLE observation (
    document_id INTEGER NOT NULL REFERENCES health_document(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,               -- in HealthDocument.observations
    identity_id INTEGER REFERENCES identity(id) ON DELETE SET NULL,
    analyte TEXT NOT NULL,                   -- what was measured (sync/documents/analyte.py); '' when nobody can say
    label TEXT NOT NULL,
    value TEXT NOT NULL,                     -- as written
    number REAL,                             -- only when it is surely one
    comparator TEXT NOT NULL,
    unit TEXT NOT NULL,                      -- as written
    unit_key TEXT NOT NULL,                  -- the same for two spellings of one unit
    low TEXT NOT NULL,
    high TEXT NOT NULL,
    abnormality TEXT NOT NULL,
    status TEXT NOT NULL,
    day TEXT NOT NULL,                       -- '2026-11-24'; of its document when it says none
    moment INTEGER,                          -- Unix seconds UTC; NULL when only a day was said
    PRIMARY KEY (document_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX observation_analyte ON observation (identity_id, analyte, day);

-- What somebody must see, once, however often its document comes or is read again. It is kept when
-- the document goes: it says nothing of anybody.
CREATE TABLE alert (
    fingerprint BLOB PRIMARY KEY,            -- that of its documents
    first_at INTEGER NOT NULL,               -- fact: when it was first read here, Unix seconds
    late INTEGER NOT NULL CHECK (late IN (0, 1)), -- fact: its letter was old or seen by then: nobody is called
    alerted_at INTEGER NOT NULL DEFAULT 0,   -- wish of the screen: when it was told, Unix seconds; 0 not yet
    seen_at INTEGER NOT NULL DEFAULT 0,      -- wish: when it was first looked at, Unix seconds; 0 not yet
    acknowledged_at INTEGER NOT NULL DEFAULT 0 -- wish: when the person said so, Unix seconds; 0 not yet
) STRICT;
CREATE INDEX alert_open ON alert (first_at) WHERE acknowledged_at = 0 AND late = 0;

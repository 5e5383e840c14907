-- Health documents that are sent, and files for the practice's other programs.

-- Who writes by an account, and what the practice says once for all of its documents.
CREATE TABLE author (
    account_id INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    content TEXT NOT NULL,                   -- wish: its settings file, as given (sync/documents/author_file.py)
    exports_after INTEGER NOT NULL,          -- wish: letters received before are not exported; the last email.id then
    set_at INTEGER NOT NULL                  -- wish: Unix seconds
) STRICT;

-- A document that was told to leave: written in the transaction of its letters and its files.
CREATE TABLE dispatch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    digest BLOB NOT NULL,                    -- wish: SHA-256 of what it was made from, so that the same again is seen
    document TEXT NOT NULL,                  -- wish: JSON; what a correction must name: identifier, set, version, entry
    created_at INTEGER NOT NULL              -- wish: Unix seconds
) STRICT;
CREATE INDEX dispatch_digest ON dispatch (account_id, digest);

-- Where one went: an addr-spec in lower case, or 'dmp'.
CREATE TABLE dispatch_to (
    dispatch_id INTEGER NOT NULL REFERENCES dispatch(id) ON DELETE CASCADE,
    destination TEXT NOT NULL,               -- wish
    PRIMARY KEY (dispatch_id, destination)
) STRICT, WITHOUT ROWID;

-- Files for another program's folder: said before, put there once, said after (sync/dispatch/placing.py).
CREATE TABLE handover (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('dmp', 'hl7', 'hprim')),
    dispatch_id INTEGER REFERENCES dispatch(id) ON DELETE CASCADE,
    email_id INTEGER REFERENCES email(id) ON DELETE SET NULL,
    number INTEGER NOT NULL DEFAULT 1,       -- which document of its letter
    folder TEXT NOT NULL,                    -- wish: absolute path
    answers TEXT NOT NULL DEFAULT '',        -- wish: where the answer is looked for; '' for nowhere
    control_id TEXT NOT NULL DEFAULT '',     -- fact: MSH-10, which the answer names; '' when none can
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN
        ('waiting', 'placing', 'placed', 'accepted', 'refused', 'held', 'canceled')), -- fact, but for canceled
    placed INTEGER NOT NULL DEFAULT 0,       -- fact: how many of its pieces are there
    mount TEXT NOT NULL DEFAULT '',          -- fact: where the disk was mounted on which a piece got its hidden name
    reason TEXT NOT NULL DEFAULT '',         -- fact: code of what keeps it from being placed
    reply TEXT NOT NULL DEFAULT '',          -- fact: what the other program said; words from outside
    created_at INTEGER NOT NULL,             -- Unix seconds
    updated_at INTEGER NOT NULL,             -- Unix seconds
    CHECK ((dispatch_id IS NULL) = (kind <> 'dmp'))
) STRICT;
CREATE INDEX handover_open ON handover (state) WHERE state IN ('waiting', 'placing', 'placed');
CREATE UNIQUE INDEX handover_once ON handover (email_id, number) WHERE email_id IS NOT NULL;
CREATE INDEX handover_dispatch ON handover (dispatch_id);
CREATE INDEX handover_account ON handover (account_id);

CREATE TABLE handover_file (
    handover_id INTEGER NOT NULL REFERENCES handover(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,                      -- wish: in the folder; a first directory is put there whole
    digest BLOB NOT NULL REFERENCES blob(digest), -- wish: its octets
    PRIMARY KEY (handover_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX handover_file_digest ON handover_file (digest);

-- Letters whose documents have been looked at for the practice's software, exported or not.
CREATE TABLE email_exported (
    email_id INTEGER PRIMARY KEY REFERENCES email(id) ON DELETE CASCADE,
    looked_at INTEGER NOT NULL               -- fact: Unix seconds
) STRICT;

-- Documents of which a person told their sender that they were filed, or why they could not be.
CREATE TABLE filing_answer (
    email_id INTEGER PRIMARY KEY REFERENCES email(id) ON DELETE CASCADE,
    code TEXT NOT NULL,                      -- wish: '900' to '906'; '' for filed
    submission_id INTEGER REFERENCES email_submission(id) ON DELETE SET NULL,
    answered_at INTEGER NOT NULL             -- wish: Unix seconds
) STRICT;
CREATE INDEX filing_answer_submission ON filing_answer (submission_id);

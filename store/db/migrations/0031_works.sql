-- What takes long, how far it has come, and what a person wishes of it. No words: names, counts, times.

-- One row per long work that the node does now, or has paused. None at rest. Written by the node; a person
-- who resumes a work takes the row of what stands still away.
CREATE TABLE work (
    name TEXT PRIMARY KEY,                   -- fact: store/model/work.py: 'letters:3', 'part:12/2', 'reading'
    account_id INTEGER REFERENCES account(id) ON DELETE CASCADE, -- fact: whose line it uses; NULL for none
    state TEXT NOT NULL CHECK (state IN ('running', 'paused')), -- fact: what the node does with it
    unit TEXT NOT NULL CHECK (unit IN ('octets', 'letters')), -- fact: what is counted
    done INTEGER NOT NULL,                   -- fact: so many of them
    whole INTEGER,                           -- fact: of so many; NULL while nobody knows
    rate REAL NOT NULL DEFAULT 0,            -- fact: of them in a second, smoothed
    measures INTEGER NOT NULL DEFAULT 0,     -- fact: how often the rate was measured; few make no promise
    heard INTEGER NOT NULL DEFAULT 0,        -- fact: octets that its line brought since it began; 0 where it uses none
    started_at INTEGER NOT NULL,             -- fact: Unix seconds
    changed_at INTEGER NOT NULL              -- fact: when anything last came of it, Unix seconds
) STRICT, WITHOUT ROWID;
CREATE INDEX work_account ON work (account_id);

-- A row is the wish that a work be paused; resuming takes it away. It outlives the node.
CREATE TABLE work_pause (
    name TEXT PRIMARY KEY,                   -- wish: as in `work`
    account_id INTEGER REFERENCES account(id) ON DELETE CASCADE, -- wish: as in `work`
    email_id INTEGER REFERENCES email(id) ON DELETE CASCADE, -- wish: the letter it is about; NULL for none
    wished_at INTEGER NOT NULL,              -- wish: Unix seconds
    newest_email_id INTEGER NOT NULL         -- wish: the last Email then; what came later is new, and goes on
) STRICT, WITHOUT ROWID;
CREATE INDEX work_pause_account ON work_pause (account_id);
CREATE INDEX work_pause_email ON work_pause (email_id);

-- While the letters of an account are paused: what each mailbox held then. Letters above are new, and come.
CREATE TABLE work_floor (
    mailbox_id INTEGER PRIMARY KEY REFERENCES mailbox(id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,            -- fact: of the numbering that `uid` is of
    uid INTEGER NOT NULL                     -- fact: the first UID that was not there yet
) STRICT;

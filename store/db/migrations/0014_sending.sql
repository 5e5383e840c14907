-- Sending signed and sealed letters.

-- Whether a letter may be sealed to a certificate: judged by sync (sync/trust/sealing.py), for the
-- store judges nothing. Without a row nobody has judged it yet, and it counts for nothing.
CREATE TABLE certificate_judged (
    certificate_id INTEGER PRIMARY KEY REFERENCES certificate(id) ON DELETE CASCADE,
    trusted INTEGER NOT NULL CHECK (trusted IN (0, 1)), -- fact: its chain ends at a configured anchor, it is for sealing, not known to be revoked
    until_at INTEGER NOT NULL,               -- fact: the whole chain is valid until then, Unix seconds
    judged_at INTEGER NOT NULL,              -- fact: Unix seconds
    by_what TEXT NOT NULL                    -- fact: digest of the anchors, lists and policy it was judged by
) STRICT;

-- Certificates a directory gave, which the person wishes to have learnt; the row goes once they are.
CREATE TABLE certificate_to_learn (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,                   -- wish
    der BLOB NOT NULL,                       -- wish: as the directory gave it
    asked_at INTEGER NOT NULL                -- wish: Unix seconds
) STRICT;

ALTER TABLE account ADD COLUMN sign TEXT NOT NULL DEFAULT 'asked' CHECK (sign IN ('asked', 'always')); -- wish: which of its letters are signed

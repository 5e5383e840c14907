-- Composing: what the node found of a letter that is to leave as a health document, before it does;
-- and the words of the practice that no dictionary has.

CREATE TABLE draft_look (
    draft_id INTEGER PRIMARY KEY REFERENCES draft(id) ON DELETE CASCADE,
    looked_of BLOB NOT NULL,                 -- fact: digest of what was looked at (store/db/health_wishes.py)
    reasons TEXT NOT NULL,                   -- fact: codes and their words, as JSON: why it cannot leave; [] when it can
    remarks TEXT NOT NULL                    -- fact: the same, of what a person should know all the same
) STRICT;

-- Here and not in a file of hunspell's: names of patients are among them.
CREATE TABLE own_word (
    word TEXT PRIMARY KEY,                   -- wish
    added_at INTEGER NOT NULL                -- Unix seconds
) STRICT;

-- Letters that somebody answers, in mailboxes that several people share.
CREATE INDEX placement_claimed ON placement (mailbox_id)
    WHERE instr(keywords, '$pli-claim-') > 0;

-- What a server said when letters last left by it.
CREATE TABLE submission_offer (
    account_id INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    largest_size INTEGER NOT NULL            -- fact: octets of a letter (RFC 1870); 0 where it names no limit
) STRICT;

-- Writing and finding: what a practice writes with, and how it finds again what it has.

-- Words of a letter that is written often; `{patient}` and the like are filled in when it is used.
CREATE TABLE template (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,               -- wish
    subject TEXT NOT NULL,                   -- wish: '' for none
    body TEXT NOT NULL,                      -- wish
    changed_at INTEGER NOT NULL              -- Unix seconds
) STRICT;

-- SenderIdentity (Identity, RFC 8621 §6): how an account writes, beside its name and address.
CREATE TABLE sender_identity (
    account_id INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    signature TEXT NOT NULL DEFAULT '',      -- wish: what ends its letters; '' for nothing
    quote TEXT NOT NULL DEFAULT 'below' CHECK (quote IN ('below', 'above', 'none')), -- wish: where an answer repeats what it answers
    dictionary TEXT NOT NULL DEFAULT ''      -- wish: whose words its letters are spelt by; '' for the language of Pli, 'none' for no check
) STRICT;

-- Who wrote a letter and whom it is to are words of their own now, and what it holds beside words
-- (store/db/deriving.py) is among them. The rows of the index follow the dates of the letters: ids
-- follow the order in which they came here, which a first synchronisation turns round. Folded words
-- only (store/db/fold.py); every letter is read again for it, newest first.
ALTER TABLE email ADD COLUMN words_id INTEGER GENERATED ALWAYS AS
    ((received_at << 20) | (id & 1048575)) VIRTUAL;             -- its row in email_words
CREATE INDEX email_by_words ON email (words_id);
DROP TRIGGER email_words_forget;
DROP TABLE email_words;
CREATE VIRTUAL TABLE email_words USING fts5(
    subject, sender, recipients, copies, body, files, facts, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
-- Every word of the index, to be jumped to.
CREATE VIRTUAL TABLE email_terms USING fts5vocab('email_words', 'instance');
CREATE TRIGGER email_words_forget AFTER DELETE ON email BEGIN
    DELETE FROM email_words WHERE rowid = old.words_id;
END;
UPDATE email SET derived_version = 0;

-- Letters of every mailbox by date, and the few of them that are unread, flagged, answered.
CREATE INDEX placement_newest ON placement (received_at DESC, id DESC, email_id)
    WHERE deleted = 0;
CREATE INDEX placement_unread ON placement (received_at DESC, id DESC, email_id)
    WHERE deleted = 0 AND unread = 1;
CREATE INDEX placement_flagged ON placement (received_at DESC, id DESC, email_id)
    WHERE deleted = 0 AND instr(' ' || keywords || ' ', ' $flagged ') > 0;
CREATE INDEX placement_answered ON placement (received_at DESC, id DESC, email_id)
    WHERE deleted = 0 AND instr(' ' || keywords || ' ', ' $answered ') > 0;

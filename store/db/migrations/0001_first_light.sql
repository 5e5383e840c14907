-- First light: accounts, mailboxes, letters, outbox, drop folder.
-- Each mutable column says who writes it: wish = the person (tui, command line), fact = the node.
-- Times are Unix seconds UTC, sizes are octets. Keywords are sorted and separated by one space.

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,               -- wish: what the command line calls it
    address TEXT NOT NULL,                   -- wish: the addr-spec we write as
    display_name TEXT NOT NULL DEFAULT '',   -- wish
    imap_host TEXT NOT NULL,
    imap_port INTEGER NOT NULL,
    smtp_host TEXT NOT NULL,
    smtp_port INTEGER NOT NULL,
    tls TEXT NOT NULL CHECK (tls IN ('implicit', 'starttls')),
    user TEXT NOT NULL,
    password_file TEXT NOT NULL DEFAULT '',    -- a path, never a secret; secrets.py holds the rest
    password_command TEXT NOT NULL DEFAULT '', -- run without a shell at each connection
    ca TEXT NOT NULL DEFAULT 'system',         -- 'system', 'igc-sante' or a path
    client_cert TEXT NOT NULL DEFAULT '',
    client_key TEXT NOT NULL DEFAULT '',
    profile TEXT NOT NULL DEFAULT 'adsl',
    link TEXT NOT NULL DEFAULT 'never',        -- fact: store/model/account.py Link
    last_synced_at INTEGER,                    -- fact: end of the last complete pass, Unix seconds; NULL before it
    last_error TEXT NOT NULL DEFAULT '',       -- fact: MailError.code, '' when the last pass was whole
    sync_wanted_at INTEGER NOT NULL DEFAULT 0, -- wish: a pass begun after this, Unix seconds; 0 for never
    capabilities TEXT NOT NULL DEFAULT ''      -- fact: what the server last offered, separated by spaces
) STRICT;

CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    name TEXT NOT NULL,                      -- fact: decoded from modified UTF-7
    wire_name BLOB NOT NULL,                 -- fact: as the server writes it
    delimiter TEXT NOT NULL DEFAULT '/',
    role TEXT NOT NULL DEFAULT '',           -- fact: store/model/mailbox.py Role
    uidvalidity INTEGER,                     -- fact: NULL until first selected
    uidnext INTEGER,                         -- fact: advanced in the transaction of the rows it stands for
    highestmodseq INTEGER,                   -- fact: likewise; NULL without CONDSTORE or before the first whole pass
    missing_at INTEGER,                      -- fact: since when the server no longer lists it, Unix seconds; NULL while it does
    total INTEGER NOT NULL DEFAULT 0,        -- derived by the triggers below
    unread INTEGER NOT NULL DEFAULT 0,       -- derived by the triggers below
    UNIQUE (account_id, wire_name)
) STRICT;

CREATE TABLE blob (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,             -- SHA-256 of the octets before coding
    size INTEGER NOT NULL,                   -- octets before coding
    coding TEXT NOT NULL CHECK (coding IN ('raw', 'zstd')),
    octets BLOB NOT NULL
) STRICT;

CREATE TABLE thread (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE
) STRICT;

CREATE TABLE thread_reference (
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,                -- any Message-ID the thread names, held or not
    thread_id INTEGER NOT NULL REFERENCES thread(id),
    PRIMARY KEY (account_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE email (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    digest BLOB REFERENCES blob(digest),     -- fact: the octets as received; NULL while there is an email_outline
    size INTEGER NOT NULL,                   -- octets; RFC822.SIZE while there is an email_outline
    received_at INTEGER NOT NULL,            -- INTERNALDATE, Unix seconds
    -- everything below is derived from the octets and can be rebuilt
    derived_version INTEGER NOT NULL DEFAULT 0, -- which deriver wrote it; 0 = not yet
    message_id TEXT NOT NULL DEFAULT '',     -- without brackets
    thread_id INTEGER REFERENCES thread(id),
    subject TEXT NOT NULL DEFAULT '',
    sender_name TEXT NOT NULL DEFAULT '',
    sender_email TEXT NOT NULL DEFAULT '',
    people TEXT NOT NULL DEFAULT '{}',       -- JSON: {"to": [[name, email]...], "cc": ..., "reply_to": ...}
    reference_ids TEXT NOT NULL DEFAULT '',  -- Message-IDs separated by one space, oldest first
    sent_at INTEGER,                         -- Date header, Unix seconds; NULL when absent or unreadable
    preview TEXT NOT NULL DEFAULT '',
    attachments INTEGER NOT NULL DEFAULT 0,  -- how many parts are not the body
    warnings TEXT NOT NULL DEFAULT '',       -- codes separated by one space
    UNIQUE (account_id, digest)
) STRICT;
CREATE INDEX email_message_id ON email (account_id, message_id);
CREATE INDEX email_thread ON email (thread_id, received_at);
CREATE INDEX email_digest ON email (digest);
CREATE INDEX email_to_derive ON email (derived_version);

-- A letter that a lean line has announced and not yet brought whole (docs/sync.md, "Lean lines").
-- It ends in the transaction that makes the letter whole.
CREATE TABLE email_outline (
    email_id INTEGER PRIMARY KEY REFERENCES email(id) ON DELETE CASCADE,
    header BLOB NOT NULL,                    -- fact: the header fields asked for the list
    held INTEGER NOT NULL DEFAULT 0,         -- fact: octets in email_range, from the first on, without a gap
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)), -- fact: its sender says so
    wanted_at INTEGER NOT NULL DEFAULT 0     -- wish: all of it, asked for then, Unix seconds; 0 for as its turn comes
) STRICT;
CREATE INDEX email_outline_wanted ON email_outline (wanted_at) WHERE wanted_at > 0;
CREATE TABLE email_range (
    email_id INTEGER NOT NULL REFERENCES email_outline(email_id) ON DELETE CASCADE,
    offset INTEGER NOT NULL,                 -- octets before it in the letter
    octets BLOB NOT NULL,                    -- fact: as received
    PRIMARY KEY (email_id, offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE email_body (
    email_id INTEGER PRIMARY KEY REFERENCES email(id) ON DELETE CASCADE,
    body TEXT NOT NULL,                      -- readable text, not yet made safe to show
    from_html INTEGER NOT NULL DEFAULT 0 CHECK (from_html IN (0, 1))
) STRICT;

CREATE TABLE part (
    email_id INTEGER NOT NULL REFERENCES email(id) ON DELETE CASCADE,
    number TEXT NOT NULL,                    -- IMAP section
    position INTEGER NOT NULL,               -- order of appearance, from 0
    media_type TEXT NOT NULL,
    charset TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    disposition TEXT NOT NULL DEFAULT '',
    content_id TEXT NOT NULL DEFAULT '',
    transfer_encoding TEXT NOT NULL,
    offset INTEGER NOT NULL,                 -- first encoded octet within the raw Email
    length INTEGER NOT NULL,                 -- encoded octets
    size INTEGER NOT NULL,                   -- octets decoded; an estimate for what was never decoded
    is_body INTEGER NOT NULL DEFAULT 0 CHECK (is_body IN (0, 1)),
    text_state TEXT NOT NULL DEFAULT 'none'
        CHECK (text_state IN ('none', 'wanted', 'ready', 'unreadable')), -- fact: text of a PDF
    text TEXT NOT NULL DEFAULT '',           -- fact: text of a PDF, not yet made safe to show
    PRIMARY KEY (email_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_text_wanted ON part (email_id) WHERE text_state = 'wanted';

-- Folded words only (store/db/fold.py); the text itself is never kept twice.
CREATE VIRTUAL TABLE email_words USING fts5(
    subject, people, body, files, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
CREATE TRIGGER email_words_forget AFTER DELETE ON email BEGIN
    DELETE FROM email_words WHERE rowid = old.id;
END;

CREATE TABLE placement (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email_id INTEGER NOT NULL REFERENCES email(id),
    mailbox_id INTEGER NOT NULL REFERENCES mailbox(id) ON DELETE CASCADE,
    received_at INTEGER NOT NULL,            -- the Email's, copied for the list's index, Unix seconds
    uid INTEGER,                             -- fact: NULL until the server has assigned one
    base TEXT NOT NULL DEFAULT '',           -- fact: keywords both sides last agreed on
    sent TEXT,                               -- fact: keywords we are telling the server; NULL when nothing is in flight
    moving INTEGER,                          -- fact: target's UIDNEXT before MOVE or APPEND was said; NULL when nothing is
    moving_to INTEGER REFERENCES mailbox(id) ON DELETE SET NULL, -- fact: where the MOVE in flight goes; the wish may change meanwhile
    unlinked INTEGER NOT NULL DEFAULT 0 CHECK (unlinked IN (0, 1)), -- fact: the server holds it under a UID we lost; to be found, never uploaded
    refused TEXT NOT NULL DEFAULT '',        -- fact: MailError.code of the server's last no to a wish; '' while there is none
    keywords TEXT NOT NULL DEFAULT '',       -- wish (sync merges, never assigns)
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)), -- wish
    wish_mailbox_id INTEGER REFERENCES mailbox(id) ON DELETE SET NULL, -- wish: move there; NULL to stay
    shown_mailbox_id INTEGER GENERATED ALWAYS AS (coalesce(wish_mailbox_id, mailbox_id)) VIRTUAL,
    unread INTEGER GENERATED ALWAYS AS (instr(' ' || keywords || ' ', ' $seen ') = 0) VIRTUAL,
    UNIQUE (mailbox_id, uid)
) STRICT;
CREATE INDEX placement_list ON placement (shown_mailbox_id, received_at DESC, id DESC, unread)
    WHERE deleted = 0;
CREATE INDEX placement_email ON placement (email_id);
CREATE INDEX placement_pending ON placement (mailbox_id)
    WHERE keywords <> base OR deleted = 1 OR wish_mailbox_id IS NOT NULL
       OR uid IS NULL OR sent IS NOT NULL OR moving IS NOT NULL;

-- A new wish is tried anew, whatever the server said to the last one.
CREATE TRIGGER placement_wished
AFTER UPDATE OF keywords, deleted, wish_mailbox_id ON placement
WHEN old.refused <> '' AND old.refused = new.refused AND (new.keywords <> old.keywords
  OR new.deleted <> old.deleted OR new.wish_mailbox_id IS NOT old.wish_mailbox_id) BEGIN
    UPDATE placement SET refused = '' WHERE id = new.id;
END;

CREATE TRIGGER placement_counted AFTER INSERT ON placement WHEN new.deleted = 0 BEGIN
    UPDATE mailbox SET total = total + 1, unread = unread + new.unread
     WHERE id = new.shown_mailbox_id;
END;
CREATE TRIGGER placement_uncounted AFTER DELETE ON placement WHEN old.deleted = 0 BEGIN
    UPDATE mailbox SET total = total - 1, unread = unread - old.unread
     WHERE id = old.shown_mailbox_id;
END;
CREATE TRIGGER placement_recounted
AFTER UPDATE OF keywords, deleted, wish_mailbox_id, mailbox_id ON placement BEGIN
    UPDATE mailbox SET total = total - 1, unread = unread - old.unread
     WHERE id = old.shown_mailbox_id AND old.deleted = 0;
    UPDATE mailbox SET total = total + 1, unread = unread + new.unread
     WHERE id = new.shown_mailbox_id AND new.deleted = 0;
END;

CREATE TABLE draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    content TEXT NOT NULL,                   -- wish: JSON of store/model/draft.py Draft, without attachments
    created_at INTEGER NOT NULL,             -- Unix seconds
    updated_at INTEGER NOT NULL              -- Unix seconds
) STRICT;
CREATE TABLE draft_attachment (
    draft_id INTEGER NOT NULL REFERENCES draft(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    digest BLOB NOT NULL REFERENCES blob(digest),
    size INTEGER NOT NULL,                   -- octets
    PRIMARY KEY (draft_id, position)
) STRICT, WITHOUT ROWID;

-- A letter the person said to send, waiting for the node to freeze it into octets.
CREATE TABLE draft_to_send (
    draft_id INTEGER PRIMARY KEY REFERENCES draft(id) ON DELETE CASCADE,
    send_at INTEGER NOT NULL,                -- wish: not before this, Unix seconds
    last_error TEXT NOT NULL DEFAULT ''      -- fact: code of why it could not be frozen; '' when not tried
) STRICT;

-- EmailSubmission (RFC 8621 §7). Ids are never reused: a reused id could send the wrong letter.
CREATE TABLE email_submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id),
    digest BLOB NOT NULL REFERENCES blob(digest), -- the frozen octets
    message_id TEXT NOT NULL,                -- without brackets
    envid TEXT NOT NULL,                     -- RFC 3461 §4.4, ours, ASCII
    mail_from TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',        -- for the outbox screen
    size INTEGER NOT NULL,                   -- octets
    source TEXT NOT NULL CHECK (source IN ('person', 'drop')),
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN (
        'queued', 'sending', 'uncertain', 'accepted', 'refused', 'deferred', 'canceled')),
    send_at INTEGER NOT NULL,                -- wish: not before this, Unix seconds
    attempts INTEGER NOT NULL DEFAULT 0,     -- fact: raised before each try, so that a crash counts
    next_attempt_at INTEGER NOT NULL DEFAULT 0, -- fact: Unix seconds
    last_error TEXT NOT NULL DEFAULT '',     -- fact: MailError.code of the last try
    last_reply TEXT NOT NULL DEFAULT '',     -- fact: the server's words, at most 500 characters
    sent_copy TEXT NOT NULL DEFAULT 'todo' CHECK (sent_copy IN ('none', 'todo', 'filed')),
    created_at INTEGER NOT NULL,             -- Unix seconds
    updated_at INTEGER NOT NULL,             -- Unix seconds
    UNIQUE (account_id, message_id)
) STRICT;
CREATE INDEX email_submission_due ON email_submission (account_id, send_at)
    WHERE state IN ('queued', 'deferred', 'sending');
CREATE INDEX email_submission_state ON email_submission (state);
CREATE INDEX email_submission_copy ON email_submission (account_id) WHERE sent_copy = 'todo';

CREATE TABLE submission_recipient (
    submission_id INTEGER NOT NULL REFERENCES email_submission(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    email TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'todo' CHECK (state IN (
        'todo', 'accepted', 'deferred', 'refused', 'uncertain')),
    code INTEGER,                            -- fact: SMTP reply code; NULL before any answer
    reply TEXT NOT NULL DEFAULT '',          -- fact: the server's words, at most 500 characters
    at INTEGER,                              -- fact: when it was said, Unix seconds; NULL before
    PRIMARY KEY (submission_id, position),
    UNIQUE (submission_id, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE submission_attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL REFERENCES email_submission(id) ON DELETE CASCADE,
    phase TEXT NOT NULL CHECK (phase IN ('envelope', 'dot', 'done')), -- fact: how far it went
    started_at INTEGER NOT NULL,             -- Unix seconds
    ended_at INTEGER,                        -- Unix seconds; NULL while open, or when we died
    outcome TEXT NOT NULL DEFAULT '',        -- MailError.code or 'accepted'
    reply TEXT NOT NULL DEFAULT ''           -- the server's last words, at most 500 characters
) STRICT;
CREATE INDEX submission_attempt_of ON submission_attempt (submission_id);

CREATE TABLE drop_rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,               -- wish
    folder TEXT NOT NULL UNIQUE,             -- wish: absolute path
    account_id INTEGER NOT NULL REFERENCES account(id),
    recipients TEXT NOT NULL,                -- wish: JSON list of addr-specs
    state TEXT NOT NULL DEFAULT 'never' CHECK (state IN ('never', 'watching', 'down')), -- fact
    last_error TEXT NOT NULL DEFAULT '',     -- fact: code; a remark while 'watching', why while 'down'
    last_scan_at INTEGER,                    -- fact: Unix seconds, to the minute; NULL before the first
    mount TEXT NOT NULL DEFAULT '',          -- fact: where the folder's disk was mounted at the last scan
    mark TEXT NOT NULL DEFAULT (lower(hex(randomblob(4)))) -- begins our claims: another store may share the folder
) STRICT;

-- The ledger. Written in the same transaction as the outbox row, so neither exists without the other.
CREATE TABLE drop_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id INTEGER NOT NULL REFERENCES drop_rule(id) ON DELETE CASCADE,
    name BLOB NOT NULL,                      -- file name as found
    digest BLOB NOT NULL,                    -- SHA-256 of the content; empty when it was never read
    size INTEGER NOT NULL,                   -- octets
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'held', 'failed')),
    claim TEXT NOT NULL,                     -- our name for this document in .claimed/, sent/ or failed/
    put_away INTEGER NOT NULL DEFAULT 0 CHECK (put_away IN (0, 1)), -- fact: 1 once the file lies where `state` says
    reason TEXT NOT NULL DEFAULT '',         -- code; '' while nothing is wrong
    submission_id INTEGER REFERENCES email_submission(id),
    seen_at INTEGER NOT NULL,                -- Unix seconds
    updated_at INTEGER NOT NULL              -- Unix seconds
) STRICT;
CREATE UNIQUE INDEX drop_item_once ON drop_item (rule_id, digest) WHERE state IN ('queued', 'sent');
CREATE INDEX drop_item_submission ON drop_item (submission_id);
CREATE INDEX drop_item_state ON drop_item (rule_id, state);
CREATE INDEX drop_item_held ON drop_item (rule_id, claim) WHERE put_away = 0;

-- One row: the node's sign of life. The lock file is the truth; this is for the status line.
CREATE TABLE node (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,             -- Unix seconds
    alive_at INTEGER NOT NULL                -- Unix seconds
) STRICT;

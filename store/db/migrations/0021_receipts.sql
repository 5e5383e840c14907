-- What becomes of letters after they left, what is still looked for, and what we answer ourselves.

-- One statement of one letter that came in about one recipient of a letter of ours.
CREATE TABLE submission_report (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL REFERENCES email_submission(id) ON DELETE CASCADE,
    email TEXT NOT NULL,                     -- fact: the recipient, as in submission_recipient; '' when it is not said
    kind TEXT NOT NULL CHECK (kind IN ('dsn', 'mdn', 'letter', 'answer')),
    outcome TEXT NOT NULL,                   -- fact: store/model/receipt.py Outcome
    is_believed INTEGER NOT NULL CHECK (is_believed IN (0, 1)), -- fact: 0 when it comes from somebody it is not about
    is_automatic INTEGER NOT NULL CHECK (is_automatic IN (0, 1)), -- fact: no person saw it
    status TEXT NOT NULL DEFAULT '',         -- fact: '5.1.1' (RFC 3463)
    error TEXT NOT NULL DEFAULT '',          -- fact: '900' to '906', or of HL7 table 0357
    explanation TEXT NOT NULL DEFAULT '',    -- fact: words from outside, at most 500 characters
    said_by TEXT NOT NULL DEFAULT '',        -- fact: From of the letter that says it
    email_id INTEGER REFERENCES email(id) ON DELETE SET NULL, -- the letter that says it, while it is here
    at INTEGER NOT NULL                      -- fact: when it came, Unix seconds
) STRICT;
CREATE UNIQUE INDEX submission_report_once
    ON submission_report (submission_id, email_id, email, kind, outcome);
CREATE INDEX submission_report_from ON submission_report (email_id);
CREATE INDEX submission_report_of_somebody ON submission_report (submission_id)
    WHERE email = '' AND is_believed = 1 AND outcome IN ('failed', 'refused');

ALTER TABLE submission_recipient ADD COLUMN fate TEXT NOT NULL DEFAULT ''; -- fact: store/model/receipt.py Fate, the sum of its reports
ALTER TABLE submission_recipient ADD COLUMN fate_at INTEGER; -- fact: when that was learnt, Unix seconds; NULL before
CREATE INDEX submission_recipient_failed ON submission_recipient (submission_id)
    WHERE fate IN ('failed', 'unfiled');
CREATE INDEX email_submission_envid ON email_submission (envid);

-- The hunt for evidence of a letter in doubt (docs/outbox.md).
ALTER TABLE email_submission ADD COLUMN looks INTEGER NOT NULL DEFAULT 0; -- fact: how often it was looked for, in vain
ALTER TABLE email_submission ADD COLUMN next_look_at INTEGER NOT NULL DEFAULT 0; -- fact: Unix seconds; 0 for the next pass
ALTER TABLE email_submission ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0; -- fact: how often it left again by itself though in doubt
ALTER TABLE email_submission ADD COLUMN proof_asked INTEGER NOT NULL DEFAULT 0; -- fact: 1 when a server that took it would have shown it
ALTER TABLE email_submission ADD COLUMN settled_by TEXT NOT NULL DEFAULT ''; -- fact: what ended a doubt: 'own_copy', 'report'; '' when nothing had to
ALTER TABLE email_submission ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0; -- wish: 1 when a person has seen what went wrong after it left
ALTER TABLE email_submission ADD COLUMN sent_by TEXT NOT NULL DEFAULT 'append'; -- wish, as its account was: store/model/account.py SentBy

-- A letter that needs an answer: until when, and who is told when none came.
CREATE TABLE answer_wanted (
    submission_id INTEGER PRIMARY KEY REFERENCES email_submission(id) ON DELETE CASCADE,
    until_at INTEGER NOT NULL,               -- wish: Unix seconds
    tell TEXT NOT NULL DEFAULT '',           -- wish: addr-spec; '' to show it only
    told_at INTEGER                          -- fact: when the notice was written, Unix seconds; NULL before
) STRICT;

-- Letters that ask us for a receipt (RFC 8098).
CREATE TABLE receipt_asked (
    email_id INTEGER PRIMARY KEY REFERENCES email(id) ON DELETE CASCADE,
    asks_to TEXT NOT NULL,                   -- fact: Disposition-Notification-To
    return_path TEXT NOT NULL,               -- fact: '' when the letter does not show it
    original_recipient TEXT NOT NULL DEFAULT '', -- fact: Original-Recipient
    error TEXT NOT NULL DEFAULT '',          -- fact: code of why a receipt could not leave
    state TEXT NOT NULL DEFAULT 'unread' CHECK (state IN ('unread', 'read', 'ask', 'yes', 'no', 'done')),
    changed_at INTEGER NOT NULL              -- Unix seconds
) STRICT;
CREATE INDEX receipt_asked_open ON receipt_asked (state) WHERE state IN ('read', 'ask', 'yes');

ALTER TABLE account ADD COLUMN sent_by TEXT NOT NULL DEFAULT 'append' CHECK (sent_by IN ('append', 'server', 'self')); -- wish: who keeps the copy in Sent
ALTER TABLE account ADD COLUMN receipts TEXT NOT NULL DEFAULT 'ask' CHECK (receipts IN ('never', 'ask', 'always')); -- wish: what is answered to who asks whether we read
ALTER TABLE account ADD COLUMN undo_seconds INTEGER NOT NULL DEFAULT 10; -- wish: for so long after "send" a person's letter stays here, seconds

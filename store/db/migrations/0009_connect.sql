-- How each kind of operator is logged in to, and accounts that are read over POP3.

ALTER TABLE account ADD COLUMN login TEXT NOT NULL DEFAULT 'password'
    CHECK (login IN ('password', 'token', 'certificate')); -- wish: store/model/account.py Login
ALTER TABLE account ADD COLUMN token_command TEXT NOT NULL DEFAULT ''; -- wish: run without a shell; what it prints is never kept
ALTER TABLE account ADD COLUMN client_password_file TEXT NOT NULL DEFAULT ''; -- wish: a path; opens client_key or a PKCS#12 file
ALTER TABLE account ADD COLUMN incoming TEXT NOT NULL DEFAULT 'imap'
    CHECK (incoming IN ('imap', 'pop3')); -- wish: what the server at imap_host and imap_port speaks
ALTER TABLE account ADD COLUMN pop3_delete_days INTEGER; -- wish: days after which a letter held here leaves the server; NULL for never
ALTER TABLE account ADD COLUMN smtp_tls TEXT NOT NULL DEFAULT ''
    CHECK (smtp_tls IN ('', 'implicit', 'starttls')); -- wish: where sending is encrypted otherwise than tls says; '' when not

-- What a POP3 server has shown, by its own name for it (RFC 1939, UIDL). A row outlives the letter
-- here, so that what the person deleted is not fetched again; it ends when the server has it no more.
CREATE TABLE pop3_letter (
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    uidl BLOB NOT NULL,                      -- fact: as the server writes it, unique in its maildrop
    uid INTEGER NOT NULL,                    -- fact: which we gave it, in INBOX
    announced INTEGER NOT NULL DEFAULT 0 CHECK (announced IN (0, 1)), -- fact: its header came first
    email_id INTEGER REFERENCES email(id) ON DELETE SET NULL, -- fact: the letter announced, until it is whole
    held_at INTEGER,                         -- fact: when all of it was on the disk here, Unix seconds; NULL before
    PRIMARY KEY (account_id, uidl)
) STRICT, WITHOUT ROWID;
CREATE INDEX pop3_letter_email ON pop3_letter (email_id) WHERE email_id IS NOT NULL;

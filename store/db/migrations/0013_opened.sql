-- Letters that claim to be signed or sealed: what was found in them, and what is said of them.

-- The received octets stay in `email`; what was opened lies beside them, as octets of its own. A
-- letter that claims nothing has no row here.
CREATE TABLE email_opened (
    email_id INTEGER PRIMARY KEY REFERENCES email(id) ON DELETE CASCADE,
    seen_at INTEGER NOT NULL,                -- fact: when it was first read here, by our own clock, Unix seconds
    version INTEGER NOT NULL DEFAULT 0,      -- fact: which opener wrote what follows; 0 = not tried yet
    tried_with TEXT NOT NULL DEFAULT '',     -- fact: the keys and programs there were (store/db/opened.py)
    digest BLOB REFERENCES blob(digest),     -- fact: the letter that lay inside; NULL when the received one is all there is
    stopped TEXT NOT NULL DEFAULT '',        -- fact: code of what kept us out of the rest; '' when all is open
    sealed INTEGER NOT NULL DEFAULT 1 CHECK (sealed IN (0, 1)), -- fact: some of it came sealed; 1 until that is known
    sealed_for TEXT NOT NULL DEFAULT '',     -- fact: holder of the certificate that opened it; words from outside
    evidence TEXT NOT NULL DEFAULT '',       -- fact: store/model/trust.py Evidence, as JSON
    level TEXT NOT NULL DEFAULT '',          -- fact: store/model/trust.py Level; '' = not judged yet
    reasons TEXT NOT NULL DEFAULT '',        -- fact: Reason codes in the order they are told, a blank between
    signer TEXT NOT NULL DEFAULT '',         -- fact: store/model/trust.py Finding, as JSON; '' when nobody is named
    address TEXT NOT NULL DEFAULT '',        -- fact: what is proven to be the sender; '' without a badge
    judged_at INTEGER NOT NULL DEFAULT 0,    -- fact: Unix seconds; 0 = not yet
    judged_with TEXT NOT NULL DEFAULT ''     -- fact: the anchors, lists and policy there were
) STRICT;
CREATE INDEX email_opened_version ON email_opened (version);
CREATE INDEX email_opened_stopped ON email_opened (tried_with) WHERE stopped <> '';
CREATE INDEX email_opened_judged ON email_opened (judged_at);
CREATE INDEX email_opened_digest ON email_opened (digest) WHERE digest IS NOT NULL;

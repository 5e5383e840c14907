-- The routing guard: the white list of the trust space, what the site allows, how each recipient
-- was reached.

-- One row: the list as imported (docs/routing.md).
CREATE TABLE white_list (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    digest BLOB NOT NULL,                    -- fact: SHA-256 of the file
    published_at INTEGER,                    -- fact: what the list says of itself, Unix seconds
    imported_at INTEGER NOT NULL             -- fact: Unix seconds
) STRICT;
CREATE TABLE white_domain (
    name TEXT PRIMARY KEY                    -- ASCII, lower case (store/routing/domains.py)
) STRICT, WITHOUT ROWID;

-- What the person responsible for this site decided; a missing row is the default.
CREATE TABLE site_policy (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The vendor's programs of an Apicrypt account, as command lines run without a shell. All wishes.
CREATE TABLE apicrypt (
    account_id INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    seal TEXT NOT NULL,                      -- '' where the site has none
    open TEXT NOT NULL                       -- '' where the site has none
) STRICT;

ALTER TABLE submission_recipient ADD COLUMN way TEXT NOT NULL DEFAULT ''; -- fact: store/model/route.py Way
-- The messages that one letter became share the first one's Message-ID here; '' for one alone.
ALTER TABLE email_submission ADD COLUMN letter TEXT NOT NULL DEFAULT '';
ALTER TABLE email_submission ADD COLUMN non_medical TEXT NOT NULL DEFAULT ''; -- wish: why it may leave in clear

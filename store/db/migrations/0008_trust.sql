-- Who vouches for servers and signers, and what their authorities have revoked.

-- Imported by the person; nothing national comes with Pli.
CREATE TABLE anchor (
    bundle TEXT NOT NULL,                    -- wish: 'igc-sante', or the name given at the import
    fingerprint TEXT NOT NULL,               -- SHA-256 of the certificate, hexadecimal
    kind TEXT NOT NULL,                      -- store/model/trust.py Kind
    certificate BLOB NOT NULL,               -- DER
    name TEXT NOT NULL,                      -- of its subject
    not_after_at INTEGER NOT NULL,           -- Unix seconds
    imported_at INTEGER NOT NULL,            -- Unix seconds
    PRIMARY KEY (bundle, fingerprint)
) STRICT, WITHOUT ROWID;

-- Revocation lists of the authorities above. The last valid one is kept when a download fails.
CREATE TABLE crl (
    url TEXT PRIMARY KEY,                    -- fact: as a certificate of a verified chain names it
    issuer BLOB NOT NULL,                    -- fact: DER of the authority of that chain that must have signed it
    octets BLOB NOT NULL DEFAULT x'',        -- fact: DER of the last valid one; empty before the first
    this_update_at INTEGER,                  -- fact: Unix seconds, of the list kept
    next_update_at INTEGER,                  -- fact: Unix seconds, of the list kept; NULL when not said
    checked_at INTEGER,                      -- fact: Unix seconds, last good answer of its server
    tried_at INTEGER,                        -- fact: Unix seconds, last try
    failures INTEGER NOT NULL DEFAULT 0,     -- fact: tries that failed since checked_at
    error TEXT NOT NULL DEFAULT '',          -- fact: code of why the last try failed; '' when it did not
    etag TEXT NOT NULL DEFAULT '',           -- fact: for the next conditional request
    last_modified TEXT NOT NULL DEFAULT ''   -- fact: for the next conditional request
) STRICT;

-- What was known of a server's certificate at its last handshake.
CREATE TABLE server_revocation (
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    state TEXT NOT NULL,                     -- fact: store/model/trust.py Revocation
    as_of_at INTEGER,                        -- fact: Unix seconds, of the oldest list that was used; NULL for none
    seen_at INTEGER NOT NULL,                -- fact: Unix seconds
    PRIMARY KEY (account_id, host)
) STRICT, WITHOUT ROWID;

-- What the site asks for. No row: the defaults of store/model/trust.py Policy.
CREATE TABLE trust_policy (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    needs_revocation INTEGER NOT NULL,       -- wish: no badge and no server whose revocation is unknown
    any_purpose INTEGER NOT NULL             -- wish: anyExtendedKeyUsage counts as e-mail protection
) STRICT;

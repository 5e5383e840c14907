-- Keys and certificates for signed and sealed letters.
-- A private key is never here in clear: `wrapped` is AES-256-GCM under a subkey of the data key
-- (store/host/wrapping.py), so that a copy of these rows alone opens nothing.

-- Every certificate that was ever met, once.
CREATE TABLE certificate (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,        -- fact: SHA-256 of der, hexadecimal
    der BLOB NOT NULL,                       -- fact: as it came
    subject TEXT NOT NULL,                   -- fact: what it says of its holder; words from outside
    not_before_at INTEGER NOT NULL,          -- fact: Unix seconds
    not_after_at INTEGER NOT NULL,           -- fact: Unix seconds; expired ones stay, for old letters
    first_seen_at INTEGER NOT NULL           -- fact: Unix seconds
) STRICT;

-- Whose it is said to be, and who said so. Nothing here is a verdict.
CREATE TABLE certificate_address (
    address TEXT NOT NULL,                   -- fact: lower case
    certificate_id INTEGER NOT NULL REFERENCES certificate(id) ON DELETE CASCADE,
    source TEXT NOT NULL CHECK (source IN ('signed_mail', 'directory', 'vcard', 'by_hand')), -- fact: how it was learnt
    first_seen_at INTEGER NOT NULL,          -- fact: Unix seconds
    last_seen_at INTEGER NOT NULL,           -- fact: Unix seconds
    replaced_id INTEGER REFERENCES certificate(id) ON DELETE SET NULL, -- fact: what this source gave for this address before; NULL when it is the first
    capabilities TEXT,                       -- fact: OIDs its holder says can be read, a blank between; NULL when never said
    PRIMARY KEY (address, certificate_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_address_certificate ON certificate_address (certificate_id);

-- Our own private keys.
CREATE TABLE smime_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,    -- never reused: a key that was removed stays gone
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    certificate_id INTEGER NOT NULL REFERENCES certificate(id),
    wrapped BLOB NOT NULL,                   -- wish: PKCS #8, wrapped; bound to the certificate
    imported_at INTEGER NOT NULL,            -- fact: Unix seconds
    UNIQUE (account_id, certificate_id)
) STRICT;
CREATE INDEX smime_key_certificate ON smime_key (certificate_id);

-- The issuers that came with a key, the nearest first: they go out with what it signs.
CREATE TABLE smime_key_issuer (
    key_id INTEGER NOT NULL REFERENCES smime_key(id) ON DELETE CASCADE,
    place INTEGER NOT NULL,                  -- fact: 0 for the nearest
    certificate_id INTEGER NOT NULL REFERENCES certificate(id),
    PRIMARY KEY (key_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX smime_key_issuer_certificate ON smime_key_issuer (certificate_id);

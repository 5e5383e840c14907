-- What was known of the certificate of a directory's server, as of an account's (0008).
ALTER TABLE directory_source ADD COLUMN revocation TEXT NOT NULL DEFAULT ''; -- fact: store/model/trust.py Revocation; '' before a handshake that was judged
ALTER TABLE directory_source ADD COLUMN revocation_as_of_at INTEGER; -- fact: Unix seconds, of the oldest list that was used; NULL for none

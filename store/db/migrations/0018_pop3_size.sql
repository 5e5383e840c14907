-- A server may give the name of a letter that is gone to another one (RFC 1939 §7): what it said the
-- letter's size was tells them apart, before one is let go for the other.
ALTER TABLE pop3_letter ADD COLUMN listed INTEGER NOT NULL DEFAULT 0; -- fact: octets, as listed when it was held; 0 unknown

-- What was held must still be what lies there when it is released; and an urgent document goes before the others.

ALTER TABLE drop_item ADD COLUMN held_as BLOB NOT NULL DEFAULT x''; -- fact: digest of all its files, their names and the sidecar too; empty when it was not held, or by an earlier Pli
ALTER TABLE drop_item ADD COLUMN request TEXT NOT NULL DEFAULT ''; -- fact: the laboratory's number of the request; '' when its files say none, or several
ALTER TABLE drop_rule ADD COLUMN directory TEXT NOT NULL DEFAULT ''; -- fact: device:inode of the directory that its last look saw; '' when it saw none
ALTER TABLE email_submission ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)); -- wish: before the others of its account

-- How a store notices that it is a copy, or older than what was last done with it (docs/outbox.md).

CREATE TABLE place (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    dots INTEGER NOT NULL DEFAULT 0,         -- fact: how many final dots were about to leave; a file beside the store says so too
    name TEXT NOT NULL                       -- fact: which machine and which file this store was when last sent from (store/host/place.py)
) STRICT;

ALTER TABLE email_submission ADD COLUMN copied_at INTEGER NOT NULL DEFAULT 0; -- fact: it waited in what proved to be a copy, last used then, Unix seconds: a person decides; 0 for any other
CREATE INDEX email_submission_copied ON email_submission (copied_at) WHERE copied_at > 0;
ALTER TABLE drop_rule ADD COLUMN copied_at INTEGER NOT NULL DEFAULT 0; -- fact: the same of a rule, which is down until a person confirms it
ALTER TABLE drop_rule ADD COLUMN former_mark TEXT NOT NULL DEFAULT ''; -- fact: how claims began before it was confirmed; '' once they are looked at

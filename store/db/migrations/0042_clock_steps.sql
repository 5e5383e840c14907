-- A clock that somebody or something puts forward ends no wait by that (docs/decisions/0011-clocks.md).

CREATE TABLE clock ( -- fact: written by the node
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    boot TEXT NOT NULL,                      -- which start of the machine this is said of
    ahead_seconds INTEGER NOT NULL           -- Unix seconds that the clock said when the machine started: another number, a step
) STRICT;

ALTER TABLE draft_to_send ADD COLUMN moved_seconds INTEGER NOT NULL DEFAULT 0; -- fact: so much later than it was told to leave, since the clock leapt over its hour
ALTER TABLE email_submission ADD COLUMN moved_seconds INTEGER NOT NULL DEFAULT 0; -- fact: the same of a letter
CREATE INDEX email_submission_moved ON email_submission (account_id) WHERE moved_seconds > 0;
ALTER TABLE answer_wanted ADD COLUMN moved_seconds INTEGER NOT NULL DEFAULT 0; -- fact: the same of an answer that is awaited

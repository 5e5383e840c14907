-- The messages that one letter became, by its name: an answer to one of them answers the letter.

CREATE INDEX email_submission_letter ON email_submission (letter) WHERE letter <> '';

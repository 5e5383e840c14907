-- The messages that one letter became, by its name: an answer to one of them answers the letter. And
-- who was refused while others were served: counted until a person has seen it.

CREATE INDEX email_submission_letter ON email_submission (letter) WHERE letter <> '';
CREATE INDEX submission_recipient_refused ON submission_recipient (submission_id)
    WHERE state = 'refused';

-- Which network a letter came by is read off its sender's domain, when somebody asks for it: the
-- white list that knows may change every day (store/db/network.py).
ALTER TABLE email ADD COLUMN sender_domain TEXT NOT NULL
    GENERATED ALWAYS AS (lower(substr(sender_email, instr(sender_email, '@') + 1))) VIRTUAL;
CREATE INDEX email_sender_domain ON email (sender_domain);

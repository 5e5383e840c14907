-- A copied store may have been told already, by the one it was copied from, that an answer is late.

ALTER TABLE answer_wanted ADD COLUMN copied_at INTEGER NOT NULL DEFAULT 0; -- fact: it was waited for in what proved to be a copy, last used then, Unix seconds: its notice waits for a person; 0 for any other

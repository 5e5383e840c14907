-- Whom letters were written to, from wherever: those found in Sent count too, and by their names.

ALTER TABLE correspondent ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- fact: as a letter to them has it
DROP TRIGGER correspondent_named;
CREATE TRIGGER correspondent_named AFTER INSERT ON correspondent BEGIN
    INSERT INTO correspondent_words (rowid, email) VALUES (new.id, new.email || ' ' || new.name);
END;
CREATE TRIGGER correspondent_renamed AFTER UPDATE OF name ON correspondent
WHEN old.name <> new.name BEGIN
    DELETE FROM correspondent_words WHERE rowid = old.id;
    INSERT INTO correspondent_words (rowid, email) VALUES (new.id, new.email || ' ' || new.name);
END;

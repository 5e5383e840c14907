-- Reading: letters put off until later, labels by the names people gave them, views they keep.

ALTER TABLE placement ADD COLUMN snoozed_until INTEGER; -- wish: not shown in its mailbox before this, Unix seconds; NULL for shown

-- A letter put off is in no list and in no count until it comes back (store/db/snoozing.py).
DROP INDEX placement_list;
CREATE INDEX placement_list ON placement (shown_mailbox_id, received_at DESC, id DESC, unread)
    WHERE deleted = 0 AND snoozed_until IS NULL;
CREATE INDEX placement_snoozed ON placement (snoozed_until) WHERE snoozed_until IS NOT NULL;

DROP TRIGGER placement_counted;
DROP TRIGGER placement_uncounted;
DROP TRIGGER placement_recounted;
CREATE TRIGGER placement_counted AFTER INSERT ON placement
WHEN new.deleted = 0 AND new.snoozed_until IS NULL BEGIN
    UPDATE mailbox SET total = total + 1, unread = unread + new.unread
     WHERE id = new.shown_mailbox_id;
END;
CREATE TRIGGER placement_uncounted AFTER DELETE ON placement
WHEN old.deleted = 0 AND old.snoozed_until IS NULL BEGIN
    UPDATE mailbox SET total = total - 1, unread = unread - old.unread
     WHERE id = old.shown_mailbox_id;
END;
CREATE TRIGGER placement_recounted
AFTER UPDATE OF keywords, deleted, wish_mailbox_id, mailbox_id, snoozed_until ON placement BEGIN
    UPDATE mailbox SET total = total - 1, unread = unread - old.unread
     WHERE id = old.shown_mailbox_id AND old.deleted = 0 AND old.snoozed_until IS NULL;
    UPDATE mailbox SET total = total + 1, unread = unread + new.unread
     WHERE id = new.shown_mailbox_id AND new.deleted = 0 AND new.snoozed_until IS NULL;
END;

-- What a label is called. On the server it is a keyword (RFC 8621 §4.1.1), which has no accents.
CREATE TABLE label (
    keyword TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE                -- wish
) STRICT, WITHOUT ROWID;

-- A search that is kept, in the column of mailboxes.
CREATE TABLE saved_view (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,               -- wish
    query TEXT NOT NULL                      -- wish: as it was typed
) STRICT;

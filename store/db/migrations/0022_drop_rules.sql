-- Drop rules that a file says, what was found of each document, and what a person decides of one.

ALTER TABLE drop_rule ADD COLUMN options TEXT NOT NULL DEFAULT '{}'; -- wish: JSON, store/model/drop_options.py
ALTER TABLE drop_rule ADD COLUMN source TEXT NOT NULL DEFAULT 'store' CHECK (source IN ('store', 'file', 'retired')); -- fact: whether drop.toml names it; 'retired' once it no longer does
ALTER TABLE drop_rule ADD COLUMN since_at INTEGER NOT NULL DEFAULT 0; -- fact: when its wishes last changed, Unix seconds
ALTER TABLE drop_rule ADD COLUMN reported_day TEXT NOT NULL DEFAULT ''; -- fact: the last day whose page was written, 2026-11-23

ALTER TABLE drop_item ADD COLUMN recipients TEXT NOT NULL DEFAULT '[]'; -- fact: JSON list of addr-specs that were found
ALTER TABLE drop_item ADD COLUMN found_in TEXT NOT NULL DEFAULT ''; -- fact: where they were found; '' when they were not
ALTER TABLE drop_item ADD COLUMN patient TEXT NOT NULL DEFAULT ''; -- fact: NAME|GIVEN|DAY|INS as compared; '' when nothing said it
ALTER TABLE drop_item ADD COLUMN files INTEGER NOT NULL DEFAULT 1; -- fact: how many files were dropped together
ALTER TABLE drop_item ADD COLUMN control_ids TEXT NOT NULL DEFAULT '[]'; -- fact: JSON list of the MSH-10 that an acknowledgement answers
ALTER TABLE drop_item ADD COLUMN corrects INTEGER REFERENCES drop_item(id) ON DELETE SET NULL; -- fact: the earlier document of the same name
ALTER TABLE drop_item ADD COLUMN wish TEXT NOT NULL DEFAULT '' CHECK (wish IN ('', 'release', 'despite')); -- wish: that a held one leaves; 'despite' two patients' names
ALTER TABLE drop_item ADD COLUMN wish_to TEXT NOT NULL DEFAULT '[]'; -- wish: JSON list of addr-specs, instead of those found
ALTER TABLE drop_item ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- fact: digest of the receipt that was last written; '' for none
CREATE INDEX drop_item_name ON drop_item (rule_id, name);
CREATE INDEX drop_item_seen ON drop_item (rule_id, seen_at);
CREATE INDEX drop_item_wish ON drop_item (rule_id) WHERE wish <> '';

-- What is wrong with drop.toml, while it is: the rules go on as they were.
CREATE TABLE drop_file (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    code TEXT NOT NULL,                      -- fact: of the sentence; '' when it could be followed
    params TEXT NOT NULL                     -- fact: JSON, what fills it
) STRICT;

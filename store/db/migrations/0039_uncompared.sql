-- How many PDFs of a dropped document have no words: nothing in them could be compared with the
-- patient whom its other files name. Its receipt and the screen say so.

ALTER TABLE drop_item ADD COLUMN uncompared INTEGER NOT NULL DEFAULT 0;

-- A letter of ours that the server confirmed and has not shown yet.

ALTER TABLE placement ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0
    CHECK (unseen IN (0, 1)); -- fact: 1 from the OK of its APPEND until it is listed

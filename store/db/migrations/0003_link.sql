-- The line to each account: what it is, what it has cost, what it may cost.
-- No names and no words of anybody: ids, sizes, times and codes only.

ALTER TABLE account ADD COLUMN auto_profile TEXT NOT NULL DEFAULT 'adsl'; -- fact: what profile 'auto' stands for now

-- The flight recorder: one row per step over the line. Bounded (store/db/link.py).
CREATE TABLE link_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    pass_began_at INTEGER NOT NULL,          -- fact: the pass it belongs to, Unix seconds
    step TEXT NOT NULL,                      -- fact: store/model/link.py Step
    began_at INTEGER NOT NULL,               -- fact: Unix seconds
    milliseconds INTEGER NOT NULL,           -- fact: how long it took
    octets_up INTEGER NOT NULL,              -- fact: under TLS
    octets_down INTEGER NOT NULL,            -- fact: under TLS
    turns INTEGER NOT NULL,                  -- fact: times we wrote after having waited
    result TEXT NOT NULL DEFAULT ''          -- fact: MailError.code of what ended it; '' when it went well
) STRICT;
CREATE INDEX link_log_of ON link_log (account_id, began_at);

-- What each day cost. Outlives the steps, for a budget by month.
CREATE TABLE link_day (
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    day TEXT NOT NULL,                       -- fact: local date where the node runs, YYYY-MM-DD
    octets_up INTEGER NOT NULL,
    octets_down INTEGER NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;

-- What may be spent. No row: no limit. Money is in millionths of its unit, so that sums are exact.
CREATE TABLE link_budget (
    account_id INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    octets_per_day INTEGER,                  -- wish: both ways; NULL for no limit
    octets_per_month INTEGER,                -- wish: both ways; NULL for no limit
    money_per_month INTEGER,                 -- wish: millionths; NULL for no limit
    price_per_megabyte INTEGER,              -- wish: millionths for 1,000,000 octets; NULL when not said
    currency TEXT NOT NULL DEFAULT '',       -- wish: as the person writes it
    from_hour INTEGER CHECK (from_hour BETWEEN 0 AND 23), -- wish: letters are fetched from this local hour;
    to_hour INTEGER CHECK (to_hour BETWEEN 0 AND 23),     -- until this one, may cross midnight; both NULL for always
    CHECK ((from_hour IS NULL) = (to_hour IS NULL))
) STRICT;

-- What the budget keeps from coming now. No row: nothing.
CREATE TABLE link_hold (
    account_id INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    reason TEXT NOT NULL,                    -- fact: store/model/link.py Limit
    until_at INTEGER NOT NULL,               -- fact: when it ends by itself, Unix seconds
    waiting INTEGER NOT NULL                 -- fact: Emails that wait, at the end of the last pass
) STRICT, WITHOUT ROWID;

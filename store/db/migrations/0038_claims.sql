-- Since when a claim on a letter of a shared mailbox is known here: a keyword carries no time. A claim
-- that somebody left behind, by a process killed or a machine closed, ends by it.

CREATE TABLE claim_seen ( -- fact: written by the node
    placement_id INTEGER NOT NULL REFERENCES placement (id) ON DELETE CASCADE,
    keyword TEXT NOT NULL, -- $pli-claim-dr-alice-martin
    since_at INTEGER NOT NULL, -- Unix seconds: when it was first seen here
    PRIMARY KEY (placement_id, keyword)
) STRICT, WITHOUT ROWID;

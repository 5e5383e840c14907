"""What the node did lately and what failed: read from the facts it left, kept nowhere twice.

Passes come from the flight recorder, sending from the attempts, documents from the ledger of the
watched folders. Each is a time, what it was of, and a code; sentences are made where it is shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from store.db.open import Connection


class Kind(StrEnum):
    """What was done."""

    PASS = "pass"  # noqa: S105 (a pass over an account)
    """Of an account: letters fetched, wishes told."""
    SENT = "sent"
    """An attempt to send a letter."""
    DROP = "drop"
    """A document of a watched folder."""


class Activity(NamedTuple):
    """One thing the node did."""

    at: int
    """Unix seconds."""
    kind: Kind
    account_id: int
    of: int
    """The submission, or the document; of a pass, when it began."""
    words: str
    """Words from outside: to whom, or the name of a file."""
    code: str
    """A MailError.code, an outcome or a state; '' for a pass that went well."""
    reason: str
    """Of a document: the code of why. Of a pass: the step that failed (store/model/link.py Step).
    '' while nothing is wrong."""
    octets: int


PASSES = """
    SELECT max(began_at) AS at, 'pass' AS kind, account_id, pass_began_at AS of, '' AS words,
        max(result) AS code, max(CASE WHEN result <> '' THEN step ELSE '' END) AS reason,
        sum(octets_up + octets_down) AS octets
    FROM (SELECT * FROM link_log ORDER BY id DESC LIMIT :steps)
    GROUP BY account_id, pass_began_at ORDER BY at DESC LIMIT :most
"""
SENT = """
    SELECT a.started_at, 'sent', s.account_id, s.id,
        (SELECT group_concat(email, ', ') FROM (SELECT email FROM submission_recipient
            WHERE submission_id = s.id ORDER BY position)),
        CASE WHEN a.ended_at IS NULL AND s.state = 'sending' THEN 'sending' ELSE a.outcome END,
        '', s.size
    FROM submission_attempt a JOIN email_submission s ON s.id = a.submission_id
    WHERE a.id IN (SELECT id FROM submission_attempt ORDER BY id DESC LIMIT :most)
"""
DROPPED = """
    SELECT i.updated_at, 'drop', r.account_id, i.id, i.name, i.state, i.reason, i.size
    FROM drop_item i JOIN drop_rule r ON r.id = i.rule_id
    WHERE i.id IN (SELECT id FROM drop_item ORDER BY id DESC LIMIT :most)
"""
STEPS_PER_PASS = 10


def activities(db: Connection, *, most: int = 200) -> list[Activity]:
    """The last things done, newest first.

    Args:
        most: of each kind: there are passes all day long, and they push no letter out.
    """
    rows = db.execute(
        f"SELECT * FROM ({PASSES}) UNION ALL {SENT} UNION ALL {DROPPED} ORDER BY at DESC, kind",
        {"most": most, "steps": most * STEPS_PER_PASS},
    )
    return [
        Activity(at, Kind(kind), account, of, _text(words), code, reason, octets)
        for at, kind, account, of, words, code, reason, octets in rows
    ]


def _text(words: str | bytes | None) -> str:
    """A file's name is octets, and not always text."""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words or ""

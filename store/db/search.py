"""Find Emails by what a person asks (store/asking/query.py): words, and criteria.

The newest first, for a clinician looks for the latest letter about a patient; or first those that
say it where it counts, in the subject, then among people and file names. The rows of the index
follow the dates of the letters, so that the newest are found by walking it from its end.
"""

from __future__ import annotations

import json
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from store.asking.criteria import ROLES
from store.asking.query import Question, asked
from store.db.emails import ROW, EmailRow
from store.db.fold import bare
from store.db.health_search import health_condition
from store.db.mailboxes import mailboxes
from store.db.network import domains_of
from store.db.open import Connection
from store.errors import Usage
from store.host import clock
from store.model.ids import EmailId, MailboxId

LATEST = 2**42
"""After every date."""
LEAST_LETTERS = 4
MOST_ENDINGS = 16


class Order(StrEnum):
    """What comes first."""

    DATE = "date"
    RELEVANCE = "relevance"


TIERS = (("subject",), ("subject", "sender", "recipients", "copies", "files"), ())
"""By relevance: words that are all in the subject come first, and so on."""

PLACED = f"{ROW} WHERE p.id IN (SELECT value FROM json_each(:found))"
MATCHED = """
SELECT p.received_at, p.id, p.email_id FROM email_words AS w
 CROSS JOIN email AS e ON e.words_id = w.rowid CROSS JOIN placement AS p ON p.email_id = e.id
 WHERE email_words MATCH :words AND w.rowid BETWEEN :after << 20 AND :before << 20
   AND p.deleted = 0 AND {where} ORDER BY w.rowid DESC LIMIT :limit
"""
BY_DATE = """
SELECT p.received_at, p.id, p.email_id FROM placement AS p JOIN email AS e ON e.id = p.email_id
 WHERE p.deleted = 0 AND {where} ORDER BY p.received_at DESC, p.id DESC LIMIT :limit
"""
BY_HEALTH = """
SELECT p.received_at, p.id, p.email_id FROM email AS e {index}
 CROSS JOIN placement AS p ON p.email_id = e.id
 WHERE p.deleted = 0 AND {where} ORDER BY e.received_at DESC, e.id DESC LIMIT :limit
"""
IS = {
    "unread": "p.unread = 1",
    "read": "p.unread = 0",
    "flagged": "instr(' ' || p.keywords || ' ', ' $flagged ') > 0",
    "answered": "instr(' ' || p.keywords || ' ', ' $answered ') > 0",
    "forwarded": "instr(' ' || p.keywords || ' ', ' $forwarded ') > 0",
}


class _Placed(NamedTuple):
    """A letter in a mailbox, and when it came."""

    received_at: int
    placement_id: int
    email_id: int


class _Conditions(NamedTuple):
    """What is asked beside words, in SQL over `p` and `e`."""

    where: str
    values: dict[str, object]
    drive: str
    """What finds the few Emails with such documents first; '' where none are asked for."""


def search(
    db: Connection,
    text: str,
    limit: int = 50,
    *,
    order: Order = Order.DATE,
    now: int | None = None,
) -> list[EmailRow]:
    """At most `limit` placements of the Emails asked for; nothing asked finds nothing.

    Each word is found at the start of a word, whatever its accents or ligatures.

    Raises:
        Usage: what `asked` raises; `search.no_mailbox`.
    """
    question = asked(text, clock.now() if now is None else now)
    if not question:
        return []
    conditions = _conditions(db, question)
    found: list[_Placed] = []
    tiers = TIERS if order is Order.RELEVANCE and question.terms else ((),)
    for columns in tiers:
        more = _newest(db, question.expression(columns, partial(_endings, db)), conditions, limit)
        found += [each for each in more if each not in found]
        if len(found) >= limit:
            break
    ids = [each.placement_id for each in found[:limit]]
    rows = [EmailRow(*row) for row in db.execute(PLACED, {"found": json.dumps(ids)})]
    at = {id_: n for n, id_ in enumerate(ids)}
    return sorted(rows, key=lambda row: at[row.placement_id])


def _newest(db: Connection, words: str, asked_for: _Conditions, limit: int) -> list[_Placed]:
    """The newest of what holds these words ('' for whatever words)."""
    sql = MATCHED if words else BY_HEALTH if asked_for.drive else BY_DATE
    sql = sql.format(where=asked_for.where, index=asked_for.drive)
    rows = db.execute(sql, {**asked_for.values, "words": words, "limit": limit})
    return sorted((_Placed(*row) for row in rows), reverse=True)


def _endings(db: Connection, begun: str) -> list[str]:
    """The words of the index that begin so; none when there are too many to name.

    A word as it is ends its walk with the newest letters; of words that only begin so, FTS5 first
    gathers every letter that has one. Two or three letters have an index of their own.
    """
    prefix = bare(begun)
    if len(prefix) < LEAST_LETTERS or " " in prefix:
        return []
    found: list[str] = []
    sought = prefix
    while len(found) <= MOST_ENDINGS:
        # `term > ?` would read every place of the last one: what follows it is asked for instead.
        row = db.execute(
            "SELECT term FROM email_terms WHERE term >= ? LIMIT 1", (sought,)
        ).fetchone()
        if row is None or not row[0].startswith(prefix):
            return found
        found.append(row[0])
        sought = f"{row[0]}\x01"
    return []


def _conditions(db: Connection, question: Question) -> _Conditions:
    where = ["1"]
    values: dict[str, object] = {"after": -LATEST, "before": LATEST}
    for name, condition, value in (
        ("before", "p.received_at < :before", question.before),
        ("after", "p.received_at >= :after", question.after),
        ("least", "e.size >= :least", question.least_octets),
        ("most", "e.size <= :most", question.most_octets),
    ):
        if value is not None:
            where.append(condition)
            values[name] = value
    where += [IS[state] for state in question.states]
    for n, name in enumerate(question.mailboxes):
        where.append(f"p.shown_mailbox_id IN (SELECT value FROM json_each(:mailboxes{n}))")
        values[f"mailboxes{n}"] = json.dumps(_mailboxes(db, name))
    for n, network in enumerate(question.networks):
        where.append(f"e.sender_domain IN (SELECT value FROM json_each(:domains{n}))")
        values[f"domains{n}"] = json.dumps(domains_of(db, network))
    of_health = health_condition(question.patient, question.health)
    where += of_health.conditions
    return _Conditions(" AND ".join(where), values | of_health.values, of_health.index)


def _mailboxes(db: Connection, name: str) -> list[MailboxId]:
    """Those with the role of that name; else called so; else with a word that begins so.

    Raises:
        Usage: `search.no_mailbox`.
    """
    everyone, role = mailboxes(db), ROLES.get(name)
    found = [m.id for m in everyone if role is not None and m.role is role]
    found = found or [m.id for m in everyone if bare(m.name) == name]
    found = found or [m.id for m in everyone if f" {name}" in f" {bare(m.name)}"]
    if not found:
        raise Usage("search.no_mailbox", name=name)
    return found


def is_complete(db: Connection) -> bool:
    """False while letters wait for their words to enter the index."""
    return not db.execute("SELECT 1 FROM email WHERE derived_version = 0 LIMIT 1").fetchone()


def texts_of(db: Connection, email_id: EmailId) -> list[str]:
    """What an excerpt of an Email is cut from: its text, then those of its documents."""
    body = db.execute("SELECT body FROM email_body WHERE email_id = ?", (email_id,)).fetchall()
    parts = db.execute(
        "SELECT text FROM part WHERE email_id = ? AND text <> '' ORDER BY position", (email_id,)
    )
    return [row[0] for row in (*body, *parts)]

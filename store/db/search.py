"""Find Emails by what a person asks (store/asking/query.py): words, and criteria.

The newest first, for a clinician looks for the latest letter about a patient; or first those that
say it where it counts, in the subject, then among people and file names. Ids follow the order in
which letters came here, which a first synchronisation turns round: what is newest is always read
from the letters' own dates. A word that few letters hold is looked up and they are sorted; one
that many hold is looked for among the newest letters, a window at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from store.asking.query import ROLES, Question, asked
from store.db.emails import NEWEST, ROW, EmailRow
from store.db.fold import bare
from store.db.mailboxes import mailboxes
from store.db.network import domains_of
from store.db.open import Connection
from store.errors import Usage
from store.host import clock

FEW = 1_000
"""Letters that are cheaper to sort than to look for by date."""
WINDOW = 500
"""Letters by date looked among first; each next window has four times as many."""


class Order(StrEnum):
    """What comes first."""

    DATE = "date"
    RELEVANCE = "relevance"


TIERS = (("subject",), ("subject", "sender", "recipients", "copies", "files"), ())
"""By relevance: words that are all in the subject come first, and so on."""

PLACED = f"{ROW} WHERE p.id IN (SELECT value FROM json_each(:found))"
MATCHED = "SELECT rowid FROM email_words WHERE email_words MATCH :words LIMIT :limit"
MATCHED_WITHIN = (
    "SELECT rowid FROM email_words WHERE email_words MATCH :words AND rowid BETWEEN :low AND :high"
)
IS = {
    "unread": "p.unread = 1",
    "read": "p.unread = 0",
    "flagged": "instr(' ' || p.keywords || ' ', ' $flagged ') > 0",
    "answered": "instr(' ' || p.keywords || ' ', ' $answered ') > 0",
    "forwarded": "instr(' ' || p.keywords || ' ', ' $forwarded ') > 0",
}
HOLDS = {
    "any": "e.attachments > 0",
    "pdf": "e.attachments > 0 AND EXISTS (SELECT 1 FROM part WHERE part.email_id = e.id"
    " AND is_body = 0 AND (media_type = 'application/pdf' OR name LIKE '%.pdf'))",
    "image": "e.attachments > 0 AND EXISTS (SELECT 1 FROM part WHERE part.email_id = e.id"
    " AND is_body = 0 AND media_type LIKE 'image/%')",
}


class _Placed(NamedTuple):
    """A letter in a mailbox, and when it came."""

    received_at: int
    placement_id: int
    email_id: int


class _Conditions(NamedTuple):
    """What is asked beside words, in SQL over `p` (and `e`)."""

    where: str
    values: dict[str, object]

    @property
    def tables(self) -> str:
        """`email` only where something is asked of it: its rows are long."""
        joined = " JOIN email AS e ON e.id = p.email_id" if " e." in f" {self.where}" else ""
        return f"placement AS p{joined}"


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
        more = _newest(db, question.expression(columns), conditions, limit)
        found += [each for each in more if each not in found]
        if len(found) >= limit:
            break
    ids = [each.placement_id for each in found[:limit]]
    rows = [EmailRow(*row) for row in db.execute(PLACED, {"found": json.dumps(ids)})]
    at = {id_: n for n, id_ in enumerate(ids)}
    return sorted(rows, key=lambda row: at[row.placement_id])


def _newest(db: Connection, words: str, asked_for: _Conditions, limit: int) -> list[_Placed]:
    """The newest of what holds these words ('' for whatever words)."""
    if not words:
        return list(_by_date(db, asked_for, NEWEST, limit))
    rows = db.execute(MATCHED, {"words": words, "limit": FEW + 1}).fetchall()
    if len(rows) <= FEW:
        ids = json.dumps([row[0] for row in rows])
        found = db.execute(
            f"SELECT p.received_at, p.id, p.email_id FROM {asked_for.tables}"
            " WHERE p.deleted = 0 AND p.email_id IN (SELECT value FROM json_each(:ids))"
            f" AND {asked_for.where} ORDER BY p.received_at DESC, p.id DESC LIMIT :limit",
            {**asked_for.values, "ids": ids, "limit": limit},
        )
        return [_Placed(*row) for row in found]
    found_so_far: list[_Placed] = []
    before, window = NEWEST, WINDOW
    while len(found_so_far) < limit:
        placed = list(_by_date(db, asked_for, before, window))
        if not placed:
            break
        among = [each.email_id for each in placed]
        values = {"words": words, "low": min(among), "high": max(among)}
        holding = {row[0] for row in db.execute(MATCHED_WITHIN, values)}
        found_so_far += [each for each in placed if each.email_id in holding]
        before, window = placed[-1][:2], window * 4
    return found_so_far[:limit]


def _by_date(
    db: Connection, asked_for: _Conditions, before: tuple[int, int], limit: int
) -> Iterator[_Placed]:
    rows = db.execute(
        f"SELECT p.received_at, p.id, p.email_id FROM {asked_for.tables}"
        f" WHERE p.deleted = 0 AND (p.received_at, p.id) < (:at, :id) AND {asked_for.where}"
        " ORDER BY p.received_at DESC, p.id DESC LIMIT :limit",
        {**asked_for.values, "at": before[0], "id": before[1], "limit": limit},
    )
    return (_Placed(*row) for row in rows)


def _conditions(db: Connection, question: Question) -> _Conditions:
    where = ["1"]
    values: dict[str, object] = {}
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
    where += [HOLDS[kind] for kind in question.held]
    for n, name in enumerate(question.mailboxes):
        where.append(f"p.shown_mailbox_id IN (SELECT value FROM json_each(:mailboxes{n}))")
        values[f"mailboxes{n}"] = json.dumps(_mailboxes(db, name))
    for n, network in enumerate(question.networks):
        where.append(f"e.sender_domain IN (SELECT value FROM json_each(:domains{n}))")
        values[f"domains{n}"] = json.dumps(domains_of(db, network))
    return _Conditions(" AND ".join(where), values)


def _mailboxes(db: Connection, name: str) -> list[int]:
    """Those with the role of that name; else called so; else whose name begins so.

    Raises:
        Usage: `search.no_mailbox`.
    """
    everyone = mailboxes(db)
    role = ROLES.get(name)
    for fits in (
        lambda m: role is not None and m.role is role,
        lambda m: bare(m.name) == name,
        lambda m: f" {bare(m.name)}".find(f" {name}") >= 0,
    ):
        if found := [m.id for m in everyone if fits(m)]:
            return found
    raise Usage("search.no_mailbox", name=name)

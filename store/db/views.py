"""The letters of a list: of a mailbox, a view, a label or a kept search, in the order wished.

Only their ids are read, all of them: a list of 100,000 is one array of numbers, and a page is read
by its ids when it is shown. A mailbox by date alone needs none of this (store/db/emails.py).

A view is one row of VIEWS. Its letters are never those put off, unless it says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from store.db.emails import ROW, EmailRow
from store.db.open import Connection
from store.db.returns import MINE, NO_RETURN
from store.db.search import search
from store.host import clock
from store.model.health import Health
from store.model.ids import PlacementId
from store.model.listing import Filter, Order, Shelf, Sort, View

AWAKE = "p.deleted = 0 AND p.snoozed_until IS NULL"
NOT_READING = "m.role NOT IN ('sent', 'drafts', 'junk', 'trash')"
HEALTH = "e.health > 0 AND e.health"
"""Begins with the condition of the index email_health, so that SQLite uses it."""
VIEWS = {
    View.INBOXES: f"{AWAKE} AND m.role = 'inbox'",
    View.UNREAD: f"{AWAKE} AND p.unread = 1 AND {NOT_READING}",
    # As laboratories judged their values, and of documents that none has taken the place of.
    View.RESULTS: f"{AWAKE} AND {NOT_READING} AND {HEALTH} & {int(Health.RESULT)} > 0"
    f" AND e.health & {int(Health.SUPERSEDED)} = 0",
    View.ABNORMAL: f"{AWAKE} AND {NOT_READING}"
    f" AND {HEALTH} & {int(Health.ABNORMAL | Health.ALERT)} > 0",
    # In an inbox, to me by name, from somebody else; I neither answered nor wrote there since.
    View.TO_ANSWER: f"{AWAKE} AND m.role = 'inbox' AND instr(p.keywords, '$answered') = 0"
    " AND instr(p.keywords, '$forwarded') = 0"
    f" AND lower(e.sender_email) <> ({MINE}) AND EXISTS"
    " (SELECT 1 FROM json_each(e.people, '$.to') AS t"
    f"   WHERE lower(json_extract(t.value, '$[1]')) = ({MINE}))"
    " AND NOT EXISTS (SELECT 1 FROM email AS later WHERE later.thread_id = e.thread_id"
    f"   AND later.received_at > e.received_at AND lower(later.sender_email) = ({MINE}))",
    View.UNACKNOWLEDGED: f"{AWAKE} AND m.role = 'sent' AND {NO_RETURN}",
    View.SNOOZED: "p.deleted = 0 AND p.snoozed_until IS NOT NULL",
}
FILTERS = {
    Filter.ALL: "1",
    Filter.UNREAD: "p.unread = 1",
    Filter.FLAGGED: "instr(' ' || p.keywords || ' ', ' $flagged ') > 0",
    Filter.ATTACHED: "e.attachments > 0",
}
SORTS = {
    Sort.DATE: "",
    Sort.SENDER: "lower(coalesce(nullif(e.sender_name, ''), e.sender_email)), ",
    Sort.SIZE: "e.size DESC, ",
    Sort.SUBJECT: "lower(ltrim(replace(replace(e.subject, 'Re:', ''), 'RE:', ''))), ",
}
LEAST_OF_EMAIL = (View.INBOXES, View.UNREAD, View.SNOOZED)
"""Views that need nothing of the Email itself, whose pages are many more to read."""
MOST_FOUND = 2000
"""Letters of a kept search."""


class Listed(NamedTuple):
    """One letter of a list, by its ids."""

    placement_id: PlacementId
    thread_id: int | None
    """None where threads are not asked for."""
    at: int
    """What it is put in order by, by date."""


def listed(db: Connection, shelf: Shelf, order: Order) -> list[Listed]:
    """The letters of a list, in its order; each thread together is the caller's affair."""
    condition, values = _condition(db, shelf)
    needs_email = (
        order.threads
        or order.sort is not Sort.DATE
        or order.filter is Filter.ATTACHED
        or (shelf.view is not None and shelf.view not in LEAST_OF_EMAIL)
    )
    tables = "mailbox AS m CROSS JOIN placement AS p ON p.shown_mailbox_id = m.id"
    if shelf.query:
        tables = (
            "json_each(:found) AS f CROSS JOIN placement AS p ON p.id = f.value"
            " CROSS JOIN mailbox AS m ON m.id = p.shown_mailbox_id"
        )
    if shelf.view in (View.RESULTS, View.ABNORMAL):
        tables = (
            "email AS e INDEXED BY email_health CROSS JOIN placement AS p ON p.email_id = e.id"
            " CROSS JOIN mailbox AS m ON m.id = p.shown_mailbox_id"
        )
    elif needs_email:
        tables += " CROSS JOIN email AS e ON e.id = p.email_id"
    rows = db.execute(
        f"SELECT p.id, {'e.thread_id' if order.threads else 'NULL'}, p.received_at"
        f" FROM {tables} WHERE {condition} AND {FILTERS[order.filter]}"
        f" ORDER BY {SORTS[order.sort]}p.received_at DESC, p.id DESC",
        values,
    )
    return [Listed(*row) for row in rows]


def _condition(db: Connection, shelf: Shelf) -> tuple[str, dict[str, object]]:
    if shelf.view is not None:
        return VIEWS[shelf.view], {"now": clock.now()}
    if shelf.label:
        words = f"{AWAKE} AND instr(' ' || p.keywords || ' ', ' ' || :label || ' ') > 0"
        return words, {"label": shelf.label}
    if shelf.query:
        found = [row.placement_id for row in search(db, shelf.query, MOST_FOUND)]
        return AWAKE, {"found": json.dumps(found)}
    return f"{AWAKE} AND m.id = :mailbox", {"mailbox": shelf.mailbox_id}


def rows_of(db: Connection, placement_ids: Sequence[PlacementId]) -> list[EmailRow]:
    """The rows of these placements, in this order; those that are gone are left out."""
    found = db.execute(
        f"{ROW} WHERE p.id IN (SELECT value FROM json_each(?))", (json.dumps(placement_ids),)
    )
    rows = {row[0]: EmailRow(*row) for row in found}
    return [rows[each] for each in placement_ids if each in rows]

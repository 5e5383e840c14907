"""One letter that two accounts of a store hold: the one that sent it, and the one it came to.

Nothing is taken for a copy by its Message-ID alone, which whoever writes a letter chooses: one of
them lies among what was sent, where nobody else puts anything, and the other says the same, to the
name and length of each of its documents. What stands for both says where each lies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from store.db.emails import EmailRow
from store.db.open import Connection
from store.model.ids import EmailId
from store.model.mailbox import Lies, Role

SAYS = """
SELECT e.id, e.message_id, e.subject, e.sender_email, e.sent_at, b.body,
       (SELECT group_concat(json_array(q.number, q.media_type, q.name, q.length))
          FROM (SELECT * FROM part WHERE email_id = e.id ORDER BY position) AS q)
  FROM email AS e JOIN email_body AS b ON b.email_id = e.id
 WHERE e.id IN (SELECT value FROM json_each(?)) AND e.message_id <> ''
   AND NOT EXISTS (SELECT 1 FROM email_outline AS o WHERE o.email_id = e.id)
"""
LIES = """
SELECT p.email_id, a.name, coalesce(m.wish_name, m.name), m.role
  FROM placement AS p JOIN mailbox AS m ON m.id = p.shown_mailbox_id
  JOIN account AS a ON a.id = m.account_id
 WHERE p.email_id IN (SELECT value FROM json_each(?)) AND p.deleted = 0 ORDER BY p.id
"""
Row = TypeVar("Row")


def rows_together(db: Connection, rows: Sequence[EmailRow]) -> list[EmailRow]:
    """Rows of letters, in their order, where the first of those that are one stands for all."""
    ids = json.dumps([row.email_id for row in rows])
    says = {EmailId(row[0]): tuple(row[1:]) for row in db.execute(SAYS, (ids,))}
    found = gathered(db, rows, lambda row: says.get(row.email_id), lambda row: row.email_id)
    return [row._replace(places=places) for row, places in found]


def gathered(
    db: Connection,
    rows: Sequence[Row],
    says: Callable[[Row], Hashable | None],
    email_of: Callable[[Row], EmailId],
) -> list[tuple[Row, tuple[Lies, ...]]]:
    """The first of those that say the same, and where they all lie; () where it stands for itself.

    says: None for what is no copy of anything.
    """
    alike: dict[Hashable, list[Row]] = {}
    for row in rows:
        if (same := says(row)) is not None:
            alike.setdefault(same, []).append(row)
    several = [group for group in alike.values() if len({email_of(row) for row in group}) > 1]
    lies = _lies(db, (email_of(row) for group in several for row in group))
    first: dict[int, tuple[Lies, ...]] = {}
    behind: set[int] = set()
    for group in several:
        places = tuple(dict.fromkeys(each for row in group for each in lies[email_of(row)]))
        sent_by = {each.account for each in places if each.role is Role.SENT}
        if sent_by and {each.account for each in places} - sent_by:
            first[id(group[0])] = places
            behind |= {id(row) for row in group[1:]}
    return [(row, first.get(id(row), ())) for row in rows if id(row) not in behind]


def _lies(db: Connection, email_ids: Iterable[EmailId]) -> dict[EmailId, list[Lies]]:
    found: dict[EmailId, list[Lies]] = {each: [] for each in email_ids}
    for email_id, account, mailbox, role in db.execute(LIES, (json.dumps(list(found)),)):
        found[EmailId(email_id)].append(Lies(account, mailbox, Role(role)))
    return found

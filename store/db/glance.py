"""What the screen asks after every commit and before every gesture, without reading a letter."""

from __future__ import annotations

from store.db.drafts import told_to_leave
from store.db.drop_rules import file_trouble
from store.db.drops import rules, unsettled
from store.db.mailboxes import mailbox
from store.db.open import Connection
from store.db.reports import aftermath
from store.db.submission_rows import counts_by_shown_state
from store.errors import Usage
from store.model.ids import MailboxId, PlacementId
from store.model.mailbox import Mailbox

NOT_ENDED = "state IN ('queued', 'sending', 'uncertain', 'refused', 'deferred')"


def under_way(db: Connection) -> dict[str, int]:
    """Submissions that have not ended, by state, 'writing' and 'held_back' for drafts
    told to leave, what wants a look after it left (store/db/reports.py); 'watched' for what a
    person must see to of the watched folders."""
    found = counts_by_shown_state(db, only=NOT_ENDED)
    return found | told_to_leave(db) | aftermath(db) | {"watched": _watched(db)}


def _watched(db: Connection) -> int:
    """Rules that are down or silent, documents that wait for a person, a file of rules that is
    wrong."""
    down = sum(rule.needs_a_person for rule in rules(db))
    return down + unsettled(db) + bool(file_trouble(db)[0])


def shown_in(db: Connection, placement_id: PlacementId) -> Mailbox:
    """The mailbox a placement is shown in: where it was wished to, else where it is.

    Raises:
        Usage: `placement.unknown`, it has gone from the server meanwhile.
    """
    row = db.execute(
        "SELECT shown_mailbox_id FROM placement WHERE id = ? AND deleted = 0", (placement_id,)
    ).fetchone()
    if row is None:
        raise Usage("placement.unknown", id=placement_id)
    return mailbox(db, MailboxId(row[0]))

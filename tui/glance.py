"""All that stands around the letters, in one look: accounts, mailboxes, node, what is under way."""

from __future__ import annotations

from dataclasses import dataclass

from store.db.accounts import accounts
from store.db.alerts import alerts_standing
from store.db.glance import under_way
from store.db.labels import labels
from store.db.link import holds
from store.db.losses import questions
from store.db.mailboxes import mailboxes
from store.db.node import NodeState, node_state
from store.db.open import Connection
from store.db.saved_views import SavedView, saved_views
from store.db.snoozing import Waiting, waiting
from store.db.work_wishes import works
from store.host.clock import now
from store.model.account import Account
from store.model.health import Alerts
from store.model.ids import AccountId, MailboxId
from store.model.link import Hold
from store.model.loss import Question
from store.model.mailbox import Mailbox
from store.model.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One look. Two looks that are equal need no repaint."""

    accounts: tuple[Account, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    node: NodeState | None = None
    under_way: tuple[tuple[str, int], ...] = ()
    holds: tuple[tuple[AccountId, Hold], ...] = ()
    """What budgets keep from coming."""
    questions: tuple[Question, ...] = ()
    saved: tuple[SavedView, ...] = ()
    """Searches that are kept."""
    labels: tuple[tuple[str, str], ...] = ()
    """Keyword and name of each label that was given one."""
    put_off: Waiting = Waiting()  # noqa: RUF009
    """Letters that come back later."""
    alerts: Alerts = Alerts()  # noqa: RUF009
    """What somebody must see."""

    works: tuple[Work, ...] = ()
    """What takes long."""

    def some_return(self, now: int) -> bool:
        """Whether the time of a letter put off has come."""
        return self.put_off.first_at is not None and self.put_off.first_at <= now

    def silence_in(self, now: int) -> int | None:
        """Seconds until one of the works is silent, if nothing comes of it."""
        times = (each.silent_in(now) for each in self.works)
        return min((time for time in times if time is not None), default=None)

    def mailbox(self, mailbox_id: MailboxId) -> Mailbox | None:
        """The mailbox with this id, if it is still there."""
        return next((m for m in self.mailboxes if m.id == mailbox_id), None)

    def account(self, account_id: AccountId) -> Account | None:
        """The account with this id, if it is still there."""
        return next((a for a in self.accounts if a.id == account_id), None)

    def count(self, *states: str) -> int:
        """How many submissions are in these states."""
        return sum(n for state, n in self.under_way if state in states)


def look_around(db: Connection) -> Glance:
    """Look now."""
    return Glance(
        accounts=tuple(accounts(db)),
        mailboxes=tuple(mailboxes(db)),
        node=node_state(db),
        under_way=tuple(under_way(db).items()),
        holds=tuple(holds(db, now=now()).items()),
        questions=tuple(questions(db)),
        saved=tuple(saved_views(db)),
        labels=tuple(labels(db).items()),
        put_off=waiting(db),
        alerts=alerts_standing(db),
        works=tuple(works(db)),
    )

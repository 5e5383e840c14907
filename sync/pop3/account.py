"""One pass over a POP3 account: number, announce, bring, keep; then, if the person wants, let go.

Each step is on the disk before the next word leaves: a connection cut anywhere leaves nothing to
repair, and the next one asks only for what is not held. What is let go was on the disk before this
connection began, and leaves the server only with an answered QUIT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from store.db import pop3
from store.db.open import Connection
from store.model.account import Account
from store.model.email import Outline
from store.model.ids import MailboxId
from sync.imap.perform import PassReport
from sync.pop3.plan import MOST_LETTER, Known, Offered, Plan, plan, windows
from sync.pop3.received import outline, received_at

HEADERS_TOGETHER = 50


class Server(Protocol):
    """What a pass needs of a maildrop; the simulation fakes it."""

    @property
    def lists_headers(self) -> bool: ...
    async def listing(self) -> list[Offered]: ...
    async def headers(self, letters: Sequence[Offered]) -> list[bytes | None]: ...
    async def bring(
        self, letters: Sequence[Offered], on_letter: Callable[[Offered, bytes], None]
    ) -> None: ...
    async def delete(self, letters: Sequence[Offered]) -> None: ...


class Shelf(Protocol):
    """The store, for one account. Every method that writes is one transaction of its own."""

    def begin(self) -> None: ...
    def settle_wishes(self) -> int: ...
    def known(self) -> list[Known]: ...
    def number(self, uidls: Sequence[bytes]) -> None: ...
    def announce(self, announced: Iterable[tuple[bytes, Outline]]) -> None: ...
    def keep(self, letter: Offered, octets: bytes, received: int) -> None: ...
    def forget(self, uidls: Sequence[bytes]) -> None: ...


class StoreShelf:
    """`Shelf` on the real store."""

    def __init__(self, db: Connection, account: Account, now: Callable[[], int]) -> None:
        self._db, self._account, self._now = db, account, now
        self._inbox: MailboxId | None = None

    @property
    def inbox(self) -> MailboxId:
        """The one mailbox of the server."""
        assert self._inbox is not None, "begin first"
        return self._inbox

    def begin(self) -> None:
        """See to the mailboxes."""
        self._inbox = pop3.begin(self._db, self._account.id, now=self._now())

    def settle_wishes(self) -> int:
        """Do here what no server is to be told; how many letters."""
        return pop3.settle_wishes(self._db, self._account.id)

    def known(self) -> list[Known]:
        """Every letter the server has shown."""
        return [
            Known(
                uidl=each.uidl,
                held_at=each.held_at,
                announced=each.announced,
                wanted=each.wanted,
                dropped=each.dropped,
                listed=each.listed,
            )
            for each in pop3.letters(self._db, self._account.id)
        ]

    def number(self, uidls: Sequence[bytes]) -> None:
        """Give new letters their place."""
        pop3.number(self._db, self._account.id, self.inbox, uidls)

    def announce(self, announced: Iterable[tuple[bytes, Outline]]) -> None:
        """Letters whose header has come."""
        pop3.announce(self._db, self._account.id, self.inbox, announced)

    def keep(self, letter: Offered, octets: bytes, received: int) -> None:
        """All of a letter."""
        pop3.keep(
            *(self._db, self._account.id, self.inbox, letter.uidl, octets),
            listed=letter.size,
            received_at=received,
            now=self._now(),
        )

    def forget(self, uidls: Sequence[bytes]) -> None:
        """The server has these no more."""
        pop3.forget(self._db, self._account.id, uidls)


async def sync_maildrop(
    server: Server,
    shelf: Shelf,
    *,
    now: Callable[[], int],
    delete_days: int | None,
    lean: bool = False,
    most_octets: int | None = None,
    may_fetch: Callable[[], bool] = lambda: True,
    after_letter: Callable[[], object] = lambda: None,
    report: PassReport | None = None,
) -> PassReport:
    """Bring what is not held; what it did, written into `report` while it goes.

    Raises:
        Transient: the line, or the server's mood; what was committed stays.
        NeedsUser: `pop3.no_uidl`.
    """
    report = PassReport() if report is None else report
    report.mailboxes = 1
    shelf.begin()
    shelf.settle_wishes()
    steps = plan(
        await server.listing(),
        shelf.known(),
        now=now(),
        delete_days=delete_days,
        headers_first=lean and server.lists_headers,
        most_octets=most_octets,
    )
    shelf.forget(steps.reused)
    shelf.number(steps.new)
    await _announce(server, shelf, steps, report, now)
    after_letter()
    await _bring(server, shelf, steps, report, now, may_fetch, after_letter)
    shelf.forget(steps.forget)
    if steps.let_go:
        await server.delete(steps.let_go)
        report.expunged = len(steps.let_go)
    shelf.settle_wishes()
    return report


async def _announce(
    server: Server, shelf: Shelf, steps: Plan, report: PassReport, now: Callable[[], int]
) -> None:
    for start in range(0, len(steps.announce), HEADERS_TOGETHER):
        letters = steps.announce[start : start + HEADERS_TOGETHER]
        headers = await server.headers(letters)
        came = [(each, h) for each, h in zip(letters, headers, strict=True) if h is not None]
        shelf.announce((each.uidl, outline(header, each.size, now())) for each, header in came)
        report.announced += len(came)


async def _bring(
    server: Server,
    shelf: Shelf,
    steps: Plan,
    report: PassReport,
    now: Callable[[], int],
    may_fetch: Callable[[], bool],
    after_letter: Callable[[], object],
) -> None:
    def keep(letter: Offered, octets: bytes) -> None:
        shelf.keep(letter, octets, received_at(octets, now()))
        report.fetched += 1
        after_letter()

    fitting = [each for each in steps.bring if each.size <= MOST_LETTER]
    report.refused += len(steps.bring) - len(fitting)
    report.progress.letters = len(fitting)
    left = len(fitting)
    for window in windows(fitting):
        if not may_fetch():
            report.waiting[MailboxId(0)] = left
            return
        await server.bring(window, keep)
        left -= len(window)

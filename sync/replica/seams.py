"""The two things a replica is made between: a server and a store, as little of each as it needs.

The simulation (tests/sim) fakes the server behind `Remote` and cuts `Local` short at every step;
all that lies between them is the code that runs against real servers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from store.model.email import Keywords, Placement
from store.model.ids import EmailId, MailboxId, PlacementId
from store.model.mailbox import Mailbox, Role


class Numbered(Protocol):
    """What STATUS says of one mailbox (RFC 3501 §6.3.10, RFC 7162 §3.1.7)."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def highestmodseq(self) -> int | None: ...


class Listed(Protocol):
    """A mailbox in the server's list."""

    @property
    def wire_name(self) -> bytes: ...
    @property
    def name(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def selectable(self) -> bool: ...
    @property
    def status(self) -> Numbered | None: ...


class Flagged(Protocol):
    """One Email in a listing: only its keywords matter here."""

    @property
    def keywords(self) -> Keywords: ...


class Arrived(Protocol):
    """One Email as fetched."""

    @property
    def uid(self) -> int: ...
    @property
    def keywords(self) -> Keywords: ...
    @property
    def received_at(self) -> int: ...
    @property
    def octets(self) -> bytes: ...


class Ranges(Protocol):
    """UIDs the server named as ranges: never expanded, for it may name four thousand million."""

    @property
    def ranges(self) -> Sequence[tuple[int, int]]: ...


class Opened(Protocol):
    """The answer to SELECT."""

    @property
    def exists(self) -> int: ...
    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int:
        """0 when the server does not say."""
        ...

    @property
    def highestmodseq(self) -> int | None: ...
    @property
    def changed(self) -> Mapping[int, Flagged] | None: ...
    @property
    def vanished(self) -> Ranges | None: ...


class Uploaded(Protocol):
    """APPENDUID (RFC 4315 §3)."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uid(self) -> int: ...


class Counted(Protocol):
    """What went over the line so far."""

    @property
    def turns(self) -> int: ...
    @property
    def octets_in(self) -> int: ...
    @property
    def octets_out(self) -> int: ...


class Remote(Protocol):
    """A logged-in session, one command at a time.

    Every method raises Transient when the line or the server's mood is at fault (nothing is known
    of the effect), Permanent or NeedsUser when the server clearly said no (there was no effect).
    """

    @property
    def exists(self) -> int:
        """EXISTS of the selected mailbox as of the last tagged OK."""
        ...

    @property
    def traffic(self) -> Counted: ...

    def has(self, capability: str) -> bool:
        """Whether the server offers it: `MOVE`, `UIDPLUS`."""
        ...

    async def list_mailboxes(self) -> Sequence[Listed]: ...
    async def select(
        self,
        wire_name: bytes,
        *,
        known: tuple[int, int] | None,
        sample: Sequence[tuple[int, int]] = (),
    ) -> Opened:
        """`known` is (uidvalidity, highestmodseq) of what is held; None when nothing is.

        `sample` is some of what was held then: (rank, UID), ascending. As far as it agrees with
        what is there, a server need not name what vanished before.
        """
        ...

    async def listing(self, *, changed_since: int | None = None) -> Mapping[int, Flagged]: ...
    async def uids(self) -> set[int]: ...
    async def fetch(self, uids: Collection[int], on_email: Callable[[Arrived], None]) -> None: ...
    async def store(self, uids: Collection[int], *, add: Keywords, remove: Keywords) -> None: ...
    async def append(
        self, wire_name: bytes, octets: bytes, keywords: Keywords, received_at: int
    ) -> Uploaded | None: ...
    async def move(self, uids: Collection[int], wire_name: bytes) -> Mapping[int, int] | None:
        """Source UID to target UID of what was moved; None when the server does not say.

        One effect where MOVE is offered; else a copy and an expunge, which can be cut apart.
        """
        ...

    async def expunge(self, uids: Collection[int]) -> bool:
        """False when the server cannot remove just these."""
        ...

    async def search_message_id(self, message_id: str, *, from_uid: int) -> Sequence[int]: ...


class Local(Protocol):
    """The store, for one account. Every method that writes is one transaction of its own."""

    def save_listing(self, listed: Iterable[Listed]) -> None: ...
    def mailboxes(self) -> Sequence[Mailbox]:
        """Every mailbox ever listed, in the order to visit them."""
        ...

    def mailbox(self, mailbox_id: MailboxId) -> Mailbox: ...
    def held_counts(self) -> Mapping[MailboxId, int]: ...
    def pending_mailboxes(self) -> set[MailboxId]:
        """Those with anything to tell, to settle or to find."""
        ...

    def wished_mailboxes(self) -> set[MailboxId]:
        """Those of them with something the server has not refused."""
        ...

    def moves_in_flight(self) -> Sequence[Placement]: ...
    def unsettled_from(self, mailbox_id: MailboxId) -> int | None: ...
    def placements(self, mailbox_id: MailboxId) -> Iterator[Placement]: ...
    def placements_among(
        self, mailbox_id: MailboxId, uids: Iterable[int]
    ) -> Sequence[Placement]: ...
    def now(self, ids: Sequence[PlacementId]) -> Sequence[Placement]: ...
    def held_count(self, mailbox_id: MailboxId) -> int: ...
    def held_uids(self, mailbox_id: MailboxId) -> set[int]: ...
    def held_at(self, mailbox_id: MailboxId, ranks: Iterable[int]) -> Sequence[tuple[int, int]]: ...
    def held_among(self, mailbox_id: MailboxId, uids: Iterable[int]) -> set[int]: ...
    def held_within(self, mailbox_id: MailboxId, ranges: Iterable[tuple[int, int]]) -> set[int]: ...
    def letter(self, email_id: EmailId) -> tuple[bytes, int]:
        """Its octets and when it was received, Unix seconds."""
        ...

    def change(
        self, ids: Sequence[PlacementId], how: Callable[[Placement], Placement | None]
    ) -> Sequence[Placement]: ...
    def add(self, mailbox_id: MailboxId, emails: Sequence[Arrived]) -> int: ...
    def begin_numbering(
        self, mailbox_id: MailboxId, *, uidvalidity: int, highestmodseq: int | None
    ) -> int: ...
    def settle_mailbox(
        self, mailbox_id: MailboxId, *, uidnext: int, highestmodseq: int | None
    ) -> int: ...

"""The two things a replica is made between: a server and a store, as little of each as it needs.

The simulation (tests/sim) fakes the server behind `Remote` and cuts `Local` short at every step;
all that lies between them is the code that runs against real servers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from store.errors import NeedsUser, Permanent
from store.model.draft import Draft
from store.model.email import Came, Keywords, Placement, Unwhole
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId
from store.model.loss import Loss
from store.model.mailbox import Mailbox
from store.model.structure import AnnouncedPart, PartCame, WantedPart
from store.model.work import Floor
from sync.replica.facts import (
    Ahead,
    Arrived,
    Counted,
    Flagged,
    Identified,
    Listed,
    Opened,
    Outlined,
    Span,
    ToUpload,
    Uploaded,
)
from sync.replica.relink import Stray

NO = (Permanent, NeedsUser)
"""A clear no of the server's: nothing was done."""


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

    @property
    def selected(self) -> tuple[bytes, int] | None:
        """Wire name and UIDVALIDITY of the selected mailbox."""
        ...

    async def list_mailboxes(self) -> Sequence[Listed]: ...
    async def create_mailbox(self, wire_name: bytes) -> None:
        """Make it, unless it is there."""
        ...

    async def rename_mailbox(self, wire_name: bytes, to: bytes) -> None: ...
    async def subscribe(self, wire_name: bytes, *, on: bool) -> None: ...
    async def select(
        self,
        wire_name: bytes,
        *,
        known: tuple[int, int] | None,
        sample: Sequence[tuple[int, int]] = (),
        newest_from: int = 0,
        ahead: Ahead | None = None,
    ) -> Opened:
        """`known` is (uidvalidity, highestmodseq) of what is held; None when nothing is.

        `sample` is some of what was held then: (rank, UID), ascending. As far as it agrees with
        what is there, a server need not name what vanished before. `newest_from` is the rank from
        which on Emails are announced by the same answer; 0 for none. `ahead` are those that
        `outlines` will be asked for: a remote may have them sent in the same turn.
        """
        ...

    async def listing(self, *, changed_since: int | None = None) -> Mapping[int, Flagged]: ...
    async def uids(self) -> set[int]: ...
    async def fetch(self, uids: Collection[int], on_email: Callable[[Arrived], None]) -> None: ...
    async def outlines(
        self, uids: Collection[int], on_outline: Callable[[Outlined], None], *, begin: int = 0
    ) -> None: ...
    async def ranges(
        self,
        uids: Collection[int],
        offset: int,
        length: int,
        on_range: Callable[[int, bytes], None],
        *,
        describe: Collection[int] = (),
        on_structure: Callable[[int, tuple[AnnouncedPart, ...]], None] | None = None,
        on_half: Callable[[int, bytes], None] | None = None,
    ) -> None:
        """`describe`: of these, what parts they have, in the same flight; no server need say it.
        `on_half`: what came of a range in which the line broke."""
        ...

    async def part_ranges(
        self,
        uid: int,
        section: str,
        spans: Sequence[Span],
        on_range: Callable[[Span, bytes, int | None], None],
        *,
        binary: bool,
        ask_size: bool = False,
        on_half: Callable[[Span, bytes, int | None], None] | None = None,
    ) -> None:
        """Ranges of one part, in order; with `ask_size`, its decoded octets with the first.
        `on_half`: as in `ranges`."""
        ...

    async def identities(self, uids: Collection[int]) -> Sequence[Identified]: ...
    async def store(self, uids: Collection[int], *, add: Keywords, remove: Keywords) -> None: ...
    async def append(
        self, wire_name: bytes, octets: bytes, keywords: Keywords, received_at: int
    ) -> Uploaded | None: ...
    async def append_all(
        self, wire_name: bytes, letters: Sequence[ToUpload]
    ) -> Sequence[Uploaded] | None:
        """All in one command, all or none; only where MULTIAPPEND is offered."""
        ...

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

    @property
    def account_id(self) -> AccountId: ...
    def obey_pauses(self) -> frozenset[str]:
        """The works that a person paused, said to be from now on: before going on with any."""
        ...

    def floors(self) -> Mapping[MailboxId, Floor]:
        """While the letters are paused, where new ones begin."""
        ...

    def save_floors(self, found: Mapping[MailboxId, Floor]) -> None: ...
    def say_name(self, mailbox_id: MailboxId, wire_name: bytes, wish: str) -> bool: ...
    def hear_name(
        self, mailbox_id: MailboxId, *, wire_name: bytes, name: str, wish: str | None
    ) -> None: ...
    def follow_name(self, mailbox_id: MailboxId, *, wire_name: bytes, name: str) -> None:
        """Somebody else gave it this name."""
        ...

    def message_ids(self, mailbox_id: MailboxId, ranks: Iterable[int]) -> Mapping[int, str]:
        """UID to Message-ID, of the letters held with these ranks; those without are left out."""
        ...

    def hear_subscribed(self, mailbox_id: MailboxId, *, on: bool) -> None: ...
    def refuse_mailbox(self, said: Mailbox, code: str) -> None: ...
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

    def here(self, email_id: EmailId) -> tuple[bytes, bool]:
        """All of it, else the header fields announced; and whether it is all."""
        ...

    def change(
        self,
        ids: Sequence[PlacementId],
        how: Callable[[Placement], Placement | None],
        *,
        choice: Callable[[Placement, Placement | None], str] = ...,
    ) -> Sequence[Placement]:
        """Each becomes what `how` makes of it; `choice` says what was chosen for the person."""
        ...

    def add(self, mailbox_id: MailboxId, emails: Sequence[Arrived]) -> int: ...
    def announce(
        self, mailbox_id: MailboxId, outlined: Sequence[Outlined], begin: int
    ) -> tuple[int, int]:
        """Know of letters, with the `begin` octets that came along. How many, how many whole."""
        ...

    def unwhole(self, *, among: Collection[EmailId] | None = None) -> Sequence[Unwhole]:
        """Every letter, or every one of these, that is not whole and that the server still has."""
        ...

    def last_octets(self, email_id: EmailId, count: int) -> bytes: ...
    def last_wanted(self) -> int: ...
    def add_ranges(self, came: Iterable[Came]) -> int:
        """Keep them, in one transaction; letters that end are whole. How many of these."""
        ...

    def forget_ranges(self, email_id: EmailId) -> None: ...
    def say_described(self, email_ids: Collection[EmailId]) -> None:
        """Just before their structure is asked for: that may end the line."""
        ...

    def describe(self, found: Mapping[EmailId, Sequence[AnnouncedPart]]) -> None: ...
    def wanted_parts(self) -> Sequence[WantedPart]:
        """Those a person asked for alone, the oldest wish first."""
        ...

    def last_part_octets(self, part: WantedPart, count: int) -> bytes: ...
    def add_part_range(self, part: WantedPart, came: PartCame) -> bool:
        """Keep it, in one transaction. Whether the part is here now."""
        ...

    def restart_part(self, part: WantedPart, *, no_binary: bool) -> None: ...
    def refuse_part(self, part: WantedPart, code: str) -> None: ...
    def replace_by(self, email_id: EmailId, octets: bytes) -> EmailId: ...

    def replace_all(self, came: Iterable[tuple[EmailId, bytes]]) -> None: ...
    def begin_numbering(
        self, mailbox_id: MailboxId, *, uidvalidity: int, highestmodseq: int | None
    ) -> int: ...
    def settle_mailbox(
        self, mailbox_id: MailboxId, *, uidnext: int, highestmodseq: int | None
    ) -> None: ...
    def unfound(self, mailbox_id: MailboxId) -> Sequence[PlacementId]: ...
    def on_server(self, mailbox_id: MailboxId) -> Sequence[PlacementId]: ...
    def lose(self, mailbox_id: MailboxId, ids: Collection[PlacementId], *, held: int) -> int: ...
    def strays(self, mailbox_id: MailboxId) -> Sequence[Stray]:
        """Letters that are lost, or whose UID is: by what each would be recognised."""
        ...

    def losses(self) -> Sequence[Loss]: ...
    def file_drafts(self, may_go: Callable[[Draft], bool]) -> int:
        """Drafts written here become letters to upload, those that `may_go`."""
        ...

    def settle_drafts(self) -> None:
        """What the server was just seen to have replaces what it had before."""
        ...

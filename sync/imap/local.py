"""The store as the sync engine sees it: one account, with the clock and the merges it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from store.db import listing, mailboxes, replica
from store.db.open import Connection
from store.model.email import Placement
from store.model.ids import AccountId, EmailId, MailboxId, PlacementId
from store.model.mailbox import Mailbox
from sync.replica.identity import message_id_of
from sync.replica.merge import relinked
from sync.replica.seams import Arrived, Listed


@dataclass(frozen=True, slots=True)
class StoreLocal:
    """`sync.replica.seams.Local` on the real store."""

    db: Connection
    account_id: AccountId
    now_is: Callable[[], int]
    """The clock, Unix seconds."""

    def save_listing(self, listed: Iterable[Listed]) -> None:
        """Remember which mailboxes the server lists; those that cannot be opened are none."""
        names = [
            listing.ListedName(each.wire_name, each.name, each.delimiter, each.role)
            for each in listed
            if each.selectable
        ]
        listing.save_listing(self.db, self.account_id, names, now=self.now_is())

    def mailboxes(self) -> Sequence[Mailbox]:
        """Every mailbox ever listed, INBOX first."""
        return mailboxes.mailboxes(self.db, self.account_id)

    def mailbox(self, mailbox_id: MailboxId) -> Mailbox:
        """One mailbox as it is now."""
        return mailboxes.mailbox(self.db, mailbox_id)

    def held_counts(self) -> Mapping[MailboxId, int]:
        """How many Emails of the server are held, by mailbox."""
        return listing.held_counts(self.db, self.account_id)

    def held_count(self, mailbox_id: MailboxId) -> int:
        """How many Emails of the server are held of one mailbox."""
        return listing.held_count(self.db, mailbox_id)

    def pending_mailboxes(self) -> set[MailboxId]:
        """Those with anything to tell, to settle or to find."""
        return replica.pending_mailboxes(self.db, self.account_id)

    def wished_mailboxes(self) -> set[MailboxId]:
        """Those of them with something the server has not refused."""
        return replica.wished_mailboxes(self.db, self.account_id)

    def moves_in_flight(self) -> Sequence[Placement]:
        """The placements for which a MOVE was said and never heard."""
        return replica.moves_in_flight(self.db, self.account_id)

    def unsettled_from(self, mailbox_id: MailboxId) -> int | None:
        """The lowest UID that may be a letter of ours whose answer was lost."""
        return replica.unsettled_from(self.db, mailbox_id)

    def placements(self, mailbox_id: MailboxId) -> Iterator[Placement]:
        """Every placement of a mailbox."""
        return replica.placements(self.db, mailbox_id)

    def placements_among(self, mailbox_id: MailboxId, uids: Iterable[int]) -> Sequence[Placement]:
        """Those with these UIDs, and those with a wish or unsettled."""
        return replica.placements_among(self.db, mailbox_id, uids)

    def now(self, ids: Sequence[PlacementId]) -> Sequence[Placement]:
        """These placements as they are now, without those that are no more."""
        return replica.placements_now(self.db, ids)

    def held_uids(self, mailbox_id: MailboxId) -> set[int]:
        """Every UID held of a mailbox."""
        return listing.held_uids(self.db, mailbox_id)

    def held_at(self, mailbox_id: MailboxId, ranks: Iterable[int]) -> Sequence[tuple[int, int]]:
        """(Rank, UID) of the letters held with these ranks, the lowest UID being number 1."""
        return listing.held_at(self.db, mailbox_id, ranks)

    def held_among(self, mailbox_id: MailboxId, uids: Iterable[int]) -> set[int]:
        """Which of these UIDs are held."""
        return listing.held_among(self.db, mailbox_id, uids)

    def held_within(self, mailbox_id: MailboxId, ranges: Iterable[tuple[int, int]]) -> set[int]:
        """Which UIDs are held within these ranges, both ends included."""
        return listing.held_within(self.db, mailbox_id, ranges)

    def letter(self, email_id: EmailId) -> tuple[bytes, int]:
        """An Email's octets and when it was received, Unix seconds."""
        return replica.letter(self.db, email_id)

    def change(
        self, ids: Sequence[PlacementId], how: Callable[[Placement], Placement | None]
    ) -> Sequence[Placement]:
        """Make of each placement what `how` makes of it; see `store.db.replica.change`."""
        return replica.change(self.db, ids, how)

    def add(self, mailbox_id: MailboxId, emails: Sequence[Arrived]) -> int:
        """Keep letters as the server gave them. Returns how many are new."""
        return replica.add_arrivals(
            self.db,
            self.account_id,
            mailbox_id,
            [replica.Arrival(e.uid, e.keywords, e.received_at, e.octets) for e in emails],
            relink=relinked,
            message_id_of=message_id_of,
        )

    def begin_numbering(
        self, mailbox_id: MailboxId, *, uidvalidity: int, highestmodseq: int | None
    ) -> int:
        """The server numbers this mailbox anew. Returns how many placements lost their UID."""
        return listing.begin_numbering(
            self.db, mailbox_id, uidvalidity=uidvalidity, highestmodseq=highestmodseq
        )

    def settle_mailbox(
        self, mailbox_id: MailboxId, *, uidnext: int, highestmodseq: int | None
    ) -> int:
        """All that the server shows is held. Returns how many lost letters were not found."""
        return listing.settle_mailbox(
            self.db, mailbox_id, uidnext=uidnext, highestmodseq=highestmodseq
        )

"""The store as the sync engine sees it: one account, with the clock and the merges it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from store.db import (
    announcing,
    arriving,
    draft_settling,
    listing,
    losses,
    mailboxes,
    naming,
    outlines,
    replica,
    works,
)
from store.model.draft import Draft
from store.model.email import Placement
from store.model.ids import EmailId, MailboxId, PlacementId
from store.model.loss import Loss
from store.model.mailbox import Mailbox
from store.model.work import Floor
from sync.imap.drafting import file_drafts
from sync.imap.local_lean import LeanLocal
from sync.mime.kind import marks_of
from sync.replica.facts import Arrived, Listed, Outlined
from sync.replica.identity import message_id_of
from sync.replica.merge import nothing_chosen, relinked
from sync.replica.relink import Stray


@dataclass(frozen=True, slots=True)
class StoreLocal(LeanLocal):
    """`sync.replica.seams.Local` on the real store."""

    now_is: Callable[[], int]
    """The clock, Unix seconds."""

    def obey_pauses(self) -> frozenset[str]:
        """The works that a person paused, said to be from now on."""
        return works.obey_pauses(self.db, self.account_id)

    def floors(self) -> Mapping[MailboxId, Floor]:
        """While the letters are paused, where new ones begin."""
        return works.floors(self.db, self.account_id)

    def save_floors(self, found: Mapping[MailboxId, Floor]) -> None:
        """Note where new letters begin."""
        works.save_floors(self.db, found)

    def save_listing(self, listed: Iterable[Listed]) -> None:
        """Remember which mailboxes the server lists; those that cannot be opened are none."""
        names = [
            listing.ListedName(each.wire_name, each.name, each.delimiter, each.role)
            for each in listed
            if each.selectable
        ]
        listing.save_listing(self.db, self.account_id, names, now=self.now_is())

    def say_name(self, mailbox_id: MailboxId, wire_name: bytes, wish: str) -> bool:
        """Just before CREATE or RENAME; False when the wish is another one by now."""
        return naming.say_name(self.db, mailbox_id, wire_name, wish)

    def hear_name(
        self, mailbox_id: MailboxId, *, wire_name: bytes, name: str, wish: str | None
    ) -> None:
        """The server has the mailbox under this name."""
        naming.hear_name(self.db, mailbox_id, wire_name=wire_name, name=name, wish=wish)

    def follow_name(self, mailbox_id: MailboxId, *, wire_name: bytes, name: str) -> None:
        """Somebody else gave it this name; whether they subscribed to it is their affair."""
        naming.hear_name(
            self.db, mailbox_id, wire_name=wire_name, name=name, wish=None, is_ours=False
        )

    def message_ids(self, mailbox_id: MailboxId, ranks: Iterable[int]) -> Mapping[int, str]:
        """UID to Message-ID, of the letters held with these ranks; those without are left out."""
        held = listing.held_emails(self.db, mailbox_id, self.held_at(mailbox_id, ranks))
        named = {uid: message_id_of(self.here(email_id)[0]) for uid, email_id in held}
        return {uid: name for uid, name in named.items() if name}

    def hear_subscribed(self, mailbox_id: MailboxId, *, on: bool) -> None:
        """The server was told of a subscription."""
        naming.hear_subscribed(self.db, mailbox_id, on=on)

    def refuse_mailbox(self, said: Mailbox, code: str) -> None:
        """The server said no to a wish about a mailbox."""
        naming.refuse_mailbox(self.db, said, code)

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

    def here(self, email_id: EmailId) -> tuple[bytes, bool]:
        """All of an Email, else the header fields it was announced by; and whether it is all."""
        if outlines.stage_of(self.db, email_id) is outlines.Stage.WHOLE:
            return replica.letter(self.db, email_id)[0], True
        return outlines.header_octets(self.db, email_id), False

    def change(
        self,
        ids: Sequence[PlacementId],
        how: Callable[[Placement], Placement | None],
        *,
        choice: Callable[[Placement, Placement | None], str] = nothing_chosen,
    ) -> Sequence[Placement]:
        """Make of each placement what `how` makes of it; see `store.db.replica.change`."""
        return replica.change(self.db, ids, how, choice=choice, now_is=self.now_is())

    def add(self, mailbox_id: MailboxId, emails: Sequence[Arrived]) -> int:
        """Keep letters as the server gave them. Returns how many are new."""
        return arriving.add_arrivals(
            self.db,
            self.account_id,
            mailbox_id,
            [arriving.Arrival(e.uid, e.keywords, e.received_at, e.octets) for e in emails],
            relink=relinked,
            message_id_of=message_id_of,
        )

    def announce(
        self, mailbox_id: MailboxId, outlined: Sequence[Outlined], begin: int
    ) -> tuple[int, int]:
        """Know of letters that come later. How many are new, and how many of these whole."""
        return announcing.announce(
            self.db,
            self.account_id,
            mailbox_id,
            [
                announcing.Announced(
                    e.uid,
                    e.keywords,
                    e.outline,
                    e.beginning,
                    e.outline.size <= len(e.beginning) < begin,
                )
                for e in outlined
            ],
            message_id_of=message_id_of,
            marks_of=marks_of,
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
    ) -> None:
        """All that the server shows is held."""
        listing.settle_mailbox(self.db, mailbox_id, uidnext=uidnext, highestmodseq=highestmodseq)

    def unfound(self, mailbox_id: MailboxId) -> Sequence[PlacementId]:
        """Letters whose UID was lost with the numbering, and that are not found again."""
        return losses.unfound(self.db, mailbox_id)

    def on_server(self, mailbox_id: MailboxId) -> Sequence[PlacementId]:
        """Every letter of a mailbox that the server has, as far as we know."""
        return losses.on_server(self.db, mailbox_id)

    def lose(self, mailbox_id: MailboxId, ids: Collection[PlacementId], *, held: int) -> int:
        """Note that the server no longer has these, and ask. Returns how many."""
        return losses.lose(self.db, mailbox_id, ids, held=held, now=self.now_is())

    def strays(self, mailbox_id: MailboxId) -> Sequence[Stray]:
        """Letters that are lost, or whose UID is. What is not derived yet is read."""
        return [
            Stray(
                placement_id=row.placement_id,
                uid=row.uid,
                message_id=self._message_id(row),
                size=row.size,
                received_at=row.received_at,
            )
            for row in losses.strays(self.db, mailbox_id)
        ]

    def _message_id(self, row: losses.StrayRow) -> str:
        if row.message_id is not None:
            return row.message_id
        return message_id_of(self.here(row.email_id)[0])

    def losses(self) -> Sequence[Loss]:
        """By mailbox, the lost letters nobody has decided to keep."""
        return losses.losses(self.db, self.account_id)

    def file_drafts(self, may_go: Callable[[Draft], bool]) -> int:
        """Drafts written here become letters to upload, those that `may_go`. Returns how many."""
        return file_drafts(self.db, self.account_id, now=self.now_is(), may_go=may_go)

    def settle_drafts(self) -> None:
        """What the server was just seen to have replaces what it had before."""
        draft_settling.settle_copies(self.db, self.account_id, now=self.now_is())

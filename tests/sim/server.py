"""A model IMAP server: the smallest one that can be wrong in every way the real ones are.

It keeps what a server keeps (UIDs, MODSEQs, what was expunged) and answers as one of four kinds,
so that each rung of the ladder is climbed. `step` is called before and after each effect: the
place where a line is cut, a process dies, or somebody else does something meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from store.errors import MailError, Permanent, Transient
from store.model.email import Keywords, Outline
from store.model.mailbox import Role
from store.model.structure import AnnouncedPart
from sync.imap import utf7
from sync.replica.facts import Ahead, ToUpload
from sync.replica.identity import message_id_of
from tests.sim.parts import GivesParts
from tests.sim.told import (
    AppendedUid,
    Identity,
    Letter,
    ListedMailbox,
    Outlined,
    Selected,
    Status,
    Vanished,
)

MAILBOXES = ("INBOX", "Archive", "Sent")
ROLES = {
    "INBOX": Role.INBOX,
    "Archive": Role.ARCHIVE,
    "Sent": Role.SENT,
    "Drafts": Role.DRAFTS,
    "Trash": Role.TRASH,
    "Junk": Role.JUNK,
}


class Kind(StrEnum):
    """What the server offers."""

    QRESYNC = "qresync"
    CONDSTORE = "condstore"
    PLAIN = "plain"
    BARE = "bare"
    """As PLAIN, and it never says which UID a letter was given."""
    COPYING = "copying"
    """As PLAIN, without MOVE: a move is a copy and an expunge."""


@dataclass
class Box:
    uidvalidity: int = 1
    uidnext: int = 1
    modseq: int = 1
    letters: dict[int, Letter] = field(default_factory=dict)
    expunged: list[tuple[int, int]] = field(default_factory=list)

    def add(self, octets: bytes, keywords: Keywords) -> int:
        self.modseq += 1
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.letters[uid] = Letter(uid, keywords, octets, self.modseq)
        return uid

    def flag(self, uid: int, keywords: Keywords) -> None:
        if uid in self.letters and self.letters[uid].keywords != keywords:
            self.modseq += 1
            self.letters[uid] = replace(self.letters[uid], keywords=keywords, modseq=self.modseq)

    def remove(self, uid: int) -> Letter | None:
        if uid not in self.letters:
            return None
        self.modseq += 1
        self.expunged.append((self.modseq, uid))
        return self.letters.pop(uid)

    def renumber(self) -> None:
        """As after a restored backup: the same letters, in another order, under new UIDs."""
        letters, validity = list(self.letters.values())[::-1], self.uidvalidity + 1
        self.__init__(uidvalidity=validity)  # type: ignore[misc]
        for letter in letters:
            self.add(letter.octets, letter.keywords)


class Died(Exception):
    """The process died here, or its line was cut for good."""


def _nothing() -> None:
    """Nobody does anything meanwhile."""


def _agreed(box: Box, sample: Sequence[tuple[int, int]]) -> int:
    """The highest UID of the sample that has its rank here: what vanished below is not told."""
    there = dict(enumerate(sorted(box.letters), 1))
    return max((uid for rank, uid in sample if there.get(rank) == uid), default=0)


def message_id(octets: bytes) -> str:
    return octets.split(b"<", 1)[1].split(b">", 1)[0].decode()


@dataclass
class Traffic:
    turns: int = 0
    octets_in: int = 0
    octets_out: int = 0
    octets_said: int = 0


class Server:
    """Mailboxes, and what other people do to them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.boxes = {name: Box() for name in MAILBOXES}
        self.subscribed: set[str] = set(MAILBOXES)

    def where(self) -> dict[str, tuple[str, int]]:
        """Message-ID to (mailbox, UID)."""
        return {
            message_id(letter.octets): (name, uid)
            for name, box in self.boxes.items()
            for uid, letter in box.letters.items()
        }

    def all(self) -> list[tuple[str, int]]:
        return [(name, uid) for name, box in self.boxes.items() for uid in box.letters]

    def names(self, mailbox: str | None = None) -> list[str]:
        """Every Message-ID, as often as it is there."""
        return [
            message_id(letter.octets)
            for name, box in self.boxes.items()
            if mailbox in (None, name)
            for letter in box.letters.values()
        ]

    def move(self, mailbox: str, uid: int, target: str) -> int | None:
        letter = self.boxes[mailbox].remove(uid)
        return None if letter is None else self.boxes[target].add(letter.octets, letter.keywords)


class Session(GivesParts):
    """`sync.replica.seams.Remote` on a Server."""

    def __init__(self, server: Server, step: Callable[[], None]) -> None:
        self.server, self.step, self.box = server, step, Box()
        self.traffic = Traffic()
        self._selected: tuple[bytes, int] | None = None
        self.exists = 0
        self.effects = 0
        self.said: list[str] = []
        self.given: list[int] = []
        self.dies_before = self.dies_after = ""
        """The command that is never said, or whose answer never comes."""
        self.during: dict[str, Callable[[], None]] = {}
        """What somebody does while a command is under way."""
        self.refuses: set[str] = set()
        """Commands the server says no to, and capabilities it lacks."""
        self.refuses_once: set[str] = set()
        """Commands it says no to the first time."""
        self.refusal: MailError = Permanent("imap.refused")
        self.denies: set[str] = set()
        """Commands it carries out and says no to."""
        self.gives: int | None = None
        """How many letters come before the line breaks."""
        self.breaks = Transient("net.lost")
        self.volunteers: list[int] = []
        """UIDs it gives with any fetch, asked for or not."""
        self.copyuid: dict[int, int] | None = None
        """What it says of a move, whatever was done."""
        self.withholds: set[int] = set()
        """UIDs it lists and never gives."""
        self.cannot_read: set[int] = set()
        """UIDs for which it refuses the whole command, once it has given the others."""
        self.gives_others = True
        """Whether it gives those others at all."""
        self.lies_about_size = 0
        """What it adds to RFC822.SIZE."""
        self.is_blind = False
        """Whether its index of Message-IDs lags behind: a search finds nothing."""
        self.hides: set[int] = set()
        """UIDs that a listing leaves out, as when the line drops in the middle."""
        self.denies: set[int] = set()
        """UIDs that the first listing leaves out, and does not count either."""
        self.mid_listing: list[Callable[[Box], None]] = []
        """What somebody does while a mailbox is being listed: EXISTS changes in the middle."""
        self.forgets_mailboxes: set[str] = set()
        """Mailboxes that the first LIST leaves out."""

    @property
    def selected(self) -> tuple[bytes, int] | None:
        return self._selected

    def has(self, capability: str) -> bool:
        copying, many = self.server.kind is Kind.COPYING, self.server.kind in ("qresync", "bare")
        lacks = (capability == "MOVE" and copying) or (capability == "MULTIAPPEND" and not many)
        return not lacks and capability not in self.refuses

    def _say(self, command: str) -> None:
        self.said.append(command)
        if command == self.dies_before:
            raise Died
        self.step()
        self.during.pop(command, _nothing)()
        if command in self.refuses | self.refuses_once:
            self.refuses_once.discard(command)
            raise self.refusal

    def _did(self) -> None:
        self.effects += 1
        if self.said[-1] == self.dies_after:
            raise Died
        self.step()
        if self.said[-1] in self.denies:
            raise self.refusal

    def _done(self) -> None:
        self.exists = len(self.box.letters)

    @property
    def _modseqs(self) -> bool:
        return self.server.kind in (Kind.QRESYNC, Kind.CONDSTORE)

    async def list_mailboxes(self) -> list[ListedMailbox]:
        self._say("LIST")
        forgotten, self.forgets_mailboxes = self.forgets_mailboxes, set()
        return [
            ListedMailbox(utf7.encode(name), name, ROLES.get(name, Role.NONE), self._status(box))
            for name, box in self.server.boxes.items()
            if name not in forgotten
        ]

    def _box(self, wire_name: bytes) -> Box:
        found = self.server.boxes.get(utf7.decode(wire_name))
        if found is None:
            raise Permanent("imap.no_mailbox")
        return found

    def _status(self, box: Box) -> Status:
        modseq = box.modseq if self._modseqs else None
        return Status(box.uidvalidity, box.uidnext, len(box.letters), modseq)

    async def create_mailbox(self, wire_name: bytes) -> None:
        self._say("CREATE")
        self.server.boxes.setdefault(utf7.decode(wire_name), Box())
        self._did()

    async def rename_mailbox(self, wire_name: bytes, to: bytes) -> None:
        self._say("RENAME")
        old, new, boxes = utf7.decode(wire_name), utf7.decode(to), self.server.boxes
        if old not in boxes or new in boxes:
            raise Permanent("imap.refused")
        for name in [n for n in boxes if n == old or n.startswith(f"{old}/")]:
            boxes[new + name[len(old) :]] = boxes.pop(name)
        self._did()

    async def subscribe(self, wire_name: bytes, *, on: bool) -> None:
        self._say("SUBSCRIBE")
        names = self.server.subscribed
        (names.add if on else names.discard)(utf7.decode(wire_name))
        self._did()

    async def select(
        self,
        wire_name: bytes,
        *,
        known: tuple[int, int] | None,
        sample: Sequence[tuple[int, int]] = (),
        newest_from: int = 0,
        ahead: Ahead | None = None,
    ) -> Selected:
        self._say("SELECT")
        self.box = box = self._box(wire_name)
        self._selected = wire_name, box.uidvalidity
        self._done()
        changed, vanished = None, None
        if self.server.kind is Kind.QRESYNC and known and known[0] == box.uidvalidity:
            changed = {u: each for u, each in box.letters.items() if each.modseq > known[1]}
            agreed = _agreed(box, sample)
            gone = {u for modseq, u in box.expunged if modseq > known[1]}
            vanished = Vanished(tuple((u, u) for u in sorted(gone) if u > agreed))
        modseq = box.modseq if self._modseqs else None
        newest = sorted(box.letters)[newest_from - 1 :] if newest_from else []
        outlined = tuple(self._outlined(uid, 0) for uid in newest)
        return Selected(
            self.exists, box.uidvalidity, box.uidnext, modseq, changed, vanished, outlined
        )

    async def listing(self, *, changed_since: int | None = None) -> dict[int, Letter]:
        self._say("LISTING")
        denied, self.denies = self.denies, set()
        listed = {
            uid: each
            for uid, each in self.box.letters.items()
            if each.modseq > (changed_since or 0) and uid not in self.hides | denied
        }
        self._meanwhile()
        self.exists -= len(denied & self.box.letters.keys())
        return listed

    async def uids(self) -> set[int]:
        self._say("UIDS")
        listed = self.box.letters.keys() - self.hides
        self._meanwhile()
        return listed

    def _meanwhile(self) -> None:
        if self.mid_listing:
            self.mid_listing.pop()(self.box)
        self._done()

    async def fetch(self, uids: Collection[int], on_email: Callable[[Letter], None]) -> None:
        self._say("FETCH")
        for uid in [*self.volunteers, *self._readable(uids)]:
            if uid in self.box.letters and uid not in self.withholds:
                if self.gives == len(self.given):
                    raise self.breaks
                self.given.append(uid)
                on_email(self.box.letters[uid])
                self.step()
        self._did()
        self._read(uids)

    def _mine(self) -> bool:
        """Only INBOX has letters it cannot read."""
        return self.box is self.server.boxes.get("INBOX")

    def _readable(self, uids: Collection[int]) -> list[int]:
        if not self._mine() or not self.cannot_read & set(uids):
            return list(uids)
        return [uid for uid in uids if self.gives_others and uid not in self.cannot_read]

    def _read(self, uids: Collection[int]) -> None:
        if self._mine() and self.cannot_read & set(uids):
            raise self.refusal

    async def outlines(
        self, uids: Collection[int], on_outline: Callable[[Outlined], None], *, begin: int = 0
    ) -> None:
        self._say("OUTLINES")
        for uid in [*self.volunteers, *self._readable(uids)]:
            if uid in self.box.letters and uid not in self.withholds:
                self.carried += len(self.box.letters[uid].octets[:begin])
                on_outline(self._outlined(uid, begin))
        self._did()
        self._read(uids)

    def _outlined(self, uid: int, begin: int) -> Outlined:
        it = self.box.letters[uid]
        header = it.octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        size = len(it.octets) + self.lies_about_size
        outline = Outline(header=header, size=size, received_at=it.received_at, urgent=False)
        return Outlined(uid, it.keywords, outline, it.octets[:begin])

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
        self._say("RANGES" if uids else "STRUCTURES")
        for uid in self._readable(uids):
            if uid in self.box.letters and uid not in self.withholds:
                octets = self.box.letters[uid].octets[offset : offset + length]
                octets = self._cut(octets, lambda half, uid=uid: on_half and on_half(uid, half))
                self.carried += len(octets)
                on_range(uid, octets)
        for uid in describe:
            if uid in self.box.letters and on_structure and "STRUCTURE" not in self.refuses:
                on_structure(uid, self.structure(self.box.letters[uid].octets))
        self._did()
        self._read(uids)

    async def identities(self, uids: Collection[int]) -> list[Identity]:
        self._say("IDENTITIES")
        return [
            Identity(
                uid, each.keywords, each.received_at, len(each.octets), message_id_of(each.octets)
            )
            for uid in uids
            if (each := self.box.letters.get(uid)) is not None
        ]

    async def store(self, uids: Collection[int], *, add: Keywords, remove: Keywords) -> None:
        self._say("STORE")
        for command in (lambda now: now | add, lambda now: now - remove):
            for uid in uids:
                if uid in self.box.letters:
                    self.box.flag(uid, command(self.box.letters[uid].keywords))
            self._did()

    async def append(
        self, wire_name: bytes, octets: bytes, keywords: Keywords, received_at: int
    ) -> AppendedUid | None:
        self._say("APPEND")
        box = self._box(wire_name)
        uid = box.add(octets, keywords)
        self._did()
        return None if self.server.kind is Kind.BARE else AppendedUid(box.uidvalidity, uid)

    async def append_all(
        self, wire_name: bytes, letters: Sequence[ToUpload]
    ) -> list[AppendedUid] | None:
        """All or none: what is refused was not done (`denies` lies about that)."""
        self._say("MULTIAPPEND")
        box = self._box(wire_name)
        told = [AppendedUid(box.uidvalidity, box.add(e.octets, e.keywords)) for e in letters]
        self._did()
        return None if self.server.kind is Kind.BARE else told

    async def move(self, uids: Collection[int], wire_name: bytes) -> dict[int, int] | None:
        self._say("MOVE")
        mine = next(name for name, box in self.server.boxes.items() if box is self.box)
        if self.server.kind is Kind.COPYING:
            return await self._copy(uids, wire_name)
        self._box(wire_name)
        moved = {uid: self.server.move(mine, uid, utf7.decode(wire_name)) for uid in uids}
        self._did()
        if self.server.kind is Kind.BARE:
            return None
        if self.copyuid is not None:
            return self.copyuid
        return {uid: to for uid, to in moved.items() if to is not None}

    async def _copy(self, uids: Collection[int], wire_name: bytes) -> dict[int, int]:
        target = self._box(wire_name)
        originals = {uid: self.box.letters[uid] for uid in uids if uid in self.box.letters}
        copies = {uid: target.add(each.octets, each.keywords) for uid, each in originals.items()}
        self._did()
        await self.expunge(uids)
        return copies

    async def expunge(self, uids: Collection[int]) -> bool:
        self._say("EXPUNGE")
        if "UIDPLUS" in self.refuses:
            return False
        for uid in uids:
            self.box.remove(uid)
        self._did()
        return True

    async def search_message_id(self, message_id_: str, *, from_uid: int) -> list[int]:
        self._say("SEARCH")
        if self.is_blind:
            return []
        return [
            uid
            for uid, letter in self.box.letters.items()
            if uid >= from_uid and message_id(letter.octets) == message_id_
        ]

"""A model IMAP server: the smallest one that can be wrong in every way the real ones are.

It keeps what a server keeps (UIDs, MODSEQs, what was expunged) and answers as one of four kinds,
so that each rung of the ladder is climbed. `step` is called before and after each effect: the
place where a line is cut, a process dies, or somebody else does something meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum

from store.errors import MailError, Permanent, Transient
from store.model.email import Keywords
from store.model.mailbox import Role

MAILBOXES = ("INBOX", "Archive", "Sent")
ROLES = {"INBOX": Role.INBOX, "Archive": Role.ARCHIVE, "Sent": Role.SENT}


class Kind(StrEnum):
    """What the server offers."""

    QRESYNC = "qresync"
    CONDSTORE = "condstore"
    PLAIN = "plain"
    BARE = "bare"
    """As PLAIN, and it never says which UID a letter was given."""
    COPYING = "copying"
    """As PLAIN, without MOVE: a move is a copy and an expunge."""


@dataclass(frozen=True, slots=True)
class Letter:
    uid: int
    keywords: Keywords
    octets: bytes
    modseq: int
    received_at: int = 1_700_000_000
    size: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    uidvalidity: int
    uidnext: int
    messages: int
    highestmodseq: int | None


@dataclass(frozen=True, slots=True)
class ListedMailbox:
    wire_name: bytes
    name: str
    role: Role
    status: Status | None
    delimiter: str = "/"
    selectable: bool = True


@dataclass(frozen=True, slots=True)
class Vanished:
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Selected:
    exists: int
    uidvalidity: int
    uidnext: int
    highestmodseq: int | None
    changed: dict[int, Letter] | None
    vanished: Vanished | None


@dataclass(frozen=True, slots=True)
class AppendedUid:
    uidvalidity: int
    uid: int


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


def message_id(octets: bytes) -> str:
    return octets.split(b"<", 1)[1].split(b">", 1)[0].decode()


@dataclass
class Traffic:
    turns: int = 0
    octets_in: int = 0
    octets_out: int = 0


class Server:
    """Mailboxes, and what other people do to them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.boxes = {name: Box() for name in MAILBOXES}

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


class Session:
    """`sync.replica.seams.Remote` on a Server."""

    def __init__(self, server: Server, step: Callable[[], None]) -> None:
        self.server, self.step, self.box = server, step, Box()
        self.traffic = Traffic()
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
        self.hides: set[int] = set()
        """UIDs that a listing leaves out, as when the line drops in the middle."""

    def has(self, capability: str) -> bool:
        if capability == "MOVE" and self.server.kind is Kind.COPYING:
            return False
        return capability not in self.refuses

    def _say(self, command: str) -> None:
        self.said.append(command)
        if command == self.dies_before:
            raise Died
        self.step()
        self.during.pop(command, _nothing)()
        if command in self.refuses:
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
        return [
            ListedMailbox(name.encode(), name, ROLES[name], self._status(box))
            for name, box in self.server.boxes.items()
        ]

    def _status(self, box: Box) -> Status:
        modseq = box.modseq if self._modseqs else None
        return Status(box.uidvalidity, box.uidnext, len(box.letters), modseq)

    async def select(self, wire_name: bytes, *, known: tuple[int, int] | None) -> Selected:
        self._say("SELECT")
        self.box = box = self.server.boxes[wire_name.decode()]
        self._done()
        changed, vanished = None, None
        if self.server.kind is Kind.QRESYNC and known and known[0] == box.uidvalidity:
            changed = {u: each for u, each in box.letters.items() if each.modseq > known[1]}
            gone = tuple((u, u) for modseq, u in box.expunged if modseq > known[1])
            vanished = Vanished(gone)
        modseq = box.modseq if self._modseqs else None
        return Selected(self.exists, box.uidvalidity, box.uidnext, modseq, changed, vanished)

    async def listing(self, *, changed_since: int | None = None) -> dict[int, Letter]:
        self._say("LISTING")
        self._done()
        return {
            uid: each
            for uid, each in self.box.letters.items()
            if each.modseq > (changed_since or 0) and uid not in self.hides
        }

    async def uids(self) -> set[int]:
        self._say("UIDS")
        self._done()
        return self.box.letters.keys() - self.hides

    async def fetch(self, uids: Collection[int], on_email: Callable[[Letter], None]) -> None:
        self._say("FETCH")
        for uid in [*self.volunteers, *uids]:
            if uid in self.box.letters and uid not in self.withholds:
                if self.gives == len(self.given):
                    raise self.breaks
                self.given.append(uid)
                on_email(self.box.letters[uid])
                self.step()
        self._did()

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
        box = self.server.boxes[wire_name.decode()]
        uid = box.add(octets, keywords)
        self._did()
        return None if self.server.kind is Kind.BARE else AppendedUid(box.uidvalidity, uid)

    async def move(self, uids: Collection[int], wire_name: bytes) -> dict[int, int] | None:
        self._say("MOVE")
        mine = next(name for name, box in self.server.boxes.items() if box is self.box)
        if self.server.kind is Kind.COPYING:
            return await self._copy(uids, wire_name)
        moved = {uid: self.server.move(mine, uid, wire_name.decode()) for uid in uids}
        self._did()
        if self.server.kind is Kind.BARE:
            return None
        if self.copyuid is not None:
            return self.copyuid
        return {uid: to for uid, to in moved.items() if to is not None}

    async def _copy(self, uids: Collection[int], wire_name: bytes) -> dict[int, int]:
        target = self.server.boxes[wire_name.decode()]
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
        return [
            uid
            for uid, letter in self.box.letters.items()
            if uid >= from_uid and message_id(letter.octets) == message_id_
        ]

"""What to do about the names of mailboxes: made, renamed and subscribed to here. Pure.

    wished here      listed there                 then
    -----------      ------------                 --------------------------------------------
    a new mailbox    not                          Create
    a new mailbox    yes, by whoever made it      Heard: it is this one
    another name     under the old one            Rename
    another name     under the one we said        Heard: the answer was lost
    subscription     yes                          Subscribe

The person writes '/' between levels; a server has its own delimiter, and some keep everything
below INBOX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from store.model.ids import MailboxId
from store.model.mailbox import Mailbox, Role
from sync.replica.facts import Listed, Numbered


@dataclass(frozen=True, slots=True)
class Heard:
    """Local only: the server has the mailbox under this name."""

    mailbox_id: MailboxId
    wire_name: bytes
    wish: str | None
    """The wish that this fulfils; None when the person wishes for yet another name."""


@dataclass(frozen=True, slots=True)
class Create:
    """Make the mailbox."""

    mailbox_id: MailboxId
    wire_name: bytes
    wish: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Give it another name, and so to all below it."""

    mailbox_id: MailboxId
    wire_name: bytes
    wish: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Other programs are to show it, or no longer are."""

    mailbox_id: MailboxId
    on: bool


NameOp = Create | Rename | Subscribe
Encode = Callable[[str], bytes]
"""A name as a person reads it, as the wire wants it."""


@dataclass(frozen=True, slots=True)
class Names:
    """How this server names things, as its list shows."""

    delimiter: str
    prefix: str
    """What every name but INBOX begins with; '' on most servers."""
    listed: frozenset[bytes]
    encode: Encode

    @classmethod
    def of(cls, listed: Sequence[Listed], encode: Encode) -> Names:
        """Read them from a list."""
        delimiter = next((each.delimiter for each in listed if each.delimiter), "")
        others = [each.name for each in listed if each.role is not Role.INBOX]
        below = f"INBOX{delimiter}"
        all_below = bool(delimiter and others) and all(n.startswith(below) for n in others)
        names = frozenset(each.wire_name for each in listed)
        return cls(delimiter, below if all_below else "", names, encode)

    def wire(self, wish: str) -> bytes:
        """A name the person wrote, as this server would have it."""
        name = wish.replace("/", self.delimiter) if self.delimiter else wish
        return self.encode(name if name.startswith(self.prefix) else self.prefix + name)


MOST_SAMPLES = 16


def samples(count: int) -> list[int]:
    """The ranks of some of so many letters, from the first to the last."""
    step = max(1, -(-count // MOST_SAMPLES))
    return sorted({*range(1, count + 1, step), count} - {0})


def may_be(mailbox: Mailbox, there: Numbered | None) -> bool:
    """Whether a mailbox of another name counts as this one did: a rename keeps the numbering."""
    if there is None or mailbox.uidvalidity is None:
        return False
    return there.uidvalidity == mailbox.uidvalidity and there.uidnext >= (mailbox.uidnext or 0)


def is_certain(here: Mapping[int, str], there: Mapping[int, str]) -> bool:
    """Whether UIDs name the same letters: no other one, and half of them are still there."""
    same = sum(there.get(uid) == name for uid, name in here.items())
    return same == len(there) and 2 * same >= len(here) > 0


def heard_names(mailboxes: Iterable[Mailbox], names: Names) -> list[Heard]:
    """Which names given here, or wished for, the server's list shows already."""
    found: list[Heard] = []
    for each in mailboxes:
        wished = None if each.wish_name is None else names.wire(each.wish_name)
        if each.created and each.wire_name in names.listed:
            if each.naming is None and wished != each.wire_name:
                continue
            there: bytes | None = each.wire_name  # what was said was not done
        else:
            candidates = (each.naming,) if each.created else (each.naming, wished)
            there = next((w for w in candidates if w is not None and w in names.listed), None)
        if there is not None:
            found.append(Heard(each.id, there, each.wish_name if there == wished else None))
    return found


def plan_names(mailboxes: Iterable[Mailbox], names: Names) -> list[NameOp]:
    """What to tell the server, a mailbox before those below it."""
    ops: list[NameOp] = []
    for each in sorted(mailboxes, key=lambda m: (len(m.name), m.id)):
        if each.missing_at is not None:
            continue
        if each.wish_name is not None and each.role is not Role.INBOX:
            wire = names.wire(each.wish_name)
            if not each.created:
                ops.append(Create(each.id, wire, each.wish_name))
            elif wire != each.wire_name:
                ops.append(Rename(each.id, wire, each.wish_name))
        if each.wish_subscribed is not None:
            ops.append(Subscribe(each.id, each.wish_subscribed))
    return ops

"""The mass-delete guard: when so much is gone at once that a person must say whether it may be.

A server that lists 20 of 360 letters may have been emptied by its owner, or may have lost a disk.
Nobody here can tell, so nothing is forgotten: the letters are lost, and asked about (docs/sync.md).
Pure: the facts come from store/db/losses.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from store.model.ids import MailboxId, PlacementId
from store.model.loss import Loss
from store.model.mailbox import Mailbox, Role

FEW = 25
ONE_IN = 10
EMPTIED = {Role.TRASH, Role.JUNK}
"""What people empty, and servers by themselves after some weeks: that is what they are for."""


def guards(role: Role) -> bool:
    """Whether a mailbox that lost much is asked about, while the server still has the mailbox."""
    return role not in EMPTIED


def is_mass(gone: int, held: int) -> bool:
    """Whether `gone` letters of `held` are too many to forget unasked: over 25 and one in ten."""
    return gone > max(FEW, held / ONE_IN)


def missed(
    mailboxes: Iterable[Mailbox], held: Mapping[MailboxId, int], listed: Collection[bytes]
) -> list[MailboxId]:
    """The mailboxes that hold letters of the server and that its list leaves out."""
    return [m.id for m in mailboxes if held.get(m.id) and m.wire_name not in listed]


def to_forget(loss: Loss) -> frozenset[PlacementId]:
    """Which lost letters need no question any more.

    Those somebody moved: the server has them elsewhere. Those deleted here since; but a mailbox
    that is missing may come back, and then they are still to be deleted there. When few remain of
    a mailbox that is there, they were taken out one by one, as letters are; but not what the server
    took from us and never showed, of which something is wished: that is asked about, however few.
    """
    if loss.mailbox_missing:
        return loss.elsewhere
    settled = loss.deleted | loss.elsewhere
    return settled if is_mass(len(loss.asked), loss.held) else settled | loss.asked

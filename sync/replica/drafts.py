"""Decisions about drafts kept on the server. Pure.

Each version names those it came from (`Supersedes`, RFC 2156). So two nodes that changed
the same draft find out about each other, whichever was first and whatever was cut between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Protocol

from store.model.draft import Draft
from store.model.ids import EmailId
from sync.replica.lean import Lean

SMALL = 64 * 1024
"""Octets of a draft that goes though a budget is spent: a long letter, and no document."""
MOST_NAMES = 20
"""Versions that a version names."""


class Version(Protocol):
    """A draft as it lies in the mailbox for drafts."""

    @property
    def email_id(self) -> EmailId: ...
    @property
    def message_id(self) -> str: ...
    @property
    def supersedes(self) -> frozenset[str]: ...


def forked(versions: Iterable[Version]) -> set[EmailId]:
    """Those of which another one was made from the same version, neither from the other."""
    found: set[EmailId] = set()
    for one, other in combinations(versions, 2):
        apart = one.message_id not in other.supersedes and other.message_id not in one.supersedes
        if apart and one.supersedes & other.supersedes:
            found |= {one.email_id, other.email_id}
    return found


def octets_about(draft: Draft) -> int:
    """About how many octets it is as a letter: documents go in base64."""
    return len(draft.body.encode("utf-8", "replace")) + sum(
        attachment.size * 4 // 3 for attachment in draft.attachments
    )


def may_go_now(octets: int, lean: Lean | None, may_bring: Callable[[int], bool]) -> bool:
    """Whether the line is one for so long a draft: what waits is here, and goes another day."""
    if octets <= SMALL:
        return True
    return (lean is None or octets <= lean.most) and may_bring(octets)

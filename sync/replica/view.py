"""How the server shows one mailbox, and the proof that a letter is gone.

Absence is evidence only when the list was certified complete: a line that drops in the middle of
a listing must never read as a mailbox that was emptied. So only a `Certified` list of UIDs, or
the server saying VANISHED (RFC 7162 §3.2.10), ever becomes `View.gone`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from store.errors import Transient
from store.model.email import Keywords

BEYOND_EVERY_UID = 2**32
"""RFC 3501 §2.3.1.1: a UID is a 32-bit number."""


@dataclass(frozen=True, slots=True)
class Certified:
    """Every UID of a mailbox: as many as the server said exist when the listing ended.

    Raises:
        Transient: `imap.short_listing`, the list is not whole.
    """

    uids: Set[int]
    exists: int
    """EXISTS as of the tagged OK that ended the listing."""
    uidnext: int
    """UIDNEXT when it began, 0 if unsaid. A letter that came later is not missing from this."""

    def __post_init__(self) -> None:
        if len(self.uids) != self.exists:
            raise Transient("imap.short_listing", exists=self.exists, listed=len(self.uids))

    def gone(self, held: Set[int]) -> frozenset[int]:
        """Which of the held UIDs the server no longer has."""
        covered = self.uidnext or BEYOND_EVERY_UID
        return frozenset(uid for uid in held - self.uids if uid < covered)

    def unknown(self, held: Set[int]) -> frozenset[int]:
        """Which UIDs the server has that are not held."""
        return frozenset(self.uids - held)


@dataclass(frozen=True, slots=True)
class View:
    """What the server shows, compared with what is held. All a plan needs to know of it."""

    keywords: Mapping[int, Keywords] = field(default_factory=dict)
    """Shown now. A held UID that is not here shows what it showed last time: its base."""
    gone: Set[int] = frozenset()
    """Held UIDs that are certainly no longer there."""
    unknown: Set[int] = frozenset()
    """UIDs that are there and not held."""

"""What a plan is made of: one op is at most one remote effect, between two commits.

Ops name placements by their own id, never by UID alone: the UID is what the server is told, the
id is what the store remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from store.model.email import Keywords
from store.model.ids import MailboxId, PlacementId


class Shown(NamedTuple):
    """A placement the server shows, and the keywords it shows for it."""

    placement_id: PlacementId
    theirs: Keywords


@dataclass(frozen=True, slots=True)
class StoreKeywords:
    """Tell the server the same change for many Emails: +FLAGS `add`, -FLAGS `remove`."""

    add: Keywords
    remove: Keywords
    shown: tuple[Shown, ...]

    def after(self, theirs: Keywords) -> Keywords:
        """What a server that showed `theirs` will show."""
        return (theirs | self.add) - self.remove


@dataclass(frozen=True, slots=True)
class Rebase:
    """Local only: the server already shows what both sides should have; agree on it."""

    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """Local only: flagged elsewhere while deleted here; withdraw the wish to delete."""

    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Move to `target`, all in one command."""

    target: MailboxId
    placement_ids: tuple[PlacementId, ...]


@dataclass(frozen=True, slots=True)
class Expunge:
    """Remove from the server what the person deleted, then here."""

    placement_ids: tuple[PlacementId, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Local only: certified gone from the server; the placement goes, the letter's octets stay."""

    placement_ids: tuple[PlacementId, ...]


@dataclass(frozen=True, slots=True)
class Lose:
    """Local only: gone from the server, too many at once to forget; a person is asked."""

    placement_ids: tuple[PlacementId, ...]
    held: int
    """Of how many."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Local only: created here and deleted before it left; it never leaves."""

    placement_ids: tuple[PlacementId, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """Upload letters created here, in one command where the server takes it."""

    placement_ids: tuple[PlacementId, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Download Emails we do not hold, newest first, each window committed by itself."""

    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Announce:
    """On a lean line: of Emails we do not hold, what their line in the list says, newest first."""

    uids: tuple[int, ...]
    begin: int = 0
    """Octets of each to bring along, from the first on; they say what the list says too."""
    later: bool = False
    """Only once the text of what was announced before is here."""


Download = Fetch | Announce
Op = StoreKeywords | Rebase | Keep | Move | Expunge | Forget | Lose | Withdraw | Append | Download

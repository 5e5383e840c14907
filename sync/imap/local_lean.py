"""The store as lean lines see it: letters, and parts, that come range by range."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from store.db import outlines, part_ranges, structures
from store.db.open import Connection
from store.model.email import Came, Unwhole
from store.model.ids import AccountId, EmailId
from store.model.structure import AnnouncedPart, PartCame, WantedPart
from sync.mime.kind import kind_of_parts, marks_of


@dataclass(frozen=True, slots=True)
class LeanLocal:
    """The part of `sync.replica.seams.Local` that only lean lines need."""

    db: Connection
    account_id: AccountId

    def unwhole(self, *, among: Collection[EmailId] | None = None) -> Sequence[Unwhole]:
        """Every letter, or every one of these, that is not whole and that the server still has."""
        return outlines.unwhole(self.db, self.account_id, among=among)

    def last_octets(self, email_id: EmailId, count: int) -> bytes:
        """The last octets held of a letter that is not whole."""
        return outlines.last_octets(self.db, email_id, count)

    def last_wanted(self) -> int:
        """When the person last asked for the whole of a letter, Unix seconds."""
        return outlines.last_wanted(self.db, self.account_id)

    def add_ranges(self, came: Iterable[Came]) -> int:
        """Keep what came of letters. Returns how many are whole now."""
        return outlines.add_ranges(self.db, came, marks_of=marks_of)

    def forget_ranges(self, email_id: EmailId) -> None:
        """Begin it anew."""
        outlines.forget_ranges(self.db, email_id)

    def say_described(self, email_ids: Collection[EmailId]) -> None:
        """Their structure is about to be asked for."""
        structures.say_asked(self.db, email_ids)

    def describe(self, found: Mapping[EmailId, Sequence[AnnouncedPart]]) -> None:
        """What their server says of their parts."""
        structures.save_structures(self.db, found, kind_of=kind_of_parts)

    def wanted_parts(self) -> Sequence[WantedPart]:
        """The parts a person asked for alone, the oldest wish first."""
        return structures.wanted_parts(self.db, self.account_id)

    def last_part_octets(self, part: WantedPart, count: int) -> bytes:
        """The last octets held of a part."""
        return part_ranges.last_part_octets(self.db, part.email_id, part.number, count)

    def add_part_range(self, part: WantedPart, came: PartCame) -> bool:
        """Keep what came of a part. Whether it is here now."""
        return part_ranges.add_part_range(self.db, part.email_id, part.number, came)

    def restart_part(self, part: WantedPart, *, no_binary: bool) -> None:
        """Begin a part anew."""
        part_ranges.restart_part(self.db, part.email_id, part.number, no_binary=no_binary)

    def refuse_part(self, part: WantedPart, code: str) -> None:
        """A part cannot come alone."""
        part_ranges.refuse_part(self.db, part.email_id, part.number, code)

    def replace_by(self, email_id: EmailId, octets: bytes) -> EmailId:
        """All of it has come at once."""
        return outlines.replace_by(self.db, email_id, octets)

    def replace_all(self, came: Iterable[tuple[EmailId, bytes]]) -> None:
        """All of each of these has come at once."""
        outlines.replace_all(self.db, came)

"""Which of the letters we hold a server shows under UIDs we do not know: without their octets.

After a renumbering, or when lost letters come back, a letter is recognised by its UID where the
numbering is the same, else by

    Message-ID and size          any number of copies: they are the same letter
    Message-ID                   when one letter here and one there has it
    date of arrival and size     likewise, and only for letters without a Message-ID

What is not recognised is fetched as new. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from store.model.ids import PlacementId


class Known(Protocol):
    """What is known of a letter, here or there."""

    @property
    def message_id(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def received_at(self) -> int: ...


class Seen(Known, Protocol):
    """A letter the server shows."""

    @property
    def uid(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A letter held here that the server may show under a UID we do not know."""

    placement_id: PlacementId
    uid: int | None
    """The UID it had, where that still means something."""
    message_id: str
    size: int
    received_at: int


S = TypeVar("S", bound=Seen)
K = TypeVar("K", bound=Known)


@dataclass(slots=True)
class Search:
    """Strays being looked for, in windows of what the server shows."""

    strays: dict[PlacementId, Stray]
    rest: list[Seen] = field(default_factory=list)
    """What was shown and not recognised by more than one letter may have."""

    @classmethod
    def of(cls, strays: Iterable[Stray]) -> Search:
        """A search for these."""
        return cls({each.placement_id: each for each in strays})

    def among(self, shown: Sequence[S]) -> list[tuple[PlacementId, S]]:
        """Which of these are certainly strays: the same UID, or the same Message-ID and size."""
        by_uid = {each.uid: each for each in self.strays.values() if each.uid is not None}
        found, unsure = [], []
        for each in shown:
            stray = by_uid.get(each.uid)
            if stray is None:
                unsure.append(each)
            else:
                found.append((stray.placement_id, each))
        self._take(found)
        copies = _by(_name_and_size, self.strays.values())
        for each in unsure:
            same = copies.get(_name_and_size(each))
            if not same:
                self.rest.append(each)
                continue
            stray = next((s for s in same if s.received_at == each.received_at), same[0])
            same.remove(stray)
            found.append((stray.placement_id, each))
        self._take(found)
        return found

    def in_the_end(self) -> list[tuple[PlacementId, Seen]]:
        """Once all was shown: strays that only one letter there can be, and the other way round."""
        found: list[tuple[PlacementId, Seen]] = []
        for what in (_name, _nameless):
            here, there = _by(what, self.strays.values()), _by(what, self.rest)
            found += [
                (strays[0].placement_id, there[key][0])
                for key, strays in here.items()
                if len(strays) == 1 and len(there.get(key, ())) == 1
            ]
        self._take(found)
        return found

    def _take(self, found: Iterable[tuple[PlacementId, Seen]]) -> None:
        for placement_id, _ in found:
            self.strays.pop(placement_id, None)


def _name_and_size(letter: Known) -> Hashable:
    return (letter.message_id, letter.size) if letter.message_id else None


def _name(letter: Known) -> Hashable:
    return letter.message_id or None


def _nameless(letter: Known) -> Hashable:
    return None if letter.message_id else (letter.received_at, letter.size)


def _by(what: Callable[[Known], Hashable], letters: Iterable[K]) -> Mapping[Hashable, list[K]]:
    """Letters by what they have in common; those that have nothing of the kind are left out."""
    found: dict[Hashable, list[K]] = defaultdict(list)
    for each in letters:
        if (key := what(each)) is not None:
            found[key].append(each)
    return found

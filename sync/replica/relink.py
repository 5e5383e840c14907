"""Which of the letters we hold a server shows under UIDs we do not know: without their octets.

After a renumbering, or when lost letters come back, a letter is recognised by

    UID and Message-ID           where the numbering is the same; without a Message-ID, by UID,
                                 date of arrival and size
    Message-ID and size          any number of copies: they are the same letter
    Message-ID                   when one letter here and one there has it
    date of arrival and size     likewise, and only for letters without a Message-ID

Never by the UID alone: a mailbox that was deleted and made again may count from 1 under the same
UIDVALIDITY, and what was wished of one letter would be done to another. What is not recognised is
fetched as new. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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


class Search:
    """Strays being looked for, in windows of what the server shows."""

    def __init__(self, strays: Iterable[Stray]) -> None:
        self.strays = {each.placement_id: each for each in strays}
        """Those not found yet."""
        self._by_uid = {s.uid: s for s in self.strays.values() if s.uid is not None}
        self._copies = _by(_name_and_size, self.strays.values())
        self._rest: list[Seen] = []

    def displaced(self, shown: Iterable[Seen]) -> list[PlacementId]:
        """Strays whose UID is that of another letter there: it means nothing any more."""
        held = ((self._by_uid.get(each.uid), each) for each in shown)
        return [s.placement_id for s, each in held if s is not None and _who(s) != _who(each)]

    def among(self, shown: Sequence[S]) -> list[tuple[PlacementId, S]]:
        """Which of these are certainly strays: see above, the first two lines."""
        found, unsure = [], []
        for each in shown:
            stray = self._by_uid.get(each.uid)
            if stray is None or _who(stray) != _who(each):
                unsure.append(each)
            else:
                self._take(stray)
                found.append((stray.placement_id, each))
        for each in unsure:
            same = self._copies.get(_name_and_size(each))
            if not same:
                self._rest.append(each)
                continue
            stray = next((s for s in same if s.received_at == each.received_at), same[0])
            self._take(stray)
            found.append((stray.placement_id, each))
        return found

    def in_the_end(self) -> list[tuple[PlacementId, Seen]]:
        """Once all was shown: strays that only one letter there can be, and the other way round."""
        found: list[tuple[PlacementId, Seen]] = []
        for what in (_name, _nameless):
            here, there = _by(what, self.strays.values()), _by(what, self._rest)
            found += [
                (strays[0].placement_id, there[key][0])
                for key, strays in here.items()
                if len(strays) == 1 and len(there.get(key, ())) == 1
            ]
        return found

    def _take(self, stray: Stray) -> None:
        del self.strays[stray.placement_id]
        if stray.uid is not None:
            del self._by_uid[stray.uid]
        if same := self._copies.get(_name_and_size(stray)):
            same.remove(stray)


def _who(letter: Known) -> Hashable:
    """What must be the same, for the same UID to be the same letter."""
    return _name(letter) or _nameless(letter)


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

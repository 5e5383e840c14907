"""Whom a page is about, as far as its words say: one person's names, and the day beside them. Pure.

A page names many people, and a given name somewhere on it may be the doctor's, or a twin's. So a
family name counts with the words that stand beside it, and not at all where a title says that it
is somebody else's. What no rule here knows denies nothing: an ordinary page must not be held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from itertools import islice

from store.model.document import Traits
from sync.documents.traits import plain_name
from sync.drop.page_words import (
    AFTER,
    BORN,
    DOCTORS,
    GIVEN,
    LABELS,
    MARRIED,
    NO_NAMES,
    OTHERS,
    PARTICLES,
    SAYS_NOTHING,
    TITLES,
    words_of,
)

REACH = 12
"""Words: as far as one person's line goes."""
OLDEST = 3
"""Figures of an age."""
MOST_MENTIONS = 100
"""Of one name: a page that only repeats it keeps nobody busy."""
RECENT = timedelta(days=366)


class Given(Enum):
    """What stands in the place of the patient's given name."""

    OURS = 1
    ANOTHER = 2
    NONE = 3


@dataclass(slots=True)
class Mention:
    """A place where a page prints the family name of a patient."""

    given: Given = Given.NONE
    of_patient: bool = False
    """A label, or a birth beside it, says that this is whom the page is about."""
    day: str = ""
    """It stands beside the name: that of the birth, or of the page."""


@dataclass(slots=True)
class _Beside:
    """What is met while walking from a family name to one side."""

    names: list[str] = field(default_factory=list)
    """On its line."""
    below: list[str] = field(default_factory=list)
    ours: bool = False
    of_patient: bool = False
    of_another: bool = False
    day: str = ""


class Page:
    """The words of one document."""

    def __init__(self, text: str) -> None:
        self.words = list(words_of(text))
        self.places: dict[str, list[int]] = defaultdict(list)
        for here, word in enumerate(self.words):
            self.places[word.plain].append(here)
        self.days = {word.day for word in self.words if word.day}
        self.latest = max(map(_whole, self.days), default=date.min)

    def mentions(self, who: Traits) -> list[Mention]:
        """Every place that names a patient, the family name at least."""
        given = tuple(filter(None, map(plain_name, (*who.given_names, who.used_given_name))))
        said = (self._mention(*place, given) for place in self.places_of(who))
        return [each for each in said if each]

    def places_of(self, who: Traits) -> Iterator[tuple[int, int]]:
        """Where a family name of a patient begins and ends, whomever the page means by it."""
        for name in filter(None, map(_glued, (who.birth_name, who.used_name))):
            starts = (here for n in range(len(name)) for here in self.places[name[: n + 1]])
            found = ((here, end) for here in starts if (end := self._named(name, here)))
            yield from islice(found, MOST_MENTIONS)

    def is_of_the_page(self, day: str) -> bool:
        """Whether a day that is not called one of birth is rather one of the examination."""
        return len(self.days) > 1 and self.latest - _whole(day) < RECENT

    def _named(self, name: str, start: int) -> int:
        """The same, where it is a name: 'le' is none, and somebody is called LE."""
        is_word = name in PARTICLES and not self.words[start].is_name
        return 0 if is_word else self._spelt(name, start)

    def _spelt(self, name: str, start: int) -> int:
        """Where the words end that spell a name, in one piece or in several; 0 if they do not."""
        spelt = ""
        for end in range(start, min(start + len(name), len(self.words))):
            spelt += self.words[end].plain
            if spelt == name:
                return end + 1
            if not self.words[end].plain or not name.startswith(spelt):
                break
        return 0

    def _mention(self, start: int, end: int, given: Sequence[str]) -> Mention | None:
        """What one place says; None where it names somebody else, or no person."""
        before, after = self._before(start, given), self._after(end, given)
        if before.of_another or after.of_another:
            return None
        found = Mention(of_patient=before.of_patient or after.of_patient, day=after.day)
        names = before.names + after.names + (after.below if after.day else [])
        if (labelled := self._labelled(start, end, given)) is not Given.NONE:
            found.given, found.of_patient = labelled, True
        elif before.ours or after.ours:
            found.given = Given.OURS
        elif given and names:
            found.given = Given.ANOTHER
        return found

    def _before(self, start: int, given: Sequence[str]) -> _Beside:
        found, crossed, called, people = _Beside(), False, False, 0
        for here in range(start - 1, max(start - REACH, 0) - 1, -1):
            word, crossed = self.words[here], crossed or self.words[here + 1].starts
            if word.plain in DOCTORS and not crossed and not called:
                found.of_another = True
            elif word.plain in OTHERS | TITLES:
                near = people <= 1 and (not crossed or word.plain in TITLES)
                found.of_another |= near
                break
            elif word.plain in SAYS_NOTHING and not (
                word.is_name and word.plain != "M" and self._ours(given, here, start)
            ):  # 'M. DUPONT Pierre' is no Marie
                found.of_patient |= word.plain in LABELS and not people * crossed
                called = called or word.plain not in PARTICLES
            elif not word.is_name or called:
                break
            else:
                people += not self.words[here + 1].joined
                found.ours |= self._ours(given, here, start) and (not crossed or people <= 1)
                found.names += [] if crossed else [word.plain]
        return found

    def _after(self, end: int, given: Sequence[str]) -> _Beside:
        found, crossed, labelled, skipped = _Beside(), False, False, 0
        for here in range(end, min(end + REACH, len(self.words))):
            word = self.words[here]
            crossed = crossed or word.starts
            if word.day or word.plain in OTHERS | TITLES | DOCTORS | AFTER:
                found.day = word.day
                stands_behind = not word.begins and not labelled and len(found.names) <= 1
                found.of_another = word.plain in AFTER and stands_behind
                break
            if word.is_name and not labelled and self._ours(given, here):
                found.ours |= not (crossed and found.names)
            elif word.plain in MARRIED | BORN:
                found.of_patient |= word.plain in BORN
                skipped = 1
            elif word.plain in SAYS_NOTHING:
                labelled = labelled or word.plain not in PARTICLES
            elif word.plain.isdigit() and len(word.plain) <= OLDEST:
                labelled = True
            elif not word.is_name or labelled:
                break
            elif skipped:
                skipped -= not word.joined
            else:
                (found.below if crossed else found.names).append(word.plain)
        found.of_patient |= bool(found.day)
        return found

    def _labelled(self, start: int, end: int, given: Sequence[str]) -> Given:
        """What follows the labels of given names behind the family name, else before it."""
        for side in (range(end, end + REACH), range(start - 1, start - REACH, -1)):
            said: set[Given] = set()
            for here in (each for each in side if 0 <= each < len(self.words)):
                if self.words[here].plain in OTHERS | TITLES:
                    break
                if self.words[here].plain in GIVEN:
                    said.add(self._stated(here + 1, range(start, end), given))
            if said - {Given.NONE}:
                return _sum_of(said)
        return Given.NONE

    def _stated(self, first: int, family: range, given: Sequence[str]) -> Given:
        found = Given.NONE
        for here in range(first, min(first + REACH, len(self.words))):
            word = self.words[here]
            if here in family or word.plain in PARTICLES | NO_NAMES | {"NAISSANCE"}:
                if found is not Given.NONE:
                    break
            elif not word.is_name or word.plain in SAYS_NOTHING:
                break
            elif given and self._ours(given, here, family.start):
                return Given.OURS
            elif found is not Given.NONE and word.starts:
                break
            else:
                found = Given.ANOTHER if given else Given.NONE
        return found

    def _ours(self, given: Sequence[str], here: int, family: int = -1) -> bool:
        """Whether a given name of the patient stands here, or an initial for one; or the first of
        several in one, where no other follows: MARIE for MARIE LEA, and MARIE ZOE is a twin."""
        plain = self.words[here].plain
        follows = self.words[here + 1] if here + 1 < len(self.words) else None
        alone = here + 1 == family or follows is None or follows.starts or not follows.is_name
        alone = alone or (follows is not None and follows.plain in SAYS_NOTHING)
        return any(
            (plain[:1] == name[0] and 1 in (len(plain), len(name)))
            or self._spelt(name.replace(" ", ""), here)
            or (alone and plain == name.split()[0])
            for name in given
        )


def _glued(name: str) -> str:
    return plain_name(name).replace(" ", "")


def _whole(day: str) -> date:
    """A day, of this century where its two figures of a year may be."""
    return date.fromisoformat(day if len(day) > 8 else f"{19 + (day < '4')}{day}")


def given_in(mentions: Sequence[Mention]) -> Given:
    """What a page says of the given name: where it says of the patient, nothing else counts."""
    of_patient = _sum_of({each.given for each in mentions if each.of_patient})
    return of_patient if of_patient is not Given.NONE else _sum_of({e.given for e in mentions})


def _sum_of(said: set[Given]) -> Given:
    return next((each for each in (Given.OURS, Given.ANOTHER) if each in said), Given.NONE)

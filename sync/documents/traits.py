"""Whether two documents are about the same patient: how sure, and why. Pure.

What one of them does not say counts neither for nor against. Two spellings of a name are the same
without accents, case, hyphens or apostrophes; beyond that nothing is approximate, for a wrong
patient is worse than two lines for the same one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from store.model.document import Sex, Traits
from store.model.identifiers import problem_with_ins


class Degree(IntEnum):
    """How sure it is that they are one person; greater is surer."""

    DIFFERENT = 0
    UNKNOWN = 1
    """They do not say enough of the same."""
    POSSIBLE = 2
    PROBABLE = 3
    CERTAIN = 4


SAME = {
    "ins": "traits.ins_same",
    "identifier": "traits.identifier_same",
    "birth_name": "traits.birth_name_same",
    "name": "traits.name_same",
    "given": "traits.given_same",
    "day": "traits.day_same",
    "sex": "traits.sex_same",
    "place": "traits.place_same",
}
DIFFERS = {
    "ins": "traits.ins_differs",
    "name": "traits.name_differs",
    "given": "traits.given_differs",
    "day": "traits.day_differs",
    "sex": "traits.sex_differs",
    "place": "traits.place_differs",
}
STRICT = {"birth_name", "given", "day", "sex"}
"""With the matricule, the traits that make an identity (RNIV); the place helps, and is too often
written in two ways to decide."""
CONTRADICTIONS = {"name", "given", "day", "sex"}


@dataclass(frozen=True, slots=True)
class Likeness:
    """The answer."""

    degree: Degree
    reasons: tuple[str, ...]
    """Codes, each with a sentence: what is the same, then what differs."""


def compare(one: Traits, other: Traits) -> Likeness:
    """How sure it is that two descriptions are of one patient. The order does not matter."""
    facts = {
        "ins": _ins(one, other),
        "identifier": _identifier(one, other),
        "birth_name": _equal(plain_name(one.birth_name), plain_name(other.birth_name)),
        "name": _shared(_family_names(one), _family_names(other)),
        "given": _given(one, other),
        "day": _day(one.birth_day, other.birth_day),
        "sex": _sex(one.sex, other.sex),
        "place": _place(one.birth_place, other.birth_place),
    }
    same = {name for name, fact in facts.items() if fact is True}
    differs = {name for name, fact in facts.items() if fact is False}
    reasons = [SAME[name] for name in facts if name in same]
    reasons += [DIFFERS[name] for name in facts if name in differs & DIFFERS.keys()]
    return Likeness(_degree(same, differs), tuple(reasons))


def _degree(same: set[str], differs: set[str]) -> Degree:
    linked = bool(same & {"ins", "identifier"})
    against = differs & CONTRADICTIONS
    if against or "ins" in differs:
        # An error of typing, or another person behind the same number: somebody must look.
        return Degree.POSSIBLE if _worth_a_look(same, against) else Degree.DIFFERENT
    if "ins" in same and same >= STRICT:
        return Degree.CERTAIN
    if same >= STRICT or (linked and same >= {"name", "given", "day"}):
        return Degree.PROBABLE
    if linked or same >= {"name", "day"}:
        return Degree.POSSIBLE
    return Degree.UNKNOWN


def _worth_a_look(same: set[str], against: set[str]) -> bool:
    if "ins" in same:
        return True
    return not against and same >= STRICT


@lru_cache(maxsize=2048)
def plain_name(name: str) -> str:
    """A name as it compares: 'Éléonore-Anne d’Ys' is 'ELEONORE ANNE D YS'."""
    bare = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "OE"))
    letters = (each for each in bare.upper() if not unicodedata.combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())


def _equal(one: str, other: str) -> bool | None:
    return None if not one or not other else one == other


def _shared(one: set[str], other: set[str]) -> bool | None:
    return None if not one or not other else bool(one & other)


def _family_names(traits: Traits) -> set[str]:
    return _plain((traits.birth_name, traits.used_name))


def _plain(names: Iterable[str]) -> set[str]:
    return {plain for name in names if (plain := plain_name(name))}


def _given(one: Traits, other: Traits) -> bool | None:
    """The same first one, or one that both are called. JEAN is neither JEAN PIERRE nor another."""
    ours, theirs = (_plain((*each.given_names[:1], each.used_given_name)) for each in (one, other))
    if not ours or not theirs or ours & theirs:
        return _shared(ours, theirs)
    begins = any(a.split()[0] == b.split()[0] for a in ours for b in theirs)
    return None if begins else False


def _ins(one: Traits, other: Traits) -> bool | None:
    """Of the same authority only: who had a NIA and has a NIR now is one person. A matricule whose
    key fails is no evidence."""
    matricules = [each.ins.strip().upper() for each in (one, other)]
    if one.ins_root != other.ins_root or not one.ins_root or not all(matricules):
        return None
    return None if any(map(problem_with_ins, matricules)) else matricules[0] == matricules[1]


def _identifier(one: Traits, other: Traits) -> bool | None:
    """A number that the same house gave. Other numbers say nothing: one has several."""
    ours, theirs = (
        {each for each in traits.identifiers if each.root and each.extension}
        for traits in (one, other)
    )
    return True if ours & theirs else None


def _day(one: str, other: str) -> bool | None:
    """Days as precise as both are; only two whole days are the same."""
    if not one or not other:
        return None
    shared = min(len(one), len(other))
    if one[:shared] != other[:shared]:
        return False
    return True if len(one) == len(other) == len("1979-03-28") else None


def _sex(one: Sex, other: Sex) -> bool | None:
    said = (Sex.FEMALE, Sex.MALE)
    return one == other if one in said and other in said else None


def _place(one: str, other: str) -> bool | None:
    """Two codes, or two towns; a code and a town say nothing to each other."""
    if one[:1].isdigit() != other[:1].isdigit():
        return None
    return _equal(plain_name(one), plain_name(other))

"""What a document says of its patient, made ready to be compared with what others say. Pure.

Documents that say the same share one identity. Two that say too little to tell a person apart, a
name and no day, never do: each stays alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from store.model.document import Sex, Traits
from store.model.health import Certainty, IdentityFacts
from store.model.identifiers import problem_with_ins
from sync.documents.traits import (
    CONTRADICTIONS,
    DIFFERS,
    SAME,
    Degree,
    Likeness,
    compare,
    plain_name,
)

WHOLE_DAY = len("1979-03-28")
AGAINST = {DIFFERS[each] for each in (*CONTRADICTIONS, "ins")}
CERTAINTIES = {
    Degree.CERTAIN: Certainty.CERTAIN,
    Degree.PROBABLE: Certainty.PROBABLE,
    Degree.POSSIBLE: Certainty.POSSIBLE,
}


def facts_of(traits: Traits | None, source: bytes) -> IdentityFacts | None:
    """None when nobody is named.

    source: what no other document has, for those whose traits tell nobody apart.
    """
    if traits is None or not _says_somebody(traits):
        return None
    said = repr(_told(traits)).encode("utf-8", "replace")
    alone = b"" if tells_apart(traits) else source
    return IdentityFacts(
        fingerprint=hashlib.sha256(said + alone).digest(),
        traits=traits,
        keys=tuple(dict.fromkeys(_keys(traits))),
    )


def tells_apart(traits: Traits) -> bool:
    """Whether two documents that both say just this are about one person, as far as is said."""
    named = any(map(plain_name, (traits.birth_name, traits.used_name)))
    called = any(map(plain_name, (*traits.given_names[:1], traits.used_given_name)))
    whole = named and called and len(traits.birth_day) == WHOLE_DAY
    return whole or bool(sure_ins(traits)) or any(_numbers(traits))


def sure_ins(traits: Traits) -> str:
    """The INS when its authority is said and its key holds, else ''."""
    ins = traits.ins.strip().upper()
    return ins if ins and traits.ins_root and not problem_with_ins(ins) else ""


def certainty_alone(traits: Traits) -> Certainty:
    """How surely a patient is known who is told of in this way only."""
    return CERTAINTIES.get(compare(traits, traits).degree, Certainty.POSSIBLE)


def certainty_of(likeness: Likeness) -> Certainty | None:
    """What a comparison means to whoever sees both; None when they are not to be shown together."""
    if SAME["ins"] in likeness.reasons and contradicts(likeness):
        return Certainty.CONFLICT
    return CERTAINTIES.get(likeness.degree)


def contradicts(likeness: Likeness) -> bool:
    """Whether both cannot be true of one person."""
    return not AGAINST.isdisjoint(likeness.reasons)


def _says_somebody(traits: Traits) -> bool:
    names = (traits.birth_name, traits.used_name, *traits.given_names, traits.used_given_name)
    return bool(traits.ins.strip()) or any(map(plain_name, names)) or any(_numbers(traits))


def _told(traits: Traits) -> tuple[object, ...]:
    """What tells people apart, however it is spelled."""
    return (
        *(traits.ins.strip().upper(), traits.ins_root),
        *(plain_name(traits.birth_name), plain_name(traits.used_name)),
        *(tuple(map(plain_name, traits.given_names)), plain_name(traits.used_given_name)),
        *(traits.birth_day, traits.sex if traits.sex in (Sex.FEMALE, Sex.MALE) else Sex.UNKNOWN),
        *(plain_name(traits.birth_place), tuple(sorted(set(_numbers(traits))))),
    )


def _numbers(traits: Traits) -> Iterator[tuple[str, str]]:
    for each in traits.identifiers:
        if each.root and each.extension:
            yield each.root, each.extension


def _keys(traits: Traits) -> Iterator[str]:
    """What `compare` needs at least one of to find two of them alike."""
    if ins := sure_ins(traits):
        yield f"ins:{traits.ins_root}:{ins}"
    for root, extension in _numbers(traits):
        yield f"id:{root}:{extension}"
    if len(traits.birth_day) == WHOLE_DAY:
        for name in (traits.birth_name, traits.used_name):
            if plain := plain_name(name):
                yield f"name:{plain}:{traits.birth_day}"

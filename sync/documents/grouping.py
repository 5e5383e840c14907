"""Which identities are one patient: a partition that depends on what they say and on nothing else.

Not on the order in which letters came. Identities are joined while none of those joined contradicts
another; a join that would bring a contradiction is not made at all, for no order among its members
is better than another one, and a wrong patient is worse than two lines for the same one. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

from store.model.document import Traits
from store.model.health import Certainty, Group
from store.model.ids import IdentityId
from sync.documents.identity import certainty_alone, contradicts, sure_ins
from sync.documents.traits import Degree, Likeness, compare

Cluster = frozenset[IdentityId]
SUREST = (Certainty.POSSIBLE, Certainty.PROBABLE, Certainty.CERTAIN)


class _Compared:
    """Every pair once."""

    def __init__(self, traits: Mapping[IdentityId, Traits]) -> None:
        self.traits = traits
        self._found: dict[frozenset[IdentityId], Likeness] = {
            frozenset(pair): compare(traits[pair[0]], traits[pair[1]])
            for pair in combinations(sorted(traits), 2)
        }

    def are_alike(self, ours: Cluster, theirs: Cluster, degree: Degree) -> bool:
        """Whether some of ours is that much like some of theirs."""
        return any(self._found[frozenset((a, b))].degree >= degree for a in ours for b in theirs)

    def agree(self, cluster: Cluster) -> bool:
        """Whether no two of them contradict each other."""
        return not any(
            contradicts(self._found[frozenset(pair)]) for pair in combinations(cluster, 2)
        )

    def degree(self, one: IdentityId, other: IdentityId) -> Degree:
        """How much alike two of them are."""
        return self._found[frozenset((one, other))].degree


def groups(traits: Mapping[IdentityId, Traits]) -> tuple[Group, ...]:
    """The patients that these identities are, each of which may be like any other.

    Surest first: those that are certainly one, then those that probably are. Where several INS
    contradict each other, what has none belongs to neither, and is joined by itself.
    """
    compared = _Compared(traits)
    alone = [frozenset((each,)) for each in sorted(traits)]
    sure = [each for joined in _joined(alone, compared, Degree.CERTAIN) for each in joined]
    clusters: list[Cluster] = []
    for joined in _joined(sure, compared, Degree.PROBABLE):
        if len(joined) == 1:
            clusters += joined
            continue
        numbered = [each for each in joined if any(sure_ins(traits[one]) for one in each)]
        others = [each for each in joined if each not in numbered]
        clusters += numbered
        clusters += [each for rest in _joined(others, compared, Degree.PROBABLE) for each in rest]
    return tuple(_group(each, compared) for each in sorted(clusters, key=min))


def _joined(
    clusters: Sequence[Cluster], compared: _Compared, degree: Degree
) -> Iterator[list[Cluster]]:
    """What belongs together at that degree: joined to one where all agree, else as it was."""
    for together in _components(clusters, lambda a, b: compared.are_alike(a, b, degree)):
        whole = frozenset[IdentityId]().union(*together)
        yield [whole] if compared.agree(whole) else together


def _components(
    clusters: Sequence[Cluster], linked: Callable[[Cluster, Cluster], bool]
) -> Iterator[list[Cluster]]:
    waiting = list(clusters)
    while waiting:
        together, edge = [waiting[0]], [waiting.pop(0)]
        while edge:
            now = edge.pop()
            near = [each for each in waiting if linked(now, each)]
            waiting = [each for each in waiting if each not in near]
            together += near
            edge += near
        yield together


def _group(cluster: Cluster, compared: _Compared) -> Group:
    traits = compared.traits
    alone = {each: certainty_alone(traits[each]) for each in cluster}
    reference = max(
        cluster,
        key=lambda each: (SUREST.index(alone[each]), _said(traits[each]), repr(traits[each])),
    )
    members = tuple(sorted(cluster))
    return Group(
        members=members,
        certainties=tuple(
            alone[each]
            if each == reference
            else Certainty.CERTAIN
            if compared.degree(reference, each) is Degree.CERTAIN
            else Certainty.PROBABLE
            for each in members
        ),
        reference=reference,
        certainty=alone[reference],
    )


def _said(traits: Traits) -> int:
    """How much it says."""
    facts = (traits.birth_name, traits.used_name, traits.birth_day, traits.sex, traits.birth_place)
    return sum(map(bool, facts)) + len(traits.given_names)

"""Which files of a folder are one dispatch, and whether all of it is there. Pure.

A PDF and the HPRIM file of its name are one letter, and must never become two: one without the
words that say whose it is, and one without the document. What is still incomplete waits, as what
is still growing does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.model.drop_options import Grouping
from sync.drop import names
from sync.drop.plan import (
    Decision,
    Entry,
    Ignore,
    Kind,
    Policy,
    Refuse,
    Sighting,
    Take,
    Wait,
    decide,
)
from sync.drop.reasons import Reason

MOST_FILES = 40
"""Of one dispatch: beyond it, somebody has moved a whole archive in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One dispatch that has settled."""

    main: Sighting
    """What it is named by: the document, or the subfolder."""
    companions: tuple[Sighting, ...] = ()
    """What lies beside it."""
    inside: tuple[Sighting, ...] = ()
    """What lies in it, when it is a subfolder."""
    decision: Take | Refuse = field(default_factory=Take)
    grouping: Grouping = Grouping.ALONE

    @property
    def files(self) -> tuple[Sighting, ...]:
        """All that is to be read, what it is named by first."""
        return self.inside or (self.main, *self.companions)

    @property
    def claimed_in_order(self) -> list[Entry]:
        """What is moved, and last of all what tells that all of it was (`main_of`)."""
        whole = [each.entry for each in (*self.companions, self.main)]
        if self.grouping is not Grouping.DONE:
            return whole
        return sorted(whole, key=lambda entry: names.ending(entry.name) == names.DONE)


@dataclass(slots=True)
class Look:
    """A listing, sorted."""

    groups: list[Group] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    remark: Reason | None = None


def sort(
    seen: Sequence[Sighting],
    inside: Mapping[bytes, Sequence[Sighting]],
    grouping: Grouping,
    now: float,
    policy: Policy,
) -> Look:
    """What is ready, the oldest first, and what waits.

    Args:
        seen: the folder's own entries, the oldest first.
        inside: the entries of each subfolder; looked at by a rule that takes subfolders.
    """
    look = Look()
    if grouping is Grouping.FOLDER:
        for each in seen:
            _take_folder(look, each, inside.get(each.entry.name), now, policy)
        return look
    named: list[tuple[Sighting, Decision]] = []
    together: dict[bytes, list[tuple[Sighting, Decision]]] = {}
    for each in seen:
        ours = decide(each, now, policy)
        if isinstance(ours, Ignore):
            look.remark = look.remark or ours.reason
        elif grouping is Grouping.ALONE:
            _settle(look, Group(main=each), [ours])
        else:
            named.append((each, ours))
    of = names.together(each.entry.name for each, _ in named)
    for one in named:
        together.setdefault(of[one[0].entry.name], []).append(one)
    for decided in together.values():
        _take_stem(look, decided, grouping, now, policy)
    return look


def main_of(entries: Sequence[Entry], grouping: Grouping) -> Entry | None:
    """What a dispatch is named by; None when it is not whole."""
    finished = any(names.ending(each.name) == names.DONE for each in entries)
    if grouping is Grouping.DONE and not finished:
        return None
    if len(entries) == 1 and grouping in (Grouping.ALONE, Grouping.FOLDER):
        return entries[0]
    mains = [each for each in entries if names.is_main(each.name)]
    if not mains and grouping is Grouping.DONE:
        # Where a file says that all is there, a message alone is a dispatch of its own.
        mains = [each for each in entries if names.ending(each.name) in names.COMPANIONS]
    return mains[0] if len(mains) == 1 else None


def _settle(look: Look, group: Group, decisions: Sequence[Decision]) -> None:
    """One group, by what its files are."""
    waits = [each for each in decisions if isinstance(each, Wait)]
    refused = [each for each in decisions if isinstance(each, Refuse)]
    if waits:
        look.waits.append(max(waits, key=lambda wait: wait.again_in))
    elif refused:
        look.groups.append(
            Group(
                main=group.main,
                companions=group.companions,
                inside=group.inside,
                decision=refused[0],
                grouping=group.grouping,
            )
        )
    else:
        look.groups.append(group)


def _take_stem(
    look: Look,
    decided: Sequence[tuple[Sighting, Decision]],
    grouping: Grouping,
    now: float,
    policy: Policy,
) -> None:
    members = [each for each, _ in decided]
    entries = {each.entry: each for each in members}
    main = main_of(list(entries), grouping)
    named_by = entries[main] if main else members[0]
    companions = tuple(each for each in members if each is not named_by)
    group = Group(main=named_by, companions=companions, grouping=grouping)
    missing = _missing(group, main is not None, grouping, now, policy)
    decisions = [decision for _, decision in decided]
    _settle(look, group, [*decisions, missing] if missing else decisions)


def _missing(
    group: Group, has_main: bool, grouping: Grouping, now: float, policy: Policy
) -> Wait | Refuse | None:
    """What a stem still wants."""
    members = group.files
    if len(members) > MOST_FILES or sum(names.is_main(each.entry.name) for each in members) > 1:
        return Refuse(reason=Reason.TOO_MANY_FILES)
    marks = [each for each in members if names.ending(each.entry.name) == names.DONE]
    if len(marks) > 1 or sum(names.is_sidecar(each.entry.name) for each in members) > 1:
        return Refuse(reason=Reason.TOO_MANY_FILES)
    left = policy.patience_seconds - (now - max(each.since for each in members))
    if grouping is Grouping.DONE and not marks:
        return Wait(reason=Reason.INCOMPLETE, again_in=max(left, 1.0), remark=left <= 0)
    if not has_main:
        waits = Wait(reason=Reason.INCOMPLETE, again_in=left)
        return waits if left > 0 else Refuse(reason=Reason.NO_DOCUMENT)
    if grouping is Grouping.STEM and len(members) == 1 and left > 0:
        return Wait(reason=Reason.INCOMPLETE, again_in=left)
    return None


def _take_folder(
    look: Look, each: Sighting, inside: Sequence[Sighting] | None, now: float, policy: Policy
) -> None:
    """A subfolder whose files have all settled; what lies beside subfolders stays."""
    decision = decide(each, now, policy)
    if each.entry.kind is not Kind.DIRECTORY:
        if not (isinstance(decision, Ignore) and decision.reason is None):
            look.remark = look.remark or Reason.LOOSE
        return
    if inside is None or not inside:
        return
    decisions: list[Decision] = [_of_inner(one, now, policy) for one in inside]
    settling = policy.quiet_seconds - (now - max(one.since for one in (each, *inside)))
    if settling > 0:
        decisions.append(Wait(reason=Reason.SETTLING, again_in=settling))
    documents = [one for one in inside if names.is_main(one.entry.name)]
    wanted = documents or [
        one for one in inside if names.ending(one.entry.name) in names.COMPANIONS
    ]
    sidecars = sum(names.is_sidecar(one.entry.name) for one in inside)
    if len(inside) > MOST_FILES or sidecars > 1:
        decisions.append(Refuse(reason=Reason.TOO_MANY_FILES))
    elif not wanted:
        decisions.append(Wait(reason=Reason.INCOMPLETE, again_in=policy.patience_seconds))
    others = [one for one in inside if not names.is_main(one.entry.name)]
    _settle(look, Group(main=each, inside=(*documents, *others)), decisions)


def _of_inner(one: Sighting, now: float, policy: Policy) -> Decision:
    """As in the folder itself, but nothing in a dispatch is left behind for being unfinished."""
    if one.entry.kind is Kind.DIRECTORY:
        return Refuse(reason=Reason.NESTED)
    if names.is_litter(one.entry.name):
        hidden = one.entry.name.lower() in names.LITTER or one.entry.name.startswith(b".")
        again = policy.quiet_seconds
        return Take() if hidden else Wait(reason=Reason.SETTLING, again_in=again)
    return decide(one, now, policy)

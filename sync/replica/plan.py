"""The plan: three-way reconciliation of one mailbox. Pure: no clock, socket or database.

    what we hold          placement.keywords, .deleted, .wish_mailbox_id    (wishes)
    what we agreed on     placement.base, corrected by .sent                (the ancestor)
    what the server shows View                                              (facts)

    held here    on the server    then
    ---------    -------------    ---------------------------------------------------------
    no           yes              Fetch, newest first; on a lean line Announce
    yes          gone             Forget; Lose when too many are (guard.py)
    created      no               Append; Withdraw when it was deleted before it left
    deleted      yes              Expunge; Keep when somebody flagged it meanwhile
    wished away  yes              Move
    yes          yes              keywords merged: StoreKeywords for the server, Rebase for us

Three kinds of placement are left alone, because nobody knows yet where they are: a MOVE or an
APPEND whose answer was lost, a letter whose UID was lost with the numbering, and a lost letter.
The first are settled before this (sync/imap/settle.py); until then a UID at or above the snapshot
taken before the command may be our own letter, and is not fetched.

Only what is out of the ordinary costs more than a comparison
(tests/unit/replica/test_plan_scales.py counts the steps).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from store.model.email import Keywords, Placement
from store.model.ids import MailboxId, PlacementId
from sync.replica.guard import is_mass
from sync.replica.lean import Lean
from sync.replica.merge import flagged_elsewhere, hides_a_wish, merged
from sync.replica.ops import (
    Announce,
    Append,
    Expunge,
    Fetch,
    Forget,
    Keep,
    Lose,
    Move,
    Op,
    Rebase,
    Shown,
    StoreKeywords,
    Withdraw,
)
from sync.replica.view import View

T = TypeVar("T")
FIRST_PAGE = 50
"""Emails announced first on a lean line: what a screen shows, and a little below it."""
FEW = 8
BATCH = 500
"""Placements per op: one command line of a reasonable length, one transaction under 50 ms."""
WINDOW = 250
"""Emails per Fetch: what is lost at most when the line is cut."""


@dataclass(slots=True)
class _Sorted:
    """Placements by what must be done with them, in the order they were met."""

    pushes: dict[tuple[Keywords, Keywords], list[Shown]] = field(
        default_factory=lambda: defaultdict(list)
    )
    rebases: list[Shown] = field(default_factory=list)
    keeps: list[Shown] = field(default_factory=list)
    moves: dict[MailboxId, list[PlacementId]] = field(default_factory=lambda: defaultdict(list))
    expunges: list[PlacementId] = field(default_factory=list)
    forgets: list[PlacementId] = field(default_factory=list)
    gone: list[PlacementId] = field(default_factory=list)
    hiding: list[PlacementId] = field(default_factory=list)
    """Of those gone, the ones of which something was never told."""
    withdraws: list[PlacementId] = field(default_factory=list)
    appends: list[PlacementId] = field(default_factory=list)


def plan_mailbox(
    held: Iterable[Placement],
    view: View,
    *,
    holding: int = 0,
    withhold_from: int | None = None,
    only_from: int = 0,
    window: int = WINDOW,
    lean: Lean | None = None,
    guarded: bool = True,
) -> list[Op]:
    """What to do with one mailbox, wishes before downloads.

    `held` must contain every placement that carries a wish or that the view mentions; quiet ones
    may be left out. `holding` is how many letters of the server are held in all. Unknown UIDs at
    or above `withhold_from` are not fetched, nor those below `only_from`. `window` is how many
    Emails one Fetch asks for. On a `lean` line unknown letters are announced and brought later
    (lean.py). What is not `guarded` may be emptied unasked.
    """
    found = _Sorted()
    keywords, gone = view.keywords, view.gone
    for each in held:
        theirs = keywords.get(each.uid, each.base) if each.uid is not None else each.base
        if _quiet(each, theirs) and each.uid not in gone:
            continue
        is_new = each.unseen and each.uid in keywords
        _sort(found, each, theirs, is_gone=each.uid in gone, is_new=is_new)
    wanted = sorted((uid for uid in view.unknown if uid >= only_from), reverse=True)
    if withhold_from is not None:
        wanted = [uid for uid in wanted if uid < withhold_from]
    downloads = _fetched(wanted, window) if lean is None else _announced(wanted, lean, holding)
    return [*_local_ops(found, holding if guarded else None), *_remote_ops(found), *downloads]


def _quiet(held: Placement, theirs: Keywords) -> bool:
    return (
        held.keywords == theirs == held.base
        and held.uid is not None
        and held.sent is None
        and not held.deleted
        and held.wish_mailbox_id is None
        and held.moving is None
        and not held.unseen
    )


def _sort(
    found: _Sorted, held: Placement, theirs: Keywords, *, is_gone: bool, is_new: bool
) -> None:
    if held.unlinked or held.lost or held.moving is not None:
        return
    if held.uid is None:
        (found.withdraws if held.deleted else found.appends).append(held.id)
    elif is_gone:
        # What the person deleted here is their own doing, and its answer may have been lost.
        (found.forgets if held.deleted else found.gone).append(held.id)
        if hides_a_wish(held):
            found.hiding.append(held.id)
    elif held.deleted:
        _sort_deleted(found, held, Shown(held.id, theirs))
    else:
        _sort_keywords(found, held, Shown(held.id, theirs), is_new=is_new)
        if held.wish_mailbox_id is not None:
            found.moves[held.wish_mailbox_id].append(held.id)


def _sort_deleted(found: _Sorted, held: Placement, shown: Shown) -> None:
    if flagged_elsewhere(held, shown.theirs):
        found.keeps.append(shown)
        return
    if not _agreed(held, shown.theirs):
        found.rebases.append(shown)  # the deletion may yet be taken back
    found.expunges.append(held.id)


def _sort_keywords(found: _Sorted, held: Placement, shown: Shown, *, is_new: bool) -> None:
    theirs, after = shown.theirs, merged(held, shown.theirs)
    if after != theirs:
        found.pushes[_change(theirs, after)].append(shown)
    elif is_new or held.keywords != theirs or not _agreed(held, theirs):
        found.rebases.append(shown)


@lru_cache(maxsize=4096)
def _change(theirs: Keywords, after: Keywords) -> tuple[Keywords, Keywords]:
    """What to add and what to remove, for `theirs` to become `after`."""
    return after - theirs, theirs - after


def _agreed(held: Placement, theirs: Keywords) -> bool:
    return held.sent is None and held.base == theirs


def _local_ops(found: _Sorted, holding: int | None) -> Iterator[Op]:
    yield from (Rebase(batch) for batch in _batches(found.rebases))
    yield from (Keep(batch) for batch in _batches(found.keeps))
    if holding is not None and is_mass(len(found.gone), holding):
        yield Lose(tuple(found.gone), holding)
    elif holding is not None and found.hiding:
        yield Lose(tuple(found.hiding), holding)
        found.forgets += sorted(set(found.gone) - set(found.hiding))
    else:
        found.forgets += found.gone
    yield from (Forget(batch) for batch in _batches(found.forgets))
    yield from (Withdraw(batch) for batch in _batches(found.withdraws))


def _remote_ops(found: _Sorted) -> Iterator[Op]:
    """Keywords before moves: a letter takes them along."""
    for (add, remove), shown in found.pushes.items():
        yield from (StoreKeywords(add, remove, batch) for batch in _batches(shown))
    for target, ids in found.moves.items():
        yield from (Move(target, batch) for batch in _batches(ids))
    yield from (Expunge(batch) for batch in _batches(found.expunges))
    yield from (Append(batch) for batch in _batches(found.appends))


def _fetched(wanted: Sequence[int], window: int) -> Iterator[Fetch]:
    yield from (Fetch(uids) for uids in _batches(wanted, window))


def _announced(wanted: Sequence[int], lean: Lean, holding: int) -> Iterator[Announce]:
    """A few new letters bring their text along: it would be asked for next anyway.

    Of many, a page; the rest waits for the text of that page. A page is as long as what is held:
    where each visit lists the whole mailbox again, there are few of them.
    """
    if 0 < len(wanted) <= FEW:
        yield Announce(tuple(wanted), lean.begin)
        return
    page = max(WINDOW, holding) if holding else FIRST_PAGE
    for at, uids in enumerate(_batches(wanted, min(page, WINDOW))):
        yield Announce(uids, later=at * min(page, WINDOW) >= page)


def _batches(items: Sequence[T], size: int = BATCH) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])

"""Threads in a list: which rows there are, and where each stands. Pure.

A thread stands where the first of its letters would, in the order the list is in. Folded, it is
that one row, with how many it stands for; unfolded, all of it is there, the oldest first, as one
reads a conversation.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from store.db.views import Listed
from store.model.ids import PlacementId


class Line(NamedTuple):
    """One row of a list."""

    placement_id: PlacementId
    thread_id: int | None
    at: int
    depth: int = 0
    folded: int = 0
    """Letters of its thread that this row stands for beside its own."""


def lines_of(listed: Sequence[Listed], unfolded: Container[int]) -> list[Line]:
    """The rows of a list, with the threads in `unfolded` shown whole."""
    threads: dict[int, list[Listed]] = {}
    for n, letter in enumerate(listed):
        # One whose thread is not known, or not asked for, is a thread of its own.
        key = -n - 1 if letter.thread_id is None else letter.thread_id
        threads.setdefault(key, []).append(letter)
    lines: list[Line] = []
    for key, letters in threads.items():
        if key in unfolded and len(letters) > 1:
            oldest_first = sorted(letters, key=lambda each: (each.at, each.placement_id))
            lines += [Line(*each, depth=min(n, 1)) for n, each in enumerate(oldest_first)]
        else:
            lines.append(Line(*letters[0], folded=len(letters) - 1))
    return lines

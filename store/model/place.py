"""Whether a store is the one that last sent from here, or a copy of it. Pure; docs/outbox.md."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Found(StrEnum):
    """What a store turns out to be when it is about to send."""

    SAME = "same"
    NEW = "new"
    """Nothing was sent from it since places are known (migration 0030): none before is."""
    ELSEWHERE = "elsewhere"
    """Another machine, or another file: the one it was copied from may still send."""
    OLDER = "older"
    """More dots were about to leave here than it knows of: it was put back from a backup."""


class Held(NamedTuple):
    """How much of what a copy holds a person is asked about."""

    letters: int = 0
    drafts: int = 0
    rules: int = 0
    handovers: int = 0
    """Files for another program's folder."""


def found(known: str, here: str, *, dots: int, witnessed: int) -> Found:
    """What a store is.

    Args:
        known: the name of the place it was last sent from, as it says itself; '' when never.
        here: the name of the place it is in.
        dots: how many final dots it knows were about to leave.
        witnessed: how many the file beside it says.
    """
    if witnessed > dots:
        return Found.OLDER
    if not known:
        return Found.NEW
    return Found.SAME if known == here else Found.ELSEWHERE

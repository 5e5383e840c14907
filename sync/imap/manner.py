"""How letters are downloaded in a pass: what the line and its budget allow. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync.replica.lean import Lean
from sync.replica.plan import WINDOW


def _always() -> bool:
    return True


def _any(_: int) -> bool:
    return True


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The default is a line that costs nothing."""

    window_emails: int = WINDOW
    """Letters in one window, at most."""
    lean: Lean | None = None
    """How a lean line brings letters: the list first. None for one that brings them whole."""
    may_fetch: Callable[[], bool] = _always
    """Whether the budget lets another window of letters, or of their texts, begin."""
    may_bring: Callable[[int], bool] = _any
    """Whether it lets so many octets begin that nobody asked for and that are no text."""
    is_late: Callable[[], bool] = _never
    """Whether a lean line should look for news before it brings more."""


AT_WILL = Manner()

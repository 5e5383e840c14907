"""The way of a document through the demo, as its checks saw it: a page of steps with their times.

Each time is when the step was seen from outside, by somebody who kept looking; it can be a little
late, never early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from store.host.clock import local
from store.host.i18n import sentence

WAYS = RESULT, LETTER, DISPATCH = "result", "letter", "dispatch"
"""In the order of the page: a laboratory's results, a hospital's letter, ours to a colleague."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that was seen."""

    at: int
    """Unix seconds."""
    seconds: float
    """Since the way began."""
    words: str


@dataclass(slots=True)
class Journey:
    """The way of one document, or of a few that follow each other."""

    now: Callable[[], int]
    tick: Callable[[], float]
    """A clock that only goes forward, in seconds."""
    steps: list[Step] = field(default_factory=list)
    begun: float | None = None

    def step(self, words: str) -> None:
        """Note that this is so, now."""
        tick = self.tick()
        if self.begun is None:
            self.begun = tick
        self.steps.append(Step(at=self.now(), seconds=tick - self.begun, words=words))


class Journeys:
    """All of them, by name."""

    def __init__(self, now: Callable[[], int], tick: Callable[[], float]) -> None:
        self._now, self._tick = now, tick
        self._ways: dict[str, Journey] = {}

    def of(self, name: str) -> Journey:
        """One of them, begun by its first step."""
        return self._ways.setdefault(name, Journey(self._now, self._tick))

    def page(self) -> list[str]:
        """The lines of the page; none when nothing was seen."""
        lines = []
        for name in WAYS:
            if steps := self.of(name).steps:
                lines += ["", sentence(f"demo.way.of.{name}"), *map(_line, steps)]
        return ["", sentence("demo.way.page"), *lines, ""] if lines else []


def _line(step: Step) -> str:
    seconds = f"{step.seconds:.1f}".replace(".", sentence("demo.way.decimal"))
    return f"  {local(step.at):%H:%M:%S}  {seconds:>5} s  {step.words}"

"""The flight recorder: what each step over a line took and cost, in memory until a commit is due.

Every octet of a connection belongs to one step: what came between two is counted with the later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

from store.errors import MailError
from store.host import clock
from store.model.account import Profile
from store.model.link import Hold, LinkReport, LinkStep, Octets, Step

CANCELLED, UNEXPECTED = "link.cancelled", "bug.unexpected"


class Counted(Protocol):
    """What went over a connection so far: sync/imap/exchange.py Traffic."""

    @property
    def octets_in(self) -> int: ...
    @property
    def octets_out(self) -> int: ...
    @property
    def turns(self) -> int: ...


class Recorder:
    """Of one connection after another, or of several at once in one event loop."""

    def __init__(
        self, *, now: Callable[[], int] = clock.now, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._now, self._ticks = now, ticks
        self.steps: list[LinkStep] = []
        """Not written yet."""
        self._pass_began_at: int | None = None
        self._before: dict[int, tuple[Counted, tuple[int, int, int]]] = {}
        """What each connection had cost when its last step ended."""

    @contextmanager
    def step(self, step: Step, traffic: Counted) -> Iterator[Callable[[str], None]]:
        """What is done inside is one step. Yields how to say its result when no error does."""
        began_at, began, results = self._now(), self._ticks(), [""]
        if self._pass_began_at is None:
            self._pass_began_at = began_at
        try:
            yield results.append
        except BaseException as error:
            results.append(_code(error))
            raise
        finally:
            _, before = self._before.get(id(traffic), (traffic, (0, 0, 0)))
            after = traffic.octets_out, traffic.octets_in, traffic.turns
            up, down, turns = (a - b for a, b in zip(after, before, strict=True))
            self._before[id(traffic)] = traffic, after
            self.steps.append(
                LinkStep(
                    step=step,
                    began_at=began_at,
                    milliseconds=round((self._ticks() - began) * 1000),
                    octets_up=up,
                    octets_down=down,
                    turns=turns,
                    result=results[-1],
                )
            )

    def blame(self, error: Exception) -> None:
        """The last step, if it failed, failed because of `error`, understood only now."""
        if self.steps and self.steps[-1].result:
            self.steps[-1] = replace(self.steps[-1], result=_code(error))

    @property
    def unwritten(self) -> Octets:
        """What the steps not written yet cost."""
        return Octets(sum(s.octets_up for s in self.steps), sum(s.octets_down for s in self.steps))

    def take(self) -> LinkReport:
        """What is to be written now; it is not kept."""
        steps, self.steps = tuple(self.steps), []
        at = self._now()
        return LinkReport(
            pass_began_at=at if self._pass_began_at is None else self._pass_began_at,
            at=at,
            day=clock.local(at).date().isoformat(),
            steps=steps,
        )

    def end_pass(self, *, hold: Hold | None, auto_profile: Profile | None) -> LinkReport:
        """The same at the end of a pass: what comes next belongs to another."""
        report = replace(self.take(), whole=True, hold=hold, auto_profile=auto_profile)
        self._pass_began_at = None
        return report


def _code(error: BaseException) -> str:
    if isinstance(error, MailError):
        return error.code
    return CANCELLED if isinstance(error, asyncio.CancelledError) else UNEXPECTED


class Recorded(Protocol):
    """Something whose methods are steps."""

    @property
    def recorder(self) -> Recorder: ...
    @property
    def traffic(self) -> Counted: ...


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Recorded)
Method: TypeAlias = Callable[Concatenate[S, P], Coroutine[Any, Any, R]]


def recorded(step: Step) -> Callable[[Method[S, P, R]], Method[S, P, R]]:
    """Makes each call of a method one step."""

    def wrap(method: Method[S, P, R]) -> Method[S, P, R]:
        @wraps(method)
        async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with self.recorder.step(step, self.traffic):
                return await method(self, *args, **kwargs)

        return call

    return wrap

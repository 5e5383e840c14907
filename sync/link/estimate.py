"""What a line is like, from the steps recorded of it. Pure: no clock, socket or database.

    milliseconds = turns * round trip + octets / rate + what the server was busy with

Small steps tell the round trip, large ones the rate. Only the last term has no bound, so nothing
is averaged: the round trip is taken low among the small steps, the rate in the middle of the large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from store.model.link import LinkStep, Step
from sync.link.profile import Measured

SMALL_OCTETS = 4 * 1024
"""Both ways: at 64 kbit/s half a second, of which the rate then takes its share away."""
LARGE_OCTETS = 32 * 1024
"""One way: below, a round trip more or less decides."""
RECENT = 15
"""Steps of each kind that count, the newest: a line changes when the clinic's car moves."""
CONNECT_TRIPS = 3
"""TCP, TLS 1.3, and the greeting (RFC 9293 §3.5, RFC 8446 §2). Where nothing was heard, it was not
waited for."""
LOW = 0.25
"""Where among the small steps the round trip is taken: those met a busy server least."""
SMALL = {Step.LOGIN, Step.LIST, Step.LOOK, Step.PUSH, Step.CONNECT}
DOWN, UP = {Step.FETCH, Step.LOOK, Step.LIST}, {Step.UPLOAD, Step.SUBMIT}


def estimate(steps: Iterable[LinkStep]) -> Measured:
    """What the line was like. `steps` are the newest first; those that failed do not count."""
    good = [each for each in steps if not each.result and each.milliseconds > 0]
    small = [s for s in good if _is_small(s)][:RECENT]
    trip = _low([s.milliseconds / _trips(s) for s in small])
    down = _rate(good, DOWN, lambda s: s.octets_down, trip or 0)
    up = _rate(good, UP, lambda s: s.octets_up, trip or 0)
    if down is not None:
        trip = _low([(s.milliseconds - _both(s) / down * 1000) / _trips(s) for s in small])
    return Measured(
        round_trip_milliseconds=None if trip is None else max(1, round(trip)),
        octets_per_second_down=None if down is None else max(1, round(down)),
        octets_per_second_up=None if up is None else max(1, round(up)),
    )


def _rate(
    steps: Iterable[LinkStep],
    kinds: set[Step],
    octets: Callable[[LinkStep], int],
    trip: float,
) -> float | None:
    """Octets per second, in the middle of the large steps.

    The wait for the first octet is no transfer, but never more than half of the step either: a
    round trip taken too high must not make the rate boundless.
    """
    large = islice((s for s in steps if s.step in kinds and octets(s) >= LARGE_OCTETS), RECENT)
    rates = [
        octets(s) * 1000 / max(s.milliseconds - trip * _trips(s), s.milliseconds / 2) for s in large
    ]
    return _at(rates, 0.5)


def _is_small(step: LinkStep) -> bool:
    """One that asked for nothing found its answer there: it tells of no round trip."""
    asked = step.octets_up > 0 or step.step is Step.CONNECT
    return asked and step.step in SMALL and _both(step) <= SMALL_OCTETS


def _trips(step: LinkStep) -> int:
    """Waits for an answer. One that follows on the flight before it was no turn of its own."""
    if step.step is Step.CONNECT:
        return CONNECT_TRIPS if step.octets_down else CONNECT_TRIPS - 1
    return max(1, step.turns)


def _both(step: LinkStep) -> int:
    return step.octets_up + step.octets_down


def _low(values: Sequence[float]) -> float | None:
    return _at(values, LOW)


def _at(values: Sequence[float], place: float) -> float | None:
    """The value below which that share of them lies; None without any."""
    return sorted(values)[int((len(values) - 1) * place)] if values else None

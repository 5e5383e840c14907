"""What `pli doctor --link` knows of an account's line, as facts. Reads, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from store.db import link
from store.db.open import Connection
from store.db.outlines import waiting_octets
from store.host import clock
from store.model.account import Account, Profile
from store.model.link import Budget, Hold, LinkStep, Octets, Step
from sync.link.budget import cost
from sync.link.estimate import estimate
from sync.link.profile import Measured, line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTotal:
    """All steps of one kind."""

    step: Step
    times: int
    milliseconds: int
    octets_up: int
    octets_down: int
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """One account's line."""

    account: Account
    profile: Profile
    """In force; never `auto`."""
    measured: Measured
    last_pass: tuple[LinkStep, ...]
    today: Octets
    this_month: Octets
    budget: Budget
    hold: Hold | None
    waiting_octets: int | None
    """About; None while nothing waits, or no letter held tells how large they are."""

    @property
    def totals(self) -> list[StepTotal]:
        """The last pass by kind of step, in the order they came."""
        kinds = dict.fromkeys(each.step for each in self.last_pass)
        return [_total(kind, [s for s in self.last_pass if s.step is kind]) for kind in kinds]

    @property
    def slowest(self) -> LinkStep | None:
        """The step of the last pass that took longest."""
        return max(self.last_pass, key=lambda s: s.milliseconds, default=None)

    @property
    def failure(self) -> str:
        """Code of what ended the last pass; '' when nothing did."""
        return next((s.result for s in self.last_pass if s.result), "")

    def cost(self, octets: int) -> int | None:
        """Money for so many octets, in millionths; None when nobody said a price."""
        return cost(octets, self.budget)


def report_of(db: Connection, account: Account, now: int) -> LineReport:
    """Look at what was recorded of one account."""
    today, hold = clock.local(now).date().isoformat(), link.holds(db, now=now).get(account.id)
    return LineReport(
        account=account,
        profile=line_of(account),
        measured=estimate(link.recent_steps(db, account.id)),
        last_pass=tuple(link.last_pass(db, account.id)),
        today=link.spent(db, account.id, today),
        this_month=link.spent(db, account.id, today[:7]),
        budget=link.budget(db, account.id),
        hold=hold,
        waiting_octets=_waiting(db, account, hold),
    )


def _waiting(db: Connection, account: Account, hold: Hold | None) -> int | None:
    """What is not here: known of letters that were announced, else about what such letters are."""
    letters, lacking = waiting_octets(db, account.id)
    if letters:
        return lacking
    usual = link.usual_letter_octets(db, account.id)
    return None if hold is None or usual is None else hold.waiting * usual


def _total(kind: Step, steps: list[LinkStep]) -> StepTotal:
    return StepTotal(
        step=kind,
        times=len(steps),
        milliseconds=sum(s.milliseconds for s in steps),
        octets_up=sum(s.octets_up for s in steps),
        octets_down=sum(s.octets_down for s in steps),
        turns=sum(s.turns for s in steps),
    )

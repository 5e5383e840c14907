"""`pli doctor --link`: an account's line, in sentences or as one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from store.host import clock
from store.host.i18n import sentence
from store.host.link_words import decimal_words, hold_words, money_words, octets_words
from store.model.account import Profile
from store.model.link import Budget, Octets
from sync.link.report import LineReport


def sentences(report: LineReport) -> Iterator[str]:
    """Everything there is to say, most general first."""
    auto = report.account.profile is Profile.AUTO
    yield sentence(
        "link.report.line",
        name=report.account.name,
        profile=sentence(f"link.profile.{report.profile.value}"),
        how=sentence("link.report.by_measure" if auto else "link.report.by_person"),
    )
    yield sentence(
        "link.report.measured",
        trip=_known("link.report.milliseconds", n=report.measured.round_trip_milliseconds),
        down=_rate(report.measured.octets_per_second_down),
        up=_rate(report.measured.octets_per_second_up),
    )
    yield from _last_pass(report)
    yield _with_cost(report, "link.report.today", report.today)
    yield _with_cost(report, "link.report.month", report.this_month)
    yield budget_words(report.budget)
    if report.hold is not None:
        yield sentence("link.report.hold", words=hold_words(report.hold))
    if report.waiting_octets is not None:
        about = octets_words(report.waiting_octets)
        words = sentence("link.report.waiting", octets=about)
        yield _priced(report, words, report.waiting_octets)


def budget_words(budget: Budget) -> str:
    """What may be spent, in one line."""
    limits = []
    if budget.octets_per_day is not None:
        amount = octets_words(budget.octets_per_day)
        limits.append(sentence("link.report.per_day", amount=amount))
    if budget.octets_per_month is not None:
        amount = octets_words(budget.octets_per_month)
        limits.append(sentence("link.report.per_month", amount=amount))
    if budget.money_per_month is not None:
        amount = money_words(budget.money_per_month, budget.currency)
        limits.append(sentence("link.report.per_month", amount=amount))
    if budget.from_hour is not None:
        hours = {"first": budget.from_hour, "last": budget.to_hour}
        limits.append(sentence("link.report.hours", **hours))
    if budget.price_per_megabyte is not None:
        money = money_words(budget.price_per_megabyte, budget.currency)
        limits.append(sentence("link.report.price", money=money))
    if not limits:
        return sentence("link.report.no_budget")
    return sentence("link.report.budget", limits=", ".join(limits))


def as_json(report: LineReport) -> str:
    """The same facts: octets, milliseconds, Unix seconds, millionths of money."""
    last, slowest, waiting = report.last_pass, report.slowest, report.waiting_octets
    facts = {
        "account": report.account.name,
        "profile": report.account.profile.value,
        "profile_in_force": report.profile.value,
        **report.measured._asdict(),
        "last_pass": {
            "began_at": last[0].began_at if last else None,
            "result": report.failure,
            "steps": [asdict(each) for each in report.totals],
            "slowest": None if slowest is None else asdict(slowest),
        },
        "today": report.today._asdict() | {"cost": report.cost(report.today.total)},
        "this_month": report.this_month._asdict() | {"cost": report.cost(report.this_month.total)},
        "budget": asdict(report.budget),
        "hold": None if report.hold is None else asdict(report.hold),
        "waiting_octets": waiting,
        "waiting_cost": None if waiting is None else report.cost(waiting),
    }
    return json.dumps(facts)


def _last_pass(report: LineReport) -> Iterator[str]:
    if not report.last_pass:
        yield sentence("link.report.no_pass")
        return
    totals = report.totals
    yield sentence(
        "link.report.pass",
        at=f"{clock.local(report.last_pass[0].began_at):%d/%m/%Y %H:%M}",
        down=octets_words(sum(t.octets_down for t in totals)),
        up=octets_words(sum(t.octets_up for t in totals)),
        turns=sum(t.turns for t in totals),
        seconds=_seconds(sum(t.milliseconds for t in totals)),
    )
    for each in totals:
        yield sentence(
            "link.report.step",
            step=sentence(f"link.step.{each.step.value}"),
            n=each.times,
            down=octets_words(each.octets_down),
            up=octets_words(each.octets_up),
            turns=each.turns,
            seconds=_seconds(each.milliseconds),
        )
    if (slowest := report.slowest) is not None:
        kind = sentence(f"link.step.{slowest.step.value}")
        yield sentence("link.report.slowest", step=kind, seconds=_seconds(slowest.milliseconds))
    if report.failure:
        account = report.account
        why = sentence(report.failure, host=account.imap.host, account=account.name)
        yield sentence("link.report.failed", why=why)


def _with_cost(report: LineReport, key: str, octets: Octets) -> str:
    words = sentence(key, down=octets_words(octets.down), up=octets_words(octets.up))
    return _priced(report, words, octets.total)


def _priced(report: LineReport, words: str, octets: int) -> str:
    money = report.cost(octets)
    if money is None:
        return words
    amount = money_words(money, report.budget.currency)
    return sentence("link.report.cost", words=words, money=amount)


def _rate(octets: int | None) -> str:
    return _known("link.report.per_second", octets=None if octets is None else octets_words(octets))


def _known(key: str, **holes: object) -> str:
    return sentence("link.report.unknown" if None in holes.values() else key, **holes)


def _seconds(milliseconds: int) -> str:
    return decimal_words(milliseconds / 1000, 1)

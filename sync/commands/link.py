"""`pli link`: what the line of an account may cost."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import click

from store.db.accounts import account_by_name
from store.db.link import budget as budget_of
from store.db.link import set_budget
from store.errors import Usage
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.link_words import MILLION
from store.model.link import Budget
from store.plain import plain_words
from sync.commands.link_report import budget_words

UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
ALWAYS = {"toujours", "always"}


class Size(click.ParamType[int]):
    """Octets: 500ko, 20Mo, 1,5GB, 4000. Thousands, as those who bill them count."""

    name = "20Mo"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Octets, at least one."""
        found = re.fullmatch(r"(\d{1,9}(?:[.,]\d{1,3})?) ?([kmg]?)[ob]?", str(value).lower())
        octets = int(Decimal(found[1].replace(",", ".")) * UNITS[found[2]]) if found else 0
        if octets < 1:
            self.fail(sentence("link.bad_size"), param, ctx)
        return octets


class Money(click.ParamType[int]):
    """An amount: 12, 0.25 or 0,25. In millionths."""

    name = "0,25"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Millionths, at least one."""
        found = re.fullmatch(r"\d{1,9}(?:[.,]\d{1,6})?", str(value))
        millionths = int(Decimal(found[0].replace(",", ".")) * MILLION) if found else 0
        if millionths < 1:
            self.fail(sentence("link.bad_money"), param, ctx)
        return millionths


class Hours(click.ParamType[tuple[int | None, int | None]]):
    """Hours of the day: 22-6, or `toujours`."""

    name = "22-6"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int | None, int | None]:
        """From and until."""
        if str(value).lower() in ALWAYS:
            return None, None
        found = re.fullmatch(r"(\d{1,2})h?-(\d{1,2})h?", str(value))
        first, last = (int(found[1]), int(found[2]) % 24) if found else (24, 24)
        if first > 23 or first == last or (found and int(found[2]) > 24):
            self.fail(sentence("link.bad_hours"), param, ctx)
        return first, last


@click.group(help=sentence("cli.link.help"))
def link() -> None:
    """The line."""


@link.command(help=sentence("cli.link.budget"))
@click.argument("account")
@click.option("--per-day", type=Size(), help=sentence("cli.link.per_day"))
@click.option("--per-month", type=Size(), help=sentence("cli.link.per_month"))
@click.option("--money-per-month", type=Money(), help=sentence("cli.link.money_per_month"))
@click.option("--price-per-mb", type=Money(), help=sentence("cli.link.price"))
@click.option("--currency", help=sentence("cli.link.currency"))
@click.option("--hours", type=Hours(), help=sentence("cli.link.hours"))
@click.option("--no-limit", is_flag=True, help=sentence("cli.link.no_limit"))
@click.pass_obj
def budget(
    invocation: Invocation,
    account: str,
    per_day: int | None,
    per_month: int | None,
    money_per_month: int | None,
    price_per_mb: int | None,
    currency: str | None,
    hours: tuple[int | None, int | None] | None,
    no_limit: bool,
) -> None:
    """Change what is given and keep the rest, then say what holds now."""
    given: dict[str, object] = {
        "octets_per_day": per_day,
        "octets_per_month": per_month,
        "money_per_month": money_per_month,
        "price_per_megabyte": price_per_mb,
        "currency": currency,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if hours is not None:
        given |= {"from_hour": hours[0], "to_hour": hours[1]}
    with invocation.store() as db:
        known = account_by_name(db, account)
        before = budget_of(db, known.id)
        wanted = replace(Budget() if no_limit else before, **given)  # type: ignore[arg-type]
        if wanted.money_per_month is not None and wanted.price_per_megabyte is None:
            raise Usage("link.no_price")
        if wanted != before:
            set_budget(db, known.id, wanted)
    click.echo(plain_words(f"{account} :{budget_words(wanted).removeprefix(' ')}"))

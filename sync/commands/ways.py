"""The way to each recipient, said before anything leaves: one line each, on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from store import route_words
from store.db.accounts import accounts
from store.db.directory.shelf import Shelf, connect_listings
from store.db.open import Connection
from store.db.routing import routes
from store.db.whitelist import trust_space
from store.host.clock import now
from store.host.invocation import Invocation
from store.model.account import Account
from store.model.route import Content, Route, Way
from sync.trust.sealing import judge_for


@contextmanager
def both_books(invocation: Invocation, db: Connection, emails: Iterable[str]) -> Iterator[Shelf]:
    """What the ways of these addresses are decided by: the store, with their certificates judged
    now, and the directory, for what would work instead."""
    judge_for(db, emails, now())
    listings = connect_listings(invocation.chosen_home(), invocation.unlock(), readonly=True)
    try:
        yield Shelf(db, listings)
    finally:
        listings.close()


def tell_ways(
    shelf: Shelf, account: Account, emails: Iterable[str], content: Content, *, at: int
) -> bool:
    """Say them; False when somebody cannot be reached safely, which their line explains.

    Args:
        at: now, Unix seconds UTC.
    """
    db = shelf.db
    found = routes(db, account.id, emails, content, now=at, listings=shelf.listings)
    space, names = trust_space(db), {a.id: a.name for a in accounts(db)}
    for one in found:
        click.echo(route_words.line(one, space, non_medical=content.non_medical), err=True)
        say_remarks(one, names[one.account_id])
    return all(one.way is not Way.REFUSED for one in found)


def say_remarks(route: Route, account: str) -> None:
    """What a person should know all the same, on standard error."""
    for code in route.remarks:
        click.echo(route_words.remark(code, route, account=account), err=True)

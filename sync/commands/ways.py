"""The way to each recipient, said before anything leaves: one line each, on standard error."""

from __future__ import annotations

from collections.abc import Iterable

import click

from store import route_words
from store.db.accounts import accounts
from store.db.open import Connection
from store.db.routing import routes
from store.db.whitelist import trust_space
from store.model.account import Account
from store.model.route import Content, Way


def tell_ways(
    db: Connection, account: Account, emails: Iterable[str], content: Content, *, at: int
) -> bool:
    """Say them; False when somebody cannot be reached safely, which their line explains.

    Args:
        at: now, Unix seconds UTC.
    """
    found = routes(db, account.id, emails, content, now=at)
    space, names = trust_space(db), {a.id: a.name for a in accounts(db)}
    for one in found:
        click.echo(route_words.line(one, space, non_medical=content.non_medical), err=True)
        for code in one.remarks:
            click.echo(route_words.remark(code, one, account=names[one.account_id]), err=True)
    return all(one.way is not Way.REFUSED for one in found)

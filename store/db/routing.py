"""What the store knows of a letter's recipients, put before the routing guard.

One function for every door a letter can leave by: `pli send`, the screen, the drop folder. The
node asks it again in the transaction that freezes the octets, so a list imported or a certificate
revoked meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.db.accounts import accounts
from store.db.apicrypt import sealing_accounts
from store.db.open import Connection
from store.db.whitelist import listed, listed_resembling, trust_space
from store.errors import Permanent
from store.model.account import Account
from store.model.ids import AccountId
from store.model.route import Addressee, Content, Dispatch, Route, Sender, Way
from store.routing.decide import dispatches, route
from store.routing.domains import TRUST_SPACE, domain_of, resembling

PUBLIC = "system"
"""`account.ca`: the authorities of the machine."""


def routes(
    db: Connection,
    account_id: AccountId,
    emails: Iterable[str],
    content: Content,
    *,
    now: int,
) -> tuple[Route, ...]:
    """The decision for each recipient, in their order.

    Args:
        account_id: the account the person writes from; the others serve when it has no way.
        now: Unix seconds UTC.
    """
    known, space = accounts(db), trust_space(db)
    known.sort(key=lambda a: (a.id != account_id, a.id))
    domains = {domain_of(a.address) for a in known}
    inside = listed(db, domains)
    vendor = sealing_accounts(db)
    senders = tuple(_sender(account, inside, vendor) for account in known)
    wanted = list(dict.fromkeys(emails))
    there = listed(db, map(domain_of, wanted))
    return tuple(
        route(_addressee(db, email, there, domains), senders, content, space, now=now)
        for email in wanted
    )


def ways(
    db: Connection,
    account_id: AccountId,
    emails: Iterable[str],
    content: Content,
    *,
    now: int,
) -> tuple[Dispatch, ...]:
    """The messages a letter becomes.

    Raises:
        Permanent: the `Route.reason` of the first recipient that no way leads to.
    """
    found = routes(db, account_id, emails, content, now=now)
    for one in found:
        if one.way is Way.REFUSED:
            raise Permanent(one.reason, domain=domain_of(one.email), resembles=one.resembles)
    return dispatches(found)


def _sender(account: Account, inside: set[str], vendor: set[int]) -> Sender:
    return Sender(
        account_id=account.id,
        address=account.address,
        private_anchor=account.ca != PUBLIC,
        listed=domain_of(account.address) in inside,
        vendor=account.id in vendor,
    )


def _addressee(db: Connection, email: str, there: set[str], ours: set[str]) -> Addressee:
    domain = domain_of(email)
    is_listed = domain in there
    return Addressee(
        email=email,
        listed=is_listed,
        resembles=""
        if is_listed or domain in ours
        else resembling(domain, (*sorted(ours), TRUST_SPACE)) or listed_resembling(db, domain),
    )

"""What the store knows of a letter's recipients, put before the routing guard.

One function for every door a letter can leave by: `pli send`, the screen, the drop folder. The
node asks it again in the transaction that freezes the octets, so a list imported or a certificate
revoked meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from store.db.accounts import accounts
from store.db.apicrypt import sealing_accounts
from store.db.contacts import by_address as contacts_at
from store.db.directory.reading import lines_of, person_of
from store.db.open import Connection
from store.db.sealing import sealing_for
from store.db.whitelist import allowed_now, listed, listed_resembling, trust_space
from store.errors import Permanent
from store.model.account import Account
from store.model.ids import AccountId
from store.model.route import Addressee, Content, Dispatch, Route, Sender, Way
from store.model.submission import EmailSubmission, RecipientState
from store.routing.decide import dispatches, route, stands
from store.routing.domains import TRUST_SPACE, domain_of, resembling

PUBLIC = "system"
"""`account.ca`: the authorities of the machine."""
STILL_TO_REACH = {RecipientState.TODO, RecipientState.DEFERRED}
SECURE = frozenset(Way) - {Way.REFUSED, Way.NON_MEDICAL, Way.EXERCISE}
MOST_OFFERS = 5


def routes(
    db: Connection,
    account_id: AccountId,
    emails: Iterable[str],
    content: Content,
    *,
    now: int,
    listings: Connection | None = None,
) -> tuple[Route, ...]:
    """The decision for each recipient, in their order.

    Args:
        account_id: the account the person writes from; the others serve when it has no way.
        now: Unix seconds UTC.
        listings: the imported directory, where what would work instead is to be offered.
    """
    known, space = accounts(db), trust_space(db)
    known.sort(key=lambda a: (a.id != account_id, a.id))
    domains = {domain_of(a.address) for a in known}
    inside = listed(db, domains)
    vendor = sealing_accounts(db)
    senders = tuple(_sender(each, inside, vendor) for each in known)

    def decided(email: str, others: tuple[str, ...] = ()) -> Route:
        to = _addressee(db, email, others, domains, now)
        return route(to, senders, content, space, now=now)

    found = []
    for email in dict.fromkeys(emails):
        one = decided(email)
        if one.way is Way.REFUSED:
            others = others_of(db, listings, email)
            safe = tuple(each for each in others if decided(each).way in SECURE)
            one = decided(email, safe[:MOST_OFFERS]) if safe else one
        found.append(one)
    return tuple(found)


def ways(
    db: Connection,
    account_id: AccountId,
    emails: Iterable[str],
    content: Content,
    *,
    now: int,
    hidden: Collection[str] = (),
) -> tuple[Dispatch, ...]:
    """The messages a letter becomes; those of `hidden` whom it is sealed for have one each.

    Raises:
        Permanent: the `Route.reason` of the first recipient that no way leads to.
    """
    found = routes(db, account_id, emails, content, now=now)
    for one in found:
        if one.way is Way.REFUSED:
            raise Permanent(one.reason, domain=domain_of(one.email), resembles=one.resembles)
    return dispatches(found, hidden)


def others_of(db: Connection, listings: Connection | None, email: str) -> tuple[str, ...]:
    """Other addresses of whoever has this one, a person's own entries before the directory's.

    A mailbox that several people share says nothing of which of them is meant: it offers nothing.
    """
    people = contacts_at(db, email)
    if listings is not None:
        names = {line.national_id for line in lines_of(listings, email) if line.national_id}
        people += [person_of(lines_of(listings, name)) for name in names if len(names) == 1]
    found = (each.email for person in people for each in person.addresses)
    others = {each.lower(): each for each in found if each.lower() != email.lower()}
    return tuple(others.values())


def still_leads(db: Connection, sent: EmailSubmission) -> bool:
    """Whether the way of each recipient whom a frozen letter is still to reach is still one."""
    waiting = [(r.way, r.email) for r in sent.recipients if r.way and r.state in STILL_TO_REACH]
    address, anchor = db.execute(
        "SELECT address, ca FROM account WHERE id = ?", (sent.account_id,)
    ).fetchone()
    mail_from = sent.mail_from or address  # a receipt leaves without one (RFC 8098 §3)
    ours = {domain_of(mail_from), domain_of(address)}
    there = listed(db, ours.union(domain_of(email) for _, email in waiting))
    sender = Sender(
        account_id=sent.account_id,
        address=address,
        private_anchor=anchor != PUBLIC,
        # Frozen for one address and sent by the account of another: both must be inside.
        listed=ours <= there,
        vendor=False,
    )
    space = allowed_now(db)
    return all(
        stands(way, Addressee(email=email, listed=domain_of(email) in there), sender, space)
        for way, email in waiting
    )


def _sender(by: Account, inside: set[str], vendor: set[int]) -> Sender:
    return Sender(
        account_id=by.id,
        address=by.address,
        private_anchor=by.ca != PUBLIC,
        listed=domain_of(by.address) in inside,
        vendor=by.id in vendor,
    )


def _addressee(
    db: Connection, email: str, others: tuple[str, ...], ours: set[str], now: int
) -> Addressee:
    domain = domain_of(email)
    is_listed = domain in listed(db, [domain])
    return Addressee(
        email=email,
        listed=is_listed,
        sealing=sealing_for(db, email, now),
        others=others,
        resembles=""
        if is_listed or domain in ours
        else resembling(domain, (*sorted(ours), TRUST_SPACE)) or listed_resembling(db, domain),
    )

"""A letter may wait for days: what made its way secure is looked at again before it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from store.db.accounts import change_account
from store.db.open import Connection, write
from store.db.submissions import retry
from store.db.whitelist import replace_whitelist, set_policy
from store.model.account import Account
from store.model.route import Way
from store.model.submission import SubmissionState
from tests.servers.authority import Authority
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import scripted_server

CHU, PATIENT = "dr@chu.test", "192071234567890@patient.mssante.fr"


def listing(*domains: str) -> Callable[[Connection, Account], None]:
    """Import this list."""
    return lambda db, _: (
        replace_whitelist(db, domains, digest=b"d", published_at=NOW, now=NOW, shrunk=True) and None
    )


def account_with(**changes: object) -> Callable[[Connection, Account], None]:
    """Change the account."""
    return lambda db, account: change_account(db, replace(account, **changes))


def forbidden(db: Connection, _: Account) -> None:
    set_policy(db, "non_medical", "refuse")


@pytest.fixture
def inside(sending: Sending) -> Sending:
    """The account is one of the trust space, its correspondent too, and the site is lenient."""
    account_with(ca="/chaine.pem")(sending.db, sending.account)
    listing(sending.account.address.partition("@")[2], "chu.test")(sending.db, sending.account)
    set_policy(sending.db, "non_medical", "allow")
    return sending


@pytest.mark.parametrize(
    ("way", "to", "meanwhile"),
    [
        (Way.MSSANTE, CHU, listing("tilleuls.test")),
        (Way.MSSANTE, CHU, listing("chu.test")),
        (Way.MSSANTE, CHU, account_with(ca="system")),
        (Way.MSSANTE, CHU, account_with(ca="/chaine.pem", address="labo@ailleurs.test")),
        (Way.PATIENT, PATIENT, account_with(ca="system")),
        (Way.OPERATOR, "bob@tilleuls.test", account_with(ca="system")),
        (Way.EXERCISE, "bob@bruyere.test", lambda db, account: None),
        (Way.NON_MEDICAL, "bob@ailleurs.fr", forbidden),
    ],
)
async def test_a_letter_whose_way_closed_while_it_waited_does_not_leave(
    inside: Sending,
    authority: Authority,
    way: Way,
    to: str,
    meanwhile: Callable[[Connection, Account], None],
) -> None:
    letter = inside.queue(to)
    with write(inside.db):
        inside.db.execute("UPDATE submission_recipient SET way = ?", (way.value,))
    meanwhile(inside.db, replace(inside.account, ca="/chaine.pem"))
    async with scripted_server(authority) as server:
        await inside.run(server)
        assert (server.taken, inside.row(letter).last_error) == ([], "submission.way_closed")
        assert inside.row(letter).state is SubmissionState.REFUSED
        retry(inside.db, letter, now=NOW)
        await inside.run(server)
        assert not server.taken, "nor when it is told to leave again"
        account_with(ca="/chaine.pem")(inside.db, inside.account)
        listing("tilleuls.test", "chu.test")(inside.db, inside.account)
        set_policy(inside.db, "non_medical", "allow")
        retry(inside.db, letter, now=NOW)
        await inside.run(server)
        assert bool(server.taken) is (way is not Way.EXERCISE), "it leaves once the way is open"


@pytest.mark.parametrize("way", [Way.SMIME, Way.APICRYPT])
async def test_what_is_sealed_is_as_safe_as_it_was(
    inside: Sending, authority: Authority, way: Way
) -> None:
    inside.queue("bob@ailleurs.fr")
    with write(inside.db):
        inside.db.execute("UPDATE submission_recipient SET way = ?", (way.value,))
    async with scripted_server(authority) as server:
        await inside.run(server)
        assert len(server.taken) == 1

"""While a letter is answered: that it is claimed in a shared mailbox, and who else answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db import answering
from store.db.answering import Claimant, Claimed
from store.db.directory.shelf import Shelf
from store.db.open import Connection
from store.model.ids import AccountId, EmailId
from tui.plain import NOTHING, Plain, plain_words, said
from tui.settings import ClaimWhen, Settings
from tui.when import since_words

if TYPE_CHECKING:
    from tui.app import PliApp


async def begun(pli: PliApp, email_id: EmailId, account_id: AccountId) -> Claimed | None:
    """Claim the letter that one begins to answer, where that is of use; None where it was not."""
    when = pli.settings.claim_when
    if when is ClaimWhen.NEVER:
        return None
    if when is ClaimWhen.SHARED and not await pli.desk.directory(answering.is_shared, account_id):
        return None
    return await pli.desk.wish(answering.begin, email_id, pli.settings.claim_name)


def begun_here(
    db: Connection, shelf: Shelf, email_id: EmailId, account_id: AccountId, settings: Settings
) -> Claimed | None:
    """The same, where no key waits for the store: `pli --flat`."""
    when = settings.claim_when
    if when is ClaimWhen.NEVER:
        return None
    if when is ClaimWhen.SHARED and not answering.is_shared(shelf, account_id):
        return None
    return answering.begin(db, email_id, settings.claim_name)


async def own(pli: PliApp, email_id: EmailId) -> Claimed | None:
    """This person's claim on a letter; None when there is none."""
    return await pli.desk.read(answering.own, email_id, pli.settings.claim_name)


async def taken_up(pli: PliApp, email_id: EmailId, account_id: AccountId) -> Claimed | None:
    """The same, where they go on with its answer: one that has ended meanwhile is made anew."""
    return await own(pli, email_id) or await begun(pli, email_id, account_id)


async def others(pli: PliApp, email_id: EmailId) -> Plain:
    """'Dr Bob répond', of everybody else; '' when nobody does."""
    people = await pli.desk.read(answering.others_of, email_id, pli.settings.claim_name)
    return others_words(people, pli.now())


def others_words(people: tuple[Claimant, ...], now: int) -> Plain:
    """The warning above a letter that somebody else answers."""
    key = "claim.other" if len(people) == 1 else "claim.others"
    return said(key, who=who_since(people, now)) if people else NOTHING


def claim_line(people: tuple[Claimant, ...], now: int) -> Plain:
    """Above a letter that is read: who answers it."""
    key = "claim.one" if len(people) == 1 else "claim.many"
    return said(key, who=who_since(people, now)) if people else NOTHING


def who_since(people: tuple[Claimant, ...], now: int) -> Plain:
    """'Dr Alice Martin (depuis 14:05), Dr Bob'."""
    return Plain(", ".join(_since(each, now) for each in people))


def _since(somebody: Claimant, now: int) -> Plain:
    name = plain_words(somebody.name)
    if not somebody.since_at:
        return name
    return said("claim.since", who=name, at=since_words(somebody.since_at, now))

"""While a letter is answered: that it is claimed in a shared mailbox, and who else answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db import answering
from store.db.answering import Claimed
from store.db.directory.shelf import Shelf
from store.db.open import Connection
from store.model.ids import AccountId, EmailId
from tui.plain import NOTHING, Plain, plain_words, said
from tui.settings import ClaimWhen, Settings

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


async def taken_up(pli: PliApp, email_id: EmailId) -> Claimed | None:
    """This person's claim on a letter whose answer they go on with."""
    return await pli.desk.read(answering.own, email_id, pli.settings.claim_name)


async def others(pli: PliApp, email_id: EmailId) -> Plain:
    """'Dr Bob répond', of everybody else; '' when nobody does."""
    people = await pli.desk.read(answering.others_of, email_id, pli.settings.claim_name)
    return others_words(people)


def others_words(people: tuple[str, ...]) -> Plain:
    """The warning above a letter that somebody else answers."""
    if not people:
        return NOTHING
    who = plain_words(", ".join(people))
    return said("claim.other" if len(people) == 1 else "claim.others", who=who)


def claim_line(people: tuple[str, ...]) -> Plain:
    """Above a letter that is read: who answers it."""
    if not people:
        return NOTHING
    who = plain_words(", ".join(people))
    return said("claim.one" if len(people) == 1 else "claim.many", who=who)

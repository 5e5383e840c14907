"""What a key does to a letter being written: a wish written to the store, and how to take it back.

These run at the wish seat of the desk, like those of tui/filing.py.
"""

from __future__ import annotations

from typing import NamedTuple

from store.db import answering, placements
from store.db.accounts import account, accounts, want_sync
from store.db.answering import Claimed
from store.db.drafts import (
    discard_draft,
    leave_draft,
    revision_of,
    save_draft,
    send_draft,
    unsend_draft,
)
from store.db.open import Connection
from store.errors import Usage
from store.model.draft import Draft
from store.model.email import NO_KEYWORDS
from store.model.ids import AccountId, DraftId, EmailId, PlacementId
from tui.filing import Done, Undone
from tui.plain import plain_words, said
from tui.when import long_date


class Answered(NamedTuple):
    """The letter that a new one answers, or sends on."""

    email_id: EmailId
    keyword: str
    """ANSWERED or FORWARDED: what the list shows of it once the new one leaves."""


class Place(NamedTuple):
    """Where a letter being written is kept."""

    draft_id: DraftId | None = None
    """Its draft here; None before it was first kept."""
    instead_of: PlacementId | None = None
    """The letter among the drafts of the server that it was begun from."""
    revision: int | None = None
    """Of that draft, as this screen last read or wrote it: another screen may go on with it too."""


def keep(
    db: Connection, account_id: AccountId, draft: Draft, place: Place, now: int
) -> tuple[Place, bool]:
    """Keep a letter being written: where, and whether that had to be apart from what it was before.

    Somebody else may have sent, changed or thrown away the draft: what is typed here stays.
    """
    try:
        return place_of(db, _saved(db, account_id, draft, place, now)), False
    except Usage as error:
        if error.code != "draft.unknown":
            raise
        return place_of(db, _saved(db, account_id, draft, Place(), now)), True


def place_of(db: Connection, draft_id: DraftId) -> Place:
    """A draft as it is now."""
    return Place(draft_id, revision=revision_of(db, draft_id))


def _saved(db: Connection, account_id: AccountId, draft: Draft, place: Place, now: int) -> DraftId:
    return save_draft(
        db,
        account_id,
        draft,
        now=now,
        draft_id=place.draft_id,
        instead_of=place.instead_of,
        revision=place.revision,
    )


def leave(db: Connection, place: Place, now: int) -> None:
    """The person has finished with a draft for now."""
    if place.draft_id is not None:
        leave_draft(db, place.draft_id, now)


def throw_away(db: Connection, place: Place) -> None:
    """Throw away a letter being written, wherever it is kept."""
    if place.draft_id is not None:
        discard_draft(db, place.draft_id)
    elif place.instead_of is not None:
        placements.delete(db, [place.instead_of])


def send(
    db: Connection,
    account_id: AccountId,
    draft: Draft,
    place: Place,
    now: int,
    answered: Answered | None = None,
    at: int | None = None,
    claimed: Claimed | None = None,
) -> tuple[DraftId, Done]:
    """Keep a letter and let it leave after the account's undo window; its recipients are said once
    more.

    at: leave then, Unix seconds, and no sooner than that.
    claimed: the claim on the letter that is answered, which ends here.
    """
    seconds = account(db, account_id).undo_seconds
    draft_id = _saved(db, account_id, draft, place, now)
    send_draft(db, draft_id, max(at or 0, now + seconds))
    wanted = frozenset({answered.keyword}) if answered else NO_KEYWORDS
    marked = [p for p, _ in placements.placements_of(db, answered.email_id)] if answered else []
    placements.change_keywords(db, marked, add=wanted)
    answering.end(db, claimed)
    people = ", ".join(a.email for a in (*draft.to, *draft.cc, *draft.bcc))

    def back(db: Connection) -> Undone:
        if unsend_draft(db, draft_id):
            placements.change_keywords(db, marked, remove=wanted)
            answering.again(db, claimed)
            return Undone(said("tui.undone.sent"), draft_id)
        return Undone(said("tui.undone.sent_too_late"))

    words = said("tui.done.sent", seconds=seconds, people=plain_words(people))
    if at is not None:
        words = said("tui.done.sent_later", at=long_date(at), people=plain_words(people))
    return draft_id, Done(words, back)


def want_every_account(db: Connection, now: int) -> None:
    """Ask for a pass over every account."""
    for each in accounts(db):
        want_sync(db, each.id, now)

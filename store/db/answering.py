"""The claim that comes with an answer: set when it is begun, released when given up or sent.

It is the claim of store/db/claims.py, for whoever would answer the same letter on another machine.
Where a mailbox is somebody's alone it tells nobody anything, and would be a keyword on every
letter: it is set by itself only where a mailbox is known to be shared.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from store.author_kinds import is_shared_box
from store.db.accounts import account
from store.db.authors import author_content
from store.db.claim_ages import CLAIMED, seen_since
from store.db.claims import claimant, keyword_of, name_in
from store.db.directory.shelf import Shelf
from store.db.keywording import having, lacking
from store.db.open import Connection
from store.db.placements import change_keywords, placements_of
from store.errors import Usage
from store.model.email import unpack_keywords
from store.model.ids import AccountId, EmailId, PlacementId

ORGANISATION = "ORG"


class Claimant(NamedTuple):
    """Somebody who answers a letter."""

    name: str
    since_at: int
    """When the claim was first seen here, Unix seconds; 0 where it is too new."""


class Claimed(NamedTuple):
    """Letters that this person claims by answering them."""

    placement_ids: tuple[PlacementId, ...]
    keyword: str


def is_shared(shelf: Shelf, account_id: AccountId) -> bool:
    """Whether several people read this mailbox: the directory or the account's settings say that it
    is an organisation's, or somebody has claimed a letter in it."""
    if is_shared_box(author_content(shelf.db, account_id)):
        return True
    claimed = shelf.db.execute(
        f"SELECT 1 FROM placement WHERE {CLAIMED} AND mailbox_id IN"
        " (SELECT id FROM mailbox WHERE account_id = ?) LIMIT 1",
        (account_id,),
    ).fetchone()
    return claimed is not None or _is_organisation(shelf, account(shelf.db, account_id).address)


def _is_organisation(shelf: Shelf, address: str) -> bool:
    row = shelf.listings.execute(
        "SELECT 1 FROM listing WHERE email = ? COLLATE NOCASE AND box = ? LIMIT 1",
        (address, ORGANISATION),
    ).fetchone()
    return row is not None


def claimants_of(db: Connection, email_id: EmailId) -> tuple[Claimant, ...]:
    """Who answers a letter, wherever it lies."""
    return others_at(db, _placements(db, email_id), "")


def others_of(db: Connection, email_id: EmailId, name: str) -> tuple[Claimant, ...]:
    """Who else answers it."""
    return others_at(db, _placements(db, email_id), _own(db, email_id, name))


def others_at(db: Connection, letters: Sequence[PlacementId], own: str) -> tuple[Claimant, ...]:
    """Who claims one of these letters by another keyword than `own`."""
    claims = claims_on(db, letters) - {own}
    since = seen_since(db, letters) if claims else {}
    return tuple(Claimant(name_in(each), since.get(each, 0)) for each in sorted(claims))


def claims_on(db: Connection, letters: Sequence[PlacementId]) -> frozenset[str]:
    """The keywords by which one of these letters is claimed."""
    rows = db.execute(
        f"SELECT keywords FROM placement WHERE {CLAIMED}"
        " AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(letters),),
    )
    return frozenset(each for row in rows for each in unpack_keywords(row[0]) if name_in(each))


def begin(db: Connection, email_id: EmailId, name: str) -> Claimed | None:
    """Claim a letter, where nobody does yet; None where somebody, or this person, does already.

    name: under which; '' for the account's.
    """
    own = _own(db, email_id, name)
    if not own or claimants_of(db, email_id):
        return None
    letters = lacking(db, _placements(db, email_id), own)
    change_keywords(db, letters, add=frozenset({own}))
    return Claimed(tuple(letters), own)


def own(db: Connection, email_id: EmailId, name: str) -> Claimed | None:
    """This person's claim on it; None when there is none."""
    keyword = _own(db, email_id, name)
    letters = having(db, _placements(db, email_id), keyword) if keyword else []
    return Claimed(tuple(letters), keyword) if letters else None


def end(db: Connection, claimed: Claimed | None) -> None:
    """They no longer answer it, or have."""
    if claimed is not None:
        change_keywords(db, claimed.placement_ids, remove=frozenset({claimed.keyword}))


def again(db: Connection, claimed: Claimed | None) -> None:
    """What was sent was called back."""
    if claimed is not None:
        change_keywords(db, claimed.placement_ids, add=frozenset({claimed.keyword}))


def _placements(db: Connection, email_id: EmailId) -> list[PlacementId]:
    return [placement_id for placement_id, _ in placements_of(db, email_id)]


def _own(db: Connection, email_id: EmailId, name: str) -> str:
    """The keyword by which this person claims; '' where there is no name to claim by."""
    try:
        found = _placements(db, email_id)
        return keyword_of(name or claimant(db, found[0])) if found else ""
    except Usage:
        return ""

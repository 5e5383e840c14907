"""A letter that is to leave as a health document: the wish in its draft, and what the node found.

The person says whom it is about and where it goes; the node tries to build it whenever one of the
facts has changed, and says what lacks. A look is of the facts it was taken of, by their digest: one
of other facts says nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from store.db.authors import author_content
from store.db.open import Connection, write
from store.db.packed_documents import pack_traits, unpack_traits
from store.errors import MailError
from store.model.draft import Draft, HealthWish
from store.model.ids import AccountId, DraftId

Said = tuple[str, tuple[tuple[str, str], ...]]
"""A code, and what its sentence is filled with."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the node found."""

    of: bytes
    reasons: tuple[Said, ...]
    remarks: tuple[Said, ...] = ()


def pack_wish(wish: HealthWish) -> dict[str, Any]:
    """As JSON has it; what says nothing is left out."""
    said = {each.name: getattr(wish, each.name) for each in fields(wish)}
    kept = {name: value for name, value in said.items() if value}
    return kept | {"patient": json.loads(pack_traits(wish.patient))}


def unpack_wish(kept: dict[str, Any]) -> HealthWish:
    """The inverse of `pack_wish`."""
    return HealthWish(**kept | {"patient": unpack_traits(json.dumps(kept["patient"]).encode())})


def facts_of_look(db: Connection, account_id: AccountId, written: Draft) -> bytes:
    """A digest of all that decides whether it can be built. Its words decide nothing."""
    people = tuple(each.email for each in (*written.to, *written.cc)), bool(written.bcc)
    files = [(each.name, each.blob_id) for each in written.attachments]
    said = repr((account_id, written.health, people, files, author_content(db, account_id)))
    return hashlib.sha256(said.encode("utf-8", "replace")).digest()


def said_of(error: MailError) -> Said:
    """A reason or a remark, to be kept."""
    return error.code, tuple((name, str(value)) for name, value in sorted(error.params.items()))


def note_look(db: Connection, draft_id: DraftId, look: Look) -> None:
    """Keep what was found, unless the draft is gone."""
    with write(db):
        db.execute(
            "INSERT INTO draft_look (draft_id, looked_of, reasons, remarks)"
            " SELECT id, ?2, ?3, ?4 FROM draft WHERE id = ?1"
            " ON CONFLICT (draft_id) DO UPDATE"
            " SET looked_of = excluded.looked_of, reasons = excluded.reasons,"
            " remarks = excluded.remarks",
            (draft_id, look.of, json.dumps(look.reasons), json.dumps(look.remarks)),
        )


def look_of(db: Connection, draft_id: DraftId) -> Look | None:
    """What was found of a draft last; None when it was not looked at yet."""
    row = db.execute(
        "SELECT looked_of, reasons, remarks FROM draft_look WHERE draft_id = ?", (draft_id,)
    ).fetchone()
    return None if row is None else Look(row[0], _said(row[1]), _said(row[2]))


def look_now(
    db: Connection, draft_id: DraftId, account_id: AccountId, written: Draft
) -> Look | None:
    """The same, where it is of the letter as it is now written."""
    found = look_of(db, draft_id)
    return found if found and found.of == facts_of_look(db, account_id, written) else None


def with_wish(db: Connection) -> list[DraftId]:
    """Drafts that are to leave as a health document."""
    rows = db.execute(
        "SELECT id FROM draft WHERE json_extract(content, '$.health') IS NOT NULL ORDER BY id"
    )
    return [DraftId(row[0]) for row in rows]


def _said(kept: str) -> tuple[Said, ...]:
    def one(code: str, params: Iterable[Iterable[str]]) -> Said:
        return code, tuple((name, value) for name, value in params)

    return tuple(one(*each) for each in json.loads(kept))

"""Whether a document takes the place of an earlier one, which its letter then says.

What is said to be replaced is thrown away, so a name alone does not say it: a scanner that always
writes `scan.pdf` corrects nothing, it has the next patient on its glass. A document of the same
name is a correction where both went to the same people and are known to be about one patient, by
name and day of birth or by matricule, and not about two requests; or where its rule says that
names are numbers of requests. What nobody knows leaves as a new document whose letter names the
earlier one: who has both compares them, and who was told to throw the first away does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from store.db.drop_ledger import Earlier, item_with_identifier, item_with_name
from store.db.open import Connection
from store.model.document import Identifier
from store.model.drop import DropItem, DropRule
from store.model.drop_options import Form, SameName
from store.model.ids import DropItemId
from sync.drop.identity import are_one, may_be_one
from sync.drop.understand import Understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The earlier document of the same name, for the same people, about the same patient."""

    item_id: DropItemId
    at: int
    message_id: str
    document: str
    """JSON: how it was named as a health document; '' when it was none."""
    is_known: bool = True
    """False where only the name speaks for it: then the letter asks to compare, and no more."""


def correction(db: Connection, rule: DropRule, name: bytes, said: Understood) -> Correction | None:
    """What a document of this name replaces, or may; None when it replaces nothing.

    A ready-made CDA that leaves as a health document says itself what it replaces, whatever the
    names of the files are.
    """
    if said.problem or not said.leads_anywhere:
        return None
    if rule.options.form is Form.XDM and said.replaces is not None:
        return _said_by_itself(db, rule, said, said.replaces)
    earlier = item_with_name(db, rule.id, name)
    if earlier is None:
        return None
    known = _corrects(earlier.item, rule, said)
    if known is None:
        return None
    found = _correction_of(earlier)
    # Its letter is not of the conversation of the other: two patients may be in one scanner.
    return found if known else replace(found, is_known=False, message_id="")


def _corrects(item: DropItem, rule: DropRule, said: Understood) -> bool | None:
    """Whether a document of the same name replaces this one; False where it only may, None where
    it does not."""
    # One that went to nobody but the patient or the DMP has none, and so has what corrects it.
    to_nobody = item.dispatch_id is not None and not item.recipients
    people = item.recipients or (() if to_nobody else rule.to)
    if set(people) != set(said.recipients):
        return None
    if item.patient and said.patient and not may_be_one(item.patient, said.patient):
        return None
    match rule.options.same_name:
        case SameName.CORRECTION:
            return True
        case SameName.NEW:
            return None
    if item.request and said.request and item.request != said.request:
        return None
    return are_one(item.patient, said.patient)


def _said_by_itself(
    db: Connection, rule: DropRule, said: Understood, replaces: Iterable[Identifier]
) -> Correction | None:
    for each in replaces:
        earlier = item_with_identifier(db, rule.account_id, each)
        if earlier is not None and may_be_one(earlier.item.patient, said.patient):
            return _correction_of(earlier)
    return None


def _correction_of(earlier: Earlier) -> Correction:
    return Correction(
        item_id=earlier.item.id,
        at=earlier.item.seen_at,
        message_id=earlier.message_id,
        document=earlier.document,
    )

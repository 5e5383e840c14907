"""What the screen of the watched folders shows: each rule, and each document with its letters."""

from __future__ import annotations

from typing import NamedTuple

from store.db.drops import counts, items, oldest_unsettled, rules
from store.db.open import Connection
from store.db.submissions import submissions
from store.model.drop import DropItem, DropRule, ItemState
from store.model.submission import EmailSubmission, SubmissionState

MOST_ITEMS = 200


class Document(NamedTuple):
    """One document and its letter, the colleagues' first."""

    item: DropItem
    letter: EmailSubmission | None
    missed: int = 0
    """How many people it did not reach, though a server took a letter of it."""
    asked: bool = False
    """Whether a person is asked if its letter leaves from this copy of the store."""

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody knows if its letter arrived."""
        return self.letter is not None and self.letter.shown_state is SubmissionState.UNCERTAIN


class Watched(NamedTuple):
    """One rule, how many documents stand where, and since when one waits for a person."""

    rule: DropRule
    numbers: tuple[tuple[ItemState, int], ...]
    waits_since: int | None


Entry = Watched | Document


def entries(db: Connection) -> list[Entry]:
    """Each rule followed by what it took, the last first."""
    found: list[Entry] = []
    for rule in rules(db):
        numbers = tuple(counts(db, rule.id).items())
        found.append(Watched(rule, numbers, oldest_unsettled(db, rule.id)))
        found += _documents(db, items(db, rule.id, limit=MOST_ITEMS))
    return found


def _documents(db: Connection, taken: list[DropItem]) -> list[Document]:
    """Each with its letters: the colleagues', and the patient's."""
    letters_of = [(each.submission_id, each.patient_submission_id) for each in taken]
    letters = submissions(db, (id_ for both in letters_of for id_ in both if id_ is not None))
    found = []
    for item, both in zip(taken, letters_of, strict=True):
        here = [letters[id_] for id_ in both if id_ is not None]
        missed = sum(letter.left_out + letter.troubled for letter in here)
        asked = any(letter.is_asked for letter in here)
        found.append(Document(item, here[0] if here else None, missed, asked))
    return found

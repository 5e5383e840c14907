"""What the screen of the watched folders shows: each rule, each document with its letters, and what
is said of them."""

from __future__ import annotations

from typing import NamedTuple

from store import reasons
from store.db.drops import counts, items, oldest_unsettled, rules
from store.db.open import Connection
from store.db.submissions import submissions
from store.host.i18n import sentence
from store.model.drop import DropItem, DropRule, ItemState
from store.model.submission import EmailSubmission, SubmissionState
from tui.plain import Plain, plain_words, said
from tui.when import lately

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
    def is_held(self) -> bool:
        """Whether a person decides if it leaves."""
        return self.item.state is ItemState.HELD and self.item.needs_a_person

    @property
    def is_to_settle(self) -> bool:
        """Whether it was refused here, and nobody has seen to it: the outbox has nothing of it."""
        refused = self.item.state is ItemState.FAILED and self.item.needs_a_person
        return refused and self.letter is None

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
DECIDING = frozenset({"release", "reroute", "reject"})
"""The keys of a document that is held, by the names of their actions."""


def idle_keys(entry: Entry | None) -> frozenset[str]:
    """Those of them that do nothing here."""
    if isinstance(entry, Watched):
        return DECIDING - {"release"} if entry.rule.copied_at else DECIDING
    if entry is None or not (entry.is_held or entry.is_to_settle):
        return DECIDING
    return DECIDING - {"reject"} if entry.is_to_settle else frozenset()


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


def file_words(name: bytes) -> Plain:
    """A file's name, which is octets and not always text."""
    return plain_words(name.decode("utf-8", errors="replace"))


def about(entry: Entry, now: int) -> Plain:
    """A rule or a document, in sentences."""
    if isinstance(entry, Watched):
        rule = entry.rule
        if rule.last_error:
            return reasons.of_rule(rule)
        at = said("tui.never") if rule.last_scan_at is None else lately(rule.last_scan_at, now)
        sentence_of = "tui.drop.rule" if rule.fixed_to else "tui.drop.rule_found"
        return said(sentence_of, folder=rule.folder, to=", ".join(rule.fixed_to), at=at)
    lines = [
        said(
            "tui.drop.document",
            name=file_words(entry.item.name),
            at=lately(entry.item.seen_at, now),
            then=lately(entry.item.updated_at, now),
        )
    ]
    if entry.item.recipients and entry.item.found_in:
        where = sentence(f"drop.found.{entry.item.found_in.value}")
        to = ", ".join(entry.item.recipients)
        lines.append(said("drop.try.recipients", to=to, where=where))
    if entry.item.uncompared:
        lines.append(said("drop.uncompared", n=entry.item.uncompared))
    if entry.item.wish:
        lines.append(said("drop.wished"))
    elif entry.item.reason:
        lines += [said(code) for code in (entry.item.reason, *entry.item.lacks)]
    if entry.is_to_settle:
        lines.append(said("tui.drop.settle"))
    if entry.asked:
        lines.append(said("tui.drop.asked"))
    elif entry.letter is not None:
        lines.append(reasons.of_state_explained(entry.letter))
    return Plain("\n".join(lines))

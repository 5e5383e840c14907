"""What a key does to letters, one or many: wishes written to the store, and how to take them back.

These run at the wish seat of the desk. The server follows when the node next speaks to it. Taking
back is a wish too: it writes what was wished before, for those letters that were changed, and
nothing of what was done to others or elsewhere meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from store.db import placements, snoozing
from store.db.answering import claims_on
from store.db.emails import EmailRow
from store.db.glance import shown_in
from store.db.keywording import having, lacking, present
from store.db.mailboxes import mailbox, mailbox_by_role
from store.db.open import Connection
from store.errors import Usage
from store.model.email import FLAGGED, SEEN
from store.model.ids import DraftId, MailboxId, PlacementId
from store.model.mailbox import Mailbox, Role
from tui.plain import Plain, plain_words, said
from tui.when import long_date
from tui.widgets.mailbox_list import mailbox_words

MARKED = {
    SEEN: ("tui.done.not_seen", "tui.done.seen"),
    FLAGGED: ("tui.done.not_flagged", "tui.done.flagged"),
}
CLAIMED = ("claim.released", "claim.claimed")
"""A claim is a keyword for each person."""
Letters = Sequence[PlacementId]


class Undone(NamedTuple):
    """What was taken back, in a sentence."""

    words: Plain
    draft_id: DraftId | None = None
    """The letter to go on writing."""


class Done(NamedTuple):
    """What was done, in a sentence, and what undoes it."""

    words: Plain
    undo: Callable[[Connection], Undone]
    row: EmailRow | None = None
    """The letter that left its list for it, and comes back when it is undone."""
    letters: int = 0
    """How many did, where they were many."""


def move_to_role(db: Connection, letters: Letters, role: Role) -> Done:
    """Wish each letter into its own account's mailbox with this role.

    Raises:
        Usage: `tui.no_such_role`, `tui.already_there`, `placement.unknown`.
    """
    targets: dict[PlacementId, MailboxId] = {}
    for letter in present(db, letters):
        here = shown_in(db, letter)
        target = mailbox_by_role(db, here.account_id, role)
        if target is None:
            raise Usage("tui.no_such_role", mailbox=said(f"tui.role.{role.value}"))
        targets[letter] = target.id
    return _move(db, targets)


def move_to(db: Connection, letters: Letters, target_id: MailboxId) -> Done:
    """Wish letters into a mailbox of their account.

    Raises:
        Usage: `tui.already_there`, `placement.unknown`.
    """
    return _move(db, dict.fromkeys(present(db, letters), target_id))


def _move(db: Connection, targets: Mapping[PlacementId, MailboxId]) -> Done:
    """Those that are there already stay, and are not counted."""
    before: dict[PlacementId, Mailbox] = {}
    for letter, target_id in targets.items():
        here = shown_in(db, letter)
        if here.id != target_id and placements.move(db, [letter], target_id):
            before[letter] = here
    there = mailbox_words(mailbox(db, next(iter(targets.values()))))
    if not before:
        raise Usage("tui.already_there", mailbox=there)

    def back(db: Connection) -> Undone:
        n = sum(placements.move(db, [letter], here.id) for letter, here in before.items())
        first, *others = {here.id: here for here in before.values()}.values()
        if others:
            return Undone(said("tui.undone.moved_apart", n=n))
        words = mailbox_words(first)
        if len(before) == 1:
            return Undone(said("tui.undone.moved", mailbox=words))
        return Undone(said("tui.undone.moved_many", n=n, mailbox=words))

    if len(before) == 1:
        return Done(said("tui.done.moved", mailbox=there), back)
    return Done(said("tui.done.moved_many", n=len(before), mailbox=there), back)


def deletion_is_final(db: Connection, letters: Letters) -> bool:
    """True where deleting does not mean moving to the trash: one is there, or there is none."""
    for letter in present(db, letters):
        here = shown_in(db, letter)
        trash = mailbox_by_role(db, here.account_id, Role.TRASH)
        if trash is None or trash.id == here.id:
            return True
    return False


def delete(db: Connection, letters: Letters) -> Done:
    """Wish letters away from the server."""
    letters = present(db, letters)
    placements.delete(db, letters)

    def back(db: Connection) -> Undone:
        n = placements.undelete(db, letters)
        if n < len(letters):
            return Undone(said("tui.undone.too_late" if n == 0 else "tui.undone.some_late", n=n))
        return Undone(said("tui.undone.deleted" if n == 1 else "tui.undone.deleted_many", n=n))

    if len(letters) == 1:
        return Done(said("tui.done.deleted"), back)
    return Done(said("tui.done.deleted_many", n=len(letters)), back)


def change_keyword(db: Connection, letters: Letters, keyword: str, *, on: bool) -> Done:
    """Give letters the star, the mark of having been read or a claim, or take it away."""
    changed, back = _change(db, letters, keyword, on=on)
    words = said(MARKED.get(keyword, CLAIMED)[on])
    if changed > 1:
        words = said("tui.done.to_many", what=words, n=changed)
    return Done(words, back)


def take_over(db: Connection, letters: Letters, keyword: str) -> Done:
    """Claim letters in the place of whoever does."""
    letters, own = present(db, letters), frozenset({keyword})
    mine = lacking(db, letters, keyword)
    claims = claims_on(db, letters) - own
    theirs = [(having(db, letters, each), frozenset({each})) for each in claims]

    def back(db: Connection) -> Undone:
        placements.change_keywords(db, mine, remove=own)
        for claimed, claim in theirs:
            placements.change_keywords(db, claimed, add=claim)
        return Undone(said("tui.undone.marked"))

    placements.change_keywords(db, mine, add=own)
    for claimed, claim in theirs:
        placements.change_keywords(db, claimed, remove=claim)
    return Done(said("claim.taken_over"), back)


def change_label(db: Connection, letters: Letters, keyword: str, name: Plain, *, on: bool) -> Done:
    """Put a label on letters, or take it off."""
    changed, back = _change(db, letters, keyword, on=on)
    words = said("tui.done.labelled" if on else "tui.done.unlabelled", name=name)
    if changed > 1:
        words = said("tui.done.to_many", what=words, n=changed)
    return Done(words, back)


def _change(
    db: Connection, letters: Letters, keyword: str, *, on: bool
) -> tuple[int, Callable[[Connection], Undone]]:
    """Only those that are changed are changed back."""
    wanted, letters = frozenset({keyword}), present(db, letters)
    changed = lacking(db, letters, keyword) if on else having(db, letters, keyword)

    def change(db: Connection, on: bool) -> None:
        if on:
            placements.change_keywords(db, changed, add=wanted)
        else:
            placements.change_keywords(db, changed, remove=wanted)

    def back(db: Connection) -> Undone:
        change(db, not on)
        if len(changed) > 1:
            return Undone(said("tui.undone.marked_many", n=len(changed)))
        return Undone(said("tui.undone.marked"))

    change(db, on)
    return len(changed), back


def put_off(db: Connection, letters: Letters, until_at: int | None) -> Done:
    """Put letters off until then; with None, have them back now."""
    letters = present(db, letters)
    before = snoozing.put_off_until(db, letters)
    snoozing.snooze(db, letters, until_at)

    def back(db: Connection) -> Undone:
        for letter in letters:
            snoozing.snooze(db, [letter], before.get(letter))
        return Undone(said("tui.undone.snoozed" if until_at is not None else "tui.undone.woken"))

    if until_at is None:
        words = said("tui.done.woken")
    else:
        words = said("tui.done.snoozed", at=plain_words(long_date(until_at)))
    if len(letters) > 1:
        words = said("tui.done.to_many", what=words, n=len(letters))
    return Done(words, back)

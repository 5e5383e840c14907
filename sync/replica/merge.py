"""What becomes of one placement when something is said to, heard from or shown by the server.

Every function takes the placement as it is in the store *now* and returns it as it must become,
so that a key pressed since the plan was made is never overwritten: the caller reads, applies and
writes in one transaction. Returning the same object changes nothing; None removes the placement.

The law (docs/sync.md): say, do, hear. `*_said` is committed before the one remote effect, `*ed`
after it. A placement that died in between still carries what was said, and `ancestor` or a search
finds out whether it was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from store.model.email import FLAGGED, NO_KEYWORDS, Keywords, Placement
from store.model.ids import MailboxId


@lru_cache(maxsize=4096)
def merge_keywords(base: Keywords, mine: Keywords, theirs: Keywords) -> Keywords:
    """Each keyword on its own: whoever changed it since `base` decides. There are no conflicts."""
    return (mine & theirs) | (mine - base) | (theirs - base)


def ancestor(held: Placement, theirs: Keywords) -> Keywords:
    """What both sides last agreed on, one keyword at a time.

    Where the server shows what we were telling it, that is agreement and not an edit of theirs.
    """
    if held.sent is None:
        return held.base
    return (theirs & held.sent) | (held.base & (theirs ^ held.sent))


def merged(held: Placement, theirs: Keywords) -> Keywords:
    """The keywords that both sides should have."""
    return merge_keywords(ancestor(held, theirs), held.keywords, theirs)


def flagged_elsewhere(held: Placement, theirs: Keywords) -> bool:
    """Somebody put a flag on it since we last agreed: a reason to keep what we would delete."""
    return FLAGGED in theirs - ancestor(held, theirs)


def adopted(held: Placement, theirs: Keywords) -> Placement:
    """The server shows `theirs`: the new agreement, with our own wishes on top."""
    keywords = merged(held, theirs)
    return replace(held, base=theirs, sent=None, keywords=keywords, unseen=False)


def kept(held: Placement, theirs: Keywords) -> Placement:
    """As `adopted`, and the wish to delete it is withdrawn."""
    return replace(adopted(held, theirs), deleted=False)


def nothing_chosen(_now: Placement, _then: Placement | None) -> str:
    """Where nobody's wish gives way to another's."""
    return ""


def chosen(now: Placement, then: Placement | None) -> str:
    """The code of what was chosen when two people wanted different things; '' when they did not.

    A letter deleted here and flagged there is kept. One wished elsewhere here, and moved or removed
    there, is where the server has it.
    """
    if then is None:
        return "merge.moved_there" if now.wish_mailbox_id is not None and not now.deleted else ""
    return "merge.kept_flagged" if now.deleted and not then.deleted else ""


def keywords_said(held: Placement, theirs: Keywords, after: Keywords) -> Placement:
    """Just before telling a server that shows `theirs` to show `after`; `sent` is what we say.

    When the person has overtaken the plan nothing is said (`sent` is None): what the server shows
    is adopted all the same, for it may not be told a second time, and the next plan says the rest.
    """
    if merged(held, theirs) != after:
        return adopted(held, theirs)
    return replace(held, base=theirs, sent=after, keywords=after)


def keywords_heard(held: Placement) -> Placement:
    """The server has confirmed what was said."""
    return held if held.sent is None else replace(held, base=held.sent, sent=None)


def keywords_refused(held: Placement, code: str) -> Placement:
    """The server said no: nothing is in flight, the wish stays."""
    return replace(held, sent=None, refused=code or held.refused)


def move_said(held: Placement, target: MailboxId, from_uid: int) -> Placement:
    """Just before asking for the MOVE; unchanged when the person wishes something else by now."""
    if held.uid is None or held.lost or held.deleted or held.wish_mailbox_id != target:
        return held
    return replace(held, moving=from_uid, moving_to=target)


def moved(held: Placement, uid: int | None) -> Placement:
    """The MOVE was done, and the target calls it `uid`.

    With None the letter is in the target under a UID nobody knows: it is looked for there. The
    person may have wished it elsewhere meanwhile, or back: that wish now starts from the target.
    """
    target = held.moving_to
    if target is None:
        return held
    wish = held.wish_mailbox_id
    return replace(
        held,
        mailbox_id=target,
        uid=uid,
        unlinked=uid is None,
        moving=None,
        moving_to=None,
        wish_mailbox_id=None if wish == target else wish or held.mailbox_id,
    )


def not_moved(held: Placement, code: str = "") -> Placement:
    """The MOVE was not done; `code` when the server said no."""
    return replace(held, moving=None, moving_to=None, refused=code or held.refused)


def append_said(held: Placement, from_uid: int) -> Placement:
    """Just before uploading; unchanged when it was deleted meanwhile: then it never leaves."""
    if held.uid is not None or held.deleted or held.unlinked or held.lost:
        return held
    return replace(held, moving=from_uid, sent=held.keywords)


def appended(held: Placement, uid: int | None) -> Placement:
    """The upload was done, and the server calls it `uid`.

    With None the letter is there under a UID nobody knows: it is looked for, and never uploaded
    again.
    """
    return replace(
        held,
        uid=uid,
        unlinked=uid is None,
        moving=None,
        base=held.sent or NO_KEYWORDS,
        sent=None,
        unseen=True,
    )


def hides_a_wish(held: Placement) -> bool:
    """Gone, it would take along what nobody ever heard of a letter that only we had."""
    wishes = held.keywords != held.base or held.wish_mailbox_id is not None
    return held.unseen and wishes and not held.deleted


def kept_here(held: Placement, code: str) -> Placement:
    """Deleted there, its deletion taken back, and too little of it here to give it back.

    What is here stays, and only here; `code` says why.
    """
    return replace(held, sent=None, moving=None, lost=True, kept=True, refused=code)


def not_appended(held: Placement, code: str = "") -> Placement:
    """The upload was not done; `code` when the server said no."""
    return replace(held, moving=None, sent=None, refused=code or held.refused)


def withdrawn(held: Placement) -> Placement | None:
    """A letter that was deleted here before it left: nothing of it was ever said."""
    return None if held.deleted and held.uid is None and held.moving is None else held


def expunged(held: Placement) -> Placement | None:
    """The server removed it at our request.

    When the person took the deletion back while we were asking, it becomes a letter to upload.
    """
    if held.deleted:
        return None
    return replace(held, uid=None, base=NO_KEYWORDS, sent=None)


def refused(held: Placement, code: str) -> Placement:
    """The server said no to a wish. It stays, and a later pass tries again."""
    return replace(held, refused=code or held.refused)


def told_no(
    said: Iterable[Placement], how: Callable[[Placement, str], Placement], code: str
) -> Callable[[Placement], Placement]:
    """What a no to `said` makes of each: as `how` says, and with `code` where that is its wish.

    Another wish, made while the server was thinking, was not refused: it is told in this pass.
    """
    wished = {each.id: _wishes(each) for each in said}
    return lambda held: how(held, code if wished[held.id] == _wishes(held) else "")


def _wishes(held: Placement) -> tuple[Keywords, bool, MailboxId | None]:
    return held.keywords, held.deleted, held.wish_mailbox_id


def relinked(held: Placement, uid: int, theirs: Keywords) -> Placement:
    """A letter whose UID was lost is found again as `uid`, showing `theirs`."""
    return replace(adopted(held, theirs), uid=uid, unlinked=False, lost=False, kept=False)


def found_again(held: Placement, uid: int, theirs: Keywords) -> Placement:
    """As `relinked`, unless it was found meanwhile."""
    return relinked(held, uid, theirs) if held.lost or held.unlinked else held


def displaced(held: Placement) -> Placement:
    """Another letter has its UID there; unchanged when it was found meanwhile."""
    return replace(held, uid=None, unlinked=True) if held.lost or held.unlinked else held


def unfound(held: Placement) -> Placement | None:
    """No longer there, under any UID; one found or lost meanwhile stays."""
    return None if held.unlinked and not held.lost and held.moving is None else held


def lost_for_good(held: Placement) -> Placement | None:
    """A lost letter nobody need be asked about; one found again or kept meanwhile stays."""
    return None if held.lost and (held.deleted or not held.kept) else held

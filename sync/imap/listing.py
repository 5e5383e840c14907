"""How a mailbox looks now, by the shortest way its server offers (docs/sync.md, the ladder).

    QRESYNC     SELECT itself tells what changed and what vanished           (RFC 7162 §3.2)
    CONDSTORE   what changed since, and the list of UIDs                     (RFC 7162 §3.1)
    neither     every UID with its keywords

When what is held does not add up to what exists, the list of UIDs decides, on every rung: a first
sync that was cut short, or a letter the server would not give, is never taken for complete.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from store.host.log import event
from store.model.email import Keywords
from store.model.mailbox import Mailbox
from sync.replica.facts import Ahead, Flagged, Opened
from sync.replica.seams import Local, Remote
from sync.replica.view import Certified, View

log = logging.getLogger(__name__)
SAMPLED_FROM = 1000
"""Letters: a sample costs some ninety octets in each SELECT, and spares at most five a letter."""
MOST_SAMPLES = 8
LOOKS = 3
"""A letter arriving during a listing makes it look short; a quiet server needs one look."""


async def open_mailbox(
    remote: Remote,
    local: Local,
    mailbox: Mailbox,
    *,
    newest_from: int = 0,
    ahead: Ahead | None = None,
) -> tuple[Mailbox, Opened]:
    """SELECT, and begin anew where the server has renumbered. Returns the mailbox as it is now.

    newest_from, ahead: as `Remote.select`.

    Raises:
        Permanent: the server will not open it.
    """
    known = _known(mailbox)
    sample = () if known is None else _sample(local, mailbox)
    opened = await remote.select(
        mailbox.wire_name, known=known, sample=sample, newest_from=newest_from, ahead=ahead
    )
    if _renumbered(mailbox, opened):
        lost = local.begin_numbering(
            mailbox.id, uidvalidity=opened.uidvalidity, highestmodseq=opened.highestmodseq
        )
        if lost:
            event(log, logging.INFO, "mailbox.renumbered", mailbox=mailbox.id, letters=lost)
        mailbox = local.mailbox(mailbox.id)
    return mailbox, opened


def _known(mailbox: Mailbox) -> tuple[int, int] | None:
    if mailbox.uidvalidity is None or mailbox.highestmodseq is None:
        return None
    return mailbox.uidvalidity, mailbox.highestmodseq


def _sample(local: Local, mailbox: Mailbox) -> Sequence[tuple[int, int]]:
    """Some of what is held, closer together towards the newest (RFC 7162 §3.2.5.2).

    A server may have forgotten what was expunged since, or we may have been stopped before the
    mod-sequence was committed: then it names what we know to be gone, with a sample only what is
    after the last that agrees. One letter missing and another too many would agree as well; the
    first is then among what changed, and the count does not add up.
    """
    count = local.held_count(mailbox.id)
    if count < SAMPLED_FROM:
        return ()
    ranks = {count - (count >> halving) for halving in range(1, count.bit_length() + 1)}
    return local.held_at(mailbox.id, sorted(ranks)[-MOST_SAMPLES:])


def _renumbered(mailbox: Mailbox, opened: Opened) -> bool:
    """UIDNEXT never goes back under one numbering (RFC 3501 §2.3.1.1): a restored backup does."""
    went_back = 0 < opened.uidnext < (mailbox.uidnext or 0)
    return went_back or mailbox.uidvalidity != opened.uidvalidity


async def look(remote: Remote, local: Local, mailbox: Mailbox, opened: Opened) -> View:
    """What the selected mailbox shows, compared with what is held of it.

    `mailbox` and `opened` are what `open_mailbox` returned.

    Raises:
        Transient: `imap.short_listing`.
    """
    known, now = mailbox.highestmodseq, opened.highestmodseq
    if opened.changed is not None and known is not None and now is not None and now >= known:
        return await _after_qresync(remote, local, mailbox, opened, opened.changed)
    held = local.held_uids(mailbox.id)
    if not held and not opened.exists:
        return View()
    if not held:
        return View(unknown=(await certified_uids(remote, opened)).unknown(held))
    if known is not None and now is not None and now >= known:
        shown = await remote.listing(changed_since=known)
        certified = await certified_uids(remote, opened)
    else:
        shown, certified = await _whole_listing(remote, opened)
    return View(_keywords(shown), certified.gone(held), certified.unknown(held))


async def _after_qresync(
    remote: Remote,
    local: Local,
    mailbox: Mailbox,
    opened: Opened,
    changed: Mapping[int, Flagged],
) -> View:
    ranges = opened.vanished.ranges if opened.vanished is not None else ()
    gone = local.held_within(mailbox.id, ranges)
    unknown = changed.keys() - local.held_among(mailbox.id, changed)
    if local.held_count(mailbox.id) - len(gone) + len(unknown) == opened.exists:
        return View(_keywords(changed), gone, unknown)
    certified = await certified_uids(remote, opened)
    held = local.held_uids(mailbox.id)
    return View(_keywords(changed), certified.gone(held), certified.unknown(held))


async def certified_uids(remote: Remote, opened: Opened) -> Certified:
    """Every UID of the selected mailbox, certified complete."""
    for _ in range(LOOKS):
        uids = await remote.uids()
        if len(uids) == remote.exists:
            break
    return Certified(uids, remote.exists, opened.uidnext)


async def _whole_listing(remote: Remote, opened: Opened) -> tuple[Mapping[int, Flagged], Certified]:
    for _ in range(LOOKS):
        shown = await remote.listing()
        if len(shown) == remote.exists:
            break
    return shown, Certified(shown.keys(), remote.exists, opened.uidnext)


def _keywords(shown: Mapping[int, Flagged]) -> dict[int, Keywords]:
    return {uid: each.keywords for uid, each in shown.items()}

"""One mailbox brought to agreement: open, settle, look, plan, perform. No decisions live here.

Safe to kill at any await: the next visit plans from what was committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from store.model.email import Placement
from store.model.ids import MailboxId
from store.model.mailbox import Mailbox
from sync.imap.listing import certified_uids, look, open_mailbox
from sync.imap.losing import lose
from sync.imap.manner import Manner
from sync.imap.pausing import Pausing
from sync.imap.perform import PassReport, Perform
from sync.imap.recognise import recognise
from sync.imap.settle import settle_uploads
from sync.replica import merge
from sync.replica.facts import Ahead, Opened
from sync.replica.guard import guards, is_mass
from sync.replica.ops import Announce, Fetch, Lose, Op
from sync.replica.plan import plan_mailbox
from sync.replica.seams import Local, Remote
from sync.replica.view import View


async def visit(
    remote: Remote,
    local: Local,
    mailbox: Mailbox,
    *,
    targets: Mapping[MailboxId, tuple[bytes, int]],
    report: PassReport,
    after_window: Callable[[], object],
    manner: Manner,
    pausing: Pausing,
    newest_from: int = 0,
    ahead: Ahead | None = None,
) -> bool:
    """Bring one mailbox to agreement.

    newest_from: in a mailbox never seen, the rank of the first letter to announce with SELECT.
    ahead: in one that is known, new letters to announce next.

    On a lean line letters are announced, one window a visit, and brought later
    (sync/imap/bringing.py). On others `manner.may_fetch()` is asked before each window; what it
    holds back is left for another visit, and counted in `report.waiting`; so is what
    a person paused.

    Returns False when a wish came during a long download and goes first: visit again.

    Raises:
        Transient: the line dropped; at most one op will be repeated.
        Permanent: the server will not open this mailbox.
    """
    mailbox, opened = await open_mailbox(
        remote, local, mailbox, newest_from=newest_from, ahead=ahead
    )
    report.mailboxes += 1
    await settle_uploads(remote, local, mailbox)
    withhold_from = local.unsettled_from(mailbox.id)
    if opened.newest:
        report.announced += _announce(local, mailbox, opened, withhold_from)
        after_window()
    view = await look(remote, local, mailbox, opened)
    view = await recognise(remote, local, mailbox, view, withhold_from=withhold_from)
    floor = pausing.floor(mailbox, opened)
    ops = _plan(local, mailbox, view, withhold_from, manner, floor)
    if any(isinstance(op, Lose) for op in ops):
        # So much is asked about twice before it is believed.
        certified = await certified_uids(remote, opened)
        view = replace(view, gone=certified.gone(view.gone))
        guarded = guards(mailbox.role)
        ops = _plan(local, mailbox, view, withhold_from, manner, floor, guarded=guarded)
    perform = Perform(
        remote=remote,
        local=local,
        mailbox=mailbox,
        uidnext=opened.uidnext,
        targets=targets,
        report=report,
    )
    report.waiting.pop(mailbox.id, None)
    whole = await _perform_all(
        *(perform, ops, after_window, manner.may_fetch),
        is_overtaken=lambda: pausing.holds_letters is not bool(floor),
    )
    if paused := sum(uid < floor for uid in view.unknown):
        report.waiting[mailbox.id] = report.waiting.get(mailbox.id, 0) + paused
    if whole and withhold_from is None and not paused:
        _settle(local, mailbox, opened, report)
    return whole is not None


def _announce(local: Local, mailbox: Mailbox, opened: Opened, withhold_from: int | None) -> int:
    """What came with SELECT, newest first; how many."""
    newest = sorted(opened.newest, key=lambda each: -each.uid)
    known = [each for each in newest if withhold_from is None or each.uid < withhold_from]
    return local.announce(mailbox.id, known, 0)[0]


def _plan(
    local: Local,
    mailbox: Mailbox,
    view: View,
    withhold_from: int | None,
    manner: Manner,
    only_from: int,
    *,
    guarded: bool = True,
) -> Sequence[Op]:
    return plan_mailbox(
        _held(local, mailbox, view),
        view,
        holding=local.held_count(mailbox.id),
        withhold_from=withhold_from,
        only_from=only_from,
        window=manner.window_emails,
        lean=manner.lean,
        guarded=guarded,
    )


async def _perform_all(
    perform: Perform,
    ops: Sequence[Op],
    after_window: Callable[[], object],
    may_fetch: Callable[[], bool],
    *,
    is_overtaken: Callable[[], bool],
) -> bool | None:
    """True when every letter came, False when some did not come yet, None when overtaken."""
    whole, windows, before = True, 0, perform.report.announced
    for at, op in enumerate(ops):
        if isinstance(op, Announce) and op.later and perform.report.announced > before:
            perform.report.unfinished = True
            return False
        if isinstance(op, Fetch) and windows and perform.local.wished_mailboxes():
            return None
        if isinstance(op, Fetch | Announce) and windows and is_overtaken():
            return None
        if isinstance(op, Fetch) and not may_fetch():
            # Wishes are all told: the plan has them before the first window.
            waiting = sum(len(each.uids) for each in ops[at:] if isinstance(each, Fetch))
            perform.report.waiting[perform.mailbox.id] = waiting
            return False
        if isinstance(op, Announce) and op.begin and not may_fetch():
            op = replace(op, begin=0)
        whole &= await perform(op)
        if isinstance(op, Fetch | Announce):
            windows += 1
            after_window()
    return whole


def _held(local: Local, mailbox: Mailbox, view: View) -> Iterator[Placement] | Sequence[Placement]:
    """Only what the view or a wish touches, unless the view is as long as the mailbox."""
    touched = view.keywords.keys() | view.gone
    if len(touched) * 2 > local.held_count(mailbox.id):
        return local.placements(mailbox.id)
    return local.placements_among(mailbox.id, touched)


def _settle(local: Local, mailbox: Mailbox, opened: Opened, report: PassReport) -> None:
    """All that the server shows is held: what was not found among it is gone."""
    unfound = local.now(local.unfound(mailbox.id))
    undecided = [held.id for held in unfound if not held.deleted]
    holding = local.held_count(mailbox.id) + len(unfound)
    gone = {held.id for held in unfound}
    if not is_mass(len(undecided), holding):
        undecided = [held.id for held in unfound if merge.hides_a_wish(held)]
    if guards(mailbox.role) and undecided:
        report.lost += lose(local, mailbox.id, undecided, holding)
        gone -= set(undecided)
    if gone:
        local.change(sorted(gone), merge.unfound)
        report.vanished += len(gone)
    local.settle_mailbox(mailbox.id, uidnext=opened.uidnext, highestmodseq=opened.highestmodseq)

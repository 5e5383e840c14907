"""Letters we hold under a UID that was lost, found again without fetching them a second time.

Only who they are crosses the line: UID, flags, date, size and Message-ID, some 150 octets each.
Every window is committed by itself; killed, the next visit looks for what is still missing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from store.host.log import event
from store.model.email import Keywords, Placement
from store.model.ids import PlacementId
from store.model.mailbox import Mailbox
from sync.replica import merge
from sync.replica.facts import Identified
from sync.replica.relink import Search, Seen
from sync.replica.seams import Local, Remote
from sync.replica.view import View

log = logging.getLogger(__name__)
WINDOW = 500
"""Letters asked about at once: 75 KB."""


async def recognise(
    remote: Remote, local: Local, mailbox: Mailbox, view: View, *, withhold_from: int | None
) -> View:
    """The view of the selected mailbox, without the unknown UIDs that turned out to be ours.

    Raises:
        Transient: the line dropped; what was recognised stays so.
    """
    unknown = [uid for uid in view.unknown if withhold_from is None or uid < withhold_from]
    strays = local.strays(mailbox.id) if unknown else ()
    if not strays:
        return view
    search, linked = Search(strays), set[int]()
    shown: dict[int, Identified] = {}
    unknown.sort(reverse=True)
    for start in range(0, len(unknown), WINDOW):
        if not search.strays:
            break
        window = await remote.identities(unknown[start : start + WINDOW])
        shown |= {each.uid: each for each in window}
        if displaced := search.displaced(window):
            local.change(displaced, merge.displaced)
        linked |= _link(local, search.among(window), shown)
    linked |= _link(local, search.in_the_end(), shown)
    event(log, logging.INFO, "mailbox.recognised", mailbox=mailbox.id, letters=len(linked))
    return replace(view, unknown=view.unknown - linked)


def _link(
    local: Local, found: Sequence[tuple[PlacementId, Seen]], shown: dict[int, Identified]
) -> set[int]:
    """One commit: these placements have these UIDs. Returns the UIDs."""
    uids = {placement_id: each.uid for placement_id, each in found}

    def link(held: Placement) -> Placement:
        theirs: Keywords = shown[uids[held.id]].keywords
        return merge.found_again(held, uids[held.id], theirs)

    changed = local.change(list(uids), link) if uids else ()
    return {held.uid for held in changed if held.uid is not None}

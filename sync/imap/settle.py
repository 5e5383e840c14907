"""Find out what became of a command whose answer was lost, before anything is repeated.

An APPEND or a MOVE leaves its letter at or above the UIDNEXT noted just before it was said, and
under its own Message-ID. It is looked for there; only what is not found is done again. This comes
before any download from that mailbox: otherwise our own letter would come back as a new one.

The index a server searches may lag behind its mailbox. It is believed when it finds something; when
it does not, the server is asked for the Message-ID of each letter that is new there.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from store.errors import NeedsUser, Permanent
from store.host.log import event
from store.model.email import Placement
from store.model.ids import MailboxId, PlacementId
from store.model.mailbox import Mailbox
from sync.imap.listing import certified_uids, open_mailbox
from sync.replica import merge
from sync.replica.facts import Arrived
from sync.replica.identity import message_id_of
from sync.replica.seams import Local, Remote

log = logging.getLogger(__name__)
UNSETTLED = "move.unsettled"
"""Nobody refused the move: whether it was done could not be looked for."""


class Finder:
    """Finds letters in the selected mailbox. What is new there is asked for once."""

    def __init__(
        self,
        remote: Remote,
        local: Local,
        mailbox_id: MailboxId,
        uids: Collection[int] | None = None,
    ) -> None:
        """`uids` are all that are there, where that is known already."""
        self.remote, self.local, self.mailbox_id = remote, local, mailbox_id
        self._uids, self._names = uids, dict[int, str]()

    async def find(self, letter: Placement, from_uid: int) -> int | None:
        """The UID of `letter`; None when it is not there.

        A UID already held is another copy. Of two hits the first is ours and the other is fetched
        as any letter: nothing is ever removed for being there twice.
        """
        octets, is_whole = self.local.here(letter.email_id)
        message_id, from_uid = message_id_of(octets), max(1, from_uid)
        if message_id:
            found = await self.remote.search_message_id(message_id, from_uid=from_uid)
            new = set(found) - self.local.held_among(self.mailbox_id, found)
            return min(new) if new else await self._named(message_id, from_uid)
        if not is_whole:
            return None  # nothing to compare: it is found again by its date and size (relink.py)
        return await _same_octets(self.remote, octets, await self._new(from_uid))

    async def _new(self, from_uid: int) -> set[int]:
        """UIDs from `from_uid` on that nobody holds."""
        if self._uids is None:
            self._uids = await self.remote.uids()
        uids = {uid for uid in self._uids if uid >= from_uid}
        return uids - self.local.held_among(self.mailbox_id, uids)

    async def _named(self, message_id: str, from_uid: int) -> int | None:
        new = await self._new(from_uid)
        unread = sorted(new - self._names.keys())
        if unread:
            shown = await self.remote.identities(unread)
            self._names |= {each.uid: each.message_id for each in shown}
        return min((uid for uid in new if self._names.get(uid) == message_id), default=None)


async def _same_octets(remote: Remote, octets: bytes, uids: Collection[int]) -> int | None:
    """For a letter without a Message-ID: what is new there is few, so it is compared whole."""
    same: list[int] = []

    def compare(email: Arrived) -> None:
        if email.octets == octets:
            same.append(email.uid)

    if uids:
        await remote.fetch(sorted(uids), compare)
    return min(same, default=None)


async def settle_uploads(remote: Remote, local: Local, mailbox: Mailbox) -> None:
    """Settle every APPEND said to the selected mailbox and never heard."""
    finder = Finder(remote, local, mailbox.id)
    for letter in local.placements_among(mailbox.id, ()):
        if letter.uid is not None or letter.moving is None or letter.moving_to is not None:
            continue
        uid = await finder.find(letter, letter.moving)
        how = merge.not_appended if uid is None else partial(merge.appended, uid=uid)
        local.change([letter.id], how)


async def settle_moves(remote: Remote, local: Local) -> int:
    """Settle every MOVE said and never heard. Leaves another mailbox selected.

    Those between two mailboxes where the server will not have them looked for stay unsettled, and
    hold up nothing else. Returns how many.
    """
    unsettled = 0
    said = local.moves_in_flight()
    for source_id, target_id in dict.fromkeys((each.mailbox_id, each.moving_to) for each in said):
        if target_id is None:
            continue
        try:
            await _settle_moves_between(remote, local, source_id, target_id)
        except Permanent as error:
            going = [
                each.id
                for each in said
                if (each.mailbox_id, each.moving_to) == (source_id, target_id)
            ]
            local.change(going, partial(merge.refused, code=UNSETTLED))
            event(log, logging.WARNING, "replica.unsettled", letters=len(going), error=error)
            unsettled += len(going)
    return unsettled


async def _settle_moves_between(
    remote: Remote, local: Local, source_id: MailboxId, target_id: MailboxId
) -> None:
    """Still in the source: not moved. Else moved, whether its new UID was found or not."""
    remaining = await _uids_of(remote, local, source_id)
    going = [
        each
        for each in local.moves_in_flight()  # read again: opening the source may renumber it
        if (each.mailbox_id, each.moving_to) == (source_id, target_id)
    ]
    arrived = await _arrivals(remote, local, target_id, going)
    if remaining is not None and not remote.has("MOVE"):
        copied = [each.uid for each in going if each.uid in remaining and each.id in arrived]
        remaining -= await _finish(remote, local, source_id, [uid for uid in copied if uid])
    for each in going:
        if remaining is None or each.uid is None:
            stayed = each.id not in arrived
        else:
            stayed = each.uid in remaining
        how = merge.not_moved if stayed else partial(merge.moved, uid=arrived.get(each.id))
        local.change([each.id], how)


async def _uids_of(remote: Remote, local: Local, mailbox_id: MailboxId) -> set[int] | None:
    """The UIDs a mailbox has, leaving it selected; None when it cannot be opened."""
    try:
        _, opened = await open_mailbox(remote, local, local.mailbox(mailbox_id))
    except Permanent as error:
        event(log, logging.INFO, "mailbox.closed_to_us", mailbox=mailbox_id, error=error)
        return None
    return set((await certified_uids(remote, opened)).uids)


async def _arrivals(
    remote: Remote, local: Local, target_id: MailboxId, going: Sequence[Placement]
) -> Mapping[PlacementId, int]:
    """The UIDs in the target of those found there."""
    uids = await _uids_of(remote, local, target_id)
    if uids is None:
        return {}
    finder, arrived = Finder(remote, local, target_id, uids), dict[PlacementId, int]()
    for each in local.now([held.id for held in going]):
        uid = await finder.find(each, each.moving or 1)
        if uid is not None and uid not in arrived.values():
            arrived[each.id] = uid
    return arrived


async def _finish(
    remote: Remote, local: Local, source_id: MailboxId, uids: Sequence[int]
) -> set[int]:
    """A copy that was made and an original that was not removed: remove it. Returns which."""
    if not uids or await _uids_of(remote, local, source_id) is None:
        return set()
    try:
        return set(uids) if await remote.expunge(uids) else set()
    except (Permanent, NeedsUser) as error:
        # The original stays, and is a letter like any other; copying again would make a third.
        event(log, logging.WARNING, "replica.unfinished", mailbox=source_id, error=error)
        return set(uids)

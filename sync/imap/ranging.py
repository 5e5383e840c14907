"""Ranges of letters as one mailbox gives them: halved where a letter is refused, none thrown away.

No decision lives here. What came before the line broke is handed over like all the rest: on a line
that drops often, what is thrown away at each cut is what makes a letter cost more than itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store.host.log import event
from store.model.email import Unwhole
from store.model.ids import EmailId, MailboxId
from store.model.structure import AnnouncedPart
from sync.imap.halving import Given, Noes, by_halves
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ranging:
    """Asks the mailboxes of one account."""

    remote: Remote
    local: Local

    async def select(self, mailbox_id: MailboxId) -> bool:
        """Make it the selected mailbox. False when it is numbered anew: UIDs mean nothing then."""
        mailbox = self.local.mailbox(mailbox_id)
        if self.remote.selected == (mailbox.wire_name, mailbox.uidvalidity):
            return True
        opened = await self.remote.select(mailbox.wire_name, known=None)
        return opened.uidvalidity == mailbox.uidvalidity

    async def ranges(
        self,
        letters: Sequence[Unwhole],
        offset: int,
        length: int,
        came: dict[EmailId, bytes],
        *,
        mailbox_id: MailboxId,
        describe: Sequence[Unwhole] = (),
        on_half: Callable[[EmailId, bytes], None],
    ) -> None:
        """Put into `came` what the server gives; nothing when this mailbox is not to be had now.

        on_half: is given what came of a range in which the line broke.

        Raises:
            Transient: the line, and `imap.busy` when the server gives nothing else either.
        """
        ids = {each.uid: each.email_id for each in letters}
        wanted = set(ids)
        described = {each.uid: each.email_id for each in describe}
        parts: dict[EmailId, tuple[AnnouncedPart, ...]] = {}
        if described:
            self.local.say_described(list(described.values()))
        undescribed = list(described)

        def take(uid: int, octets: bytes) -> None:
            wanted.discard(uid)
            came[ids[uid]] = octets

        async def ask(part: Sequence[int]) -> None:
            # Once, beside the first of them: a structure refused is not asked for by halves.
            beside = list(undescribed)
            undescribed.clear()
            await self.remote.ranges(
                *(part, offset, length, take),
                describe=beside,
                on_structure=lambda uid, its: parts.update({described[uid]: its}),
                on_half=lambda uid, octets: on_half(ids[uid], octets),
            )

        try:
            if await self.select(mailbox_id):
                given = Given(self.remote, self.local, mailbox_id)
                await by_halves(list(ids), wanted, ask, Noes(), given)
        except NO as error:
            event(log, logging.WARNING, "letter.refused", mailbox=mailbox_id, error=error)
        if parts:
            self.local.describe(parts)

"""Letters the server no longer has, too many at once to forget: noted, and said in the log."""

from __future__ import annotations

import logging
from collections.abc import Collection

from store.host.log import event
from store.model.ids import MailboxId, PlacementId
from sync.replica.seams import Local

log = logging.getLogger(__name__)


def lose(local: Local, mailbox_id: MailboxId, ids: Collection[PlacementId], held: int) -> int:
    """Note that the server no longer has these, of `held`; a person will be asked. How many."""
    lost = local.lose(mailbox_id, ids, held=held)
    if lost:
        event(
            log,
            logging.WARNING,
            "mailbox.letters_lost",
            mailbox=mailbox_id,
            letters=lost,
            held=held,
        )
    return lost

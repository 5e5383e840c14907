"""Mailboxes made, renamed and subscribed to: say (commit), one remote effect, hear (commit).

This comes before any letter is looked at, so that what is filed in a new mailbox can go there in
the same pass. What the server refuses stays wished, and holds up nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from store.host.log import event
from store.model.mailbox import Mailbox
from sync.imap import utf7
from sync.replica.facts import Listed
from sync.replica.naming import Create, NameOp, Names, Rename, Subscribe, heard_names, plan_names
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)


def settle_names(local: Local, listed: Sequence[Listed]) -> None:
    """Note the names whose answer was lost, and new mailboxes that somebody else made."""
    for heard in heard_names(local.mailboxes(), Names.of(listed, utf7.encode)):
        name = utf7.decode(heard.wire_name)
        local.hear_name(heard.mailbox_id, wire_name=heard.wire_name, name=name, wish=heard.wish)


async def carry_out_names(remote: Remote, local: Local, listed: Sequence[Listed]) -> bool:
    """Tell the server what is wished of mailboxes. True when it was told anything."""
    ops = plan_names(local.mailboxes(), Names.of(listed, utf7.encode))
    for op in ops:
        now = local.mailbox(op.mailbox_id)
        try:
            await _perform(remote, local, op, now)
        except NO as error:
            local.refuse_mailbox(now, error.code)
            event(log, logging.WARNING, "mailbox.wish_refused", mailbox=op.mailbox_id, error=error)
    return bool(ops)


async def _perform(remote: Remote, local: Local, op: NameOp, now: Mailbox) -> None:
    match op:
        case Create(mailbox_id, wire_name, wish):
            if not local.say_name(mailbox_id, wire_name, wish):
                return
            await remote.create_mailbox(wire_name)
        case Rename(mailbox_id, wire_name, wish):
            if not local.say_name(mailbox_id, wire_name, wish):
                return
            await remote.rename_mailbox(now.wire_name, wire_name)
        case Subscribe(mailbox_id, on):
            if now.created:
                await remote.subscribe(now.wire_name, on=on)
                local.hear_subscribed(mailbox_id, on=on)
            return
    local.hear_name(mailbox_id, wire_name=wire_name, name=utf7.decode(wire_name), wish=wish)

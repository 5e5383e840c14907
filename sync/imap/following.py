"""A mailbox that somebody else renamed, followed to its new name: no letter is fetched again.

A list says names and numberings, and neither is proof: a mailbox deleted and another made may count
alike. So some of its letters are asked for by UID, and must be the ones held here, by Message-ID.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from store.host.log import event
from store.model.mailbox import Mailbox
from sync.imap import utf7
from sync.replica.facts import Listed
from sync.replica.naming import Names, is_certain, may_be, samples
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)


async def follow(
    remote: Remote, local: Local, missing: Sequence[Mailbox], listed: Sequence[Listed]
) -> None:
    """Give each missing mailbox the name under which the server has it now, where that is certain.

    What lies below one goes along. Leaves another mailbox selected.
    """
    for mailbox in sorted(missing, key=lambda each: len(each.name)):
        now = local.mailbox(mailbox.id)
        if now.wire_name != mailbox.wire_name:
            continue  # it went along
        for each in _unknown(local, listed):
            if may_be(now, each.status) and await _is_it(remote, local, now, each):
                _note(local, now, each, listed)
                event(log, logging.INFO, "mailbox.followed", mailbox=now.id)
                break


def _note(local: Local, now: Mailbox, there: Listed, listed: Sequence[Listed]) -> None:
    """Under the name wished here, it was our doing: a no is not proof that nothing was done."""
    wire_name, name = there.wire_name, utf7.decode(there.wire_name)
    wish = now.wish_name
    if wish is not None and Names.of(listed, utf7.encode).wire(wish) == wire_name:
        local.hear_name(now.id, wire_name=wire_name, name=name, wish=wish)
    else:
        local.follow_name(now.id, wire_name=wire_name, name=name)


def _unknown(local: Local, listed: Sequence[Listed]) -> Iterator[Listed]:
    known = {each.wire_name for each in local.mailboxes()}
    return (each for each in listed if each.selectable and each.wire_name not in known)


async def _is_it(remote: Remote, local: Local, mailbox: Mailbox, there: Listed) -> bool:
    here = local.message_ids(mailbox.id, samples(local.held_count(mailbox.id)))
    if not here:
        return False
    try:
        opened = await remote.select(there.wire_name, known=None)
        shown = await remote.identities(sorted(here))
    except NO as error:
        event(log, logging.INFO, "mailbox.closed_to_us", mailbox=mailbox.id, error=error)
        return False
    same_numbering = opened.uidvalidity == mailbox.uidvalidity
    return same_numbering and is_certain(here, {each.uid: each.message_id for each in shown})

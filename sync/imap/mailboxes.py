"""All mailboxes at once: LIST and STATUS, in one turn where the server can."""

from __future__ import annotations

from collections.abc import Mapping

from store.errors import Transient
from store.host import clock
from store.model.mailbox import Role
from sync.imap import utf7
from sync.imap.answers import ListedMailbox, MailboxStatus
from sync.imap.dialogue import Dialogue
from sync.imap.lists import ListAsked, Lists, canonical
from sync.imap.quoting import Piece, astring
from sync.imap.reading import status_response
from sync.imap.replies import Untagged
from sync.imap.roles import is_inbox, roles

FLIGHT = 100
"""STATUS commands under way at once."""


def in_one_turn(dialogue: Dialogue) -> bool:
    """Whether LIST tells each mailbox's STATUS as well (RFC 5819)."""
    return dialogue.has("LIST-EXTENDED") and dialogue.has("LIST-STATUS")


async def ask_list(dialogue: Dialogue) -> ListAsked:
    """LIST, written and not waited for. What was told of mailboxes before is told again by it."""
    dialogue.stream.elsewhere.clear()
    found, with_status, options = Lists(), in_one_turn(dialogue), list[bytes]()
    if dialogue.has("LIST-EXTENDED") and dialogue.has("SPECIAL-USE"):
        options.append(b"SPECIAL-USE")
    if with_status:
        options.append(b"STATUS " + _items(dialogue))
    wanted = b" RETURN (%s)" % b" ".join(options) if options else b""
    line = b'LIST "" "*"' + wanted
    command = await dialogue.stream.exchange(line, sink=found.take, bulk=True)
    return ListAsked(found, command, with_status)


async def deflate_behind_list(dialogue: Dialogue) -> None:
    """Where much will be said, that is asked for here: behind LIST it costs no turn of its own."""
    if dialogue.expects_much:
        await dialogue.expect_much()


async def list_mailboxes(dialogue: Dialogue) -> list[ListedMailbox]:
    """Every mailbox, with its STATUS where it has one."""
    asked = await _answered_early(dialogue)
    if asked is None:
        asked = await ask_list(dialogue)
        await deflate_behind_list(dialogue)
        dialogue.accepted(await dialogue.stream.answered(asked.command))
    found = asked.found
    if not asked.with_status:
        await _ask_each_status(dialogue, found)
    status = found.status_of(b"INBOX")
    if status is not None:
        dialogue.inbox_seen = seen(status)
    return _listed(found)


async def _answered_early(dialogue: Dialogue) -> ListAsked | None:
    """The answer to the LIST that was written with the login, if it is one.

    There is always an INBOX: a list without mailboxes is no list.
    """
    asked, dialogue.listing = dialogue.listing, None
    if asked is None:
        return None
    try:
        status = await dialogue.stream.answered(asked.command)
    except Transient as error:
        if not asked.found.attributes:  # else the flight was taken, and then the line broke
            dialogue.memory = dialogue.memory.after_a_flight(error, clock.now())
            if dialogue.remember is not None:
                dialogue.remember(dialogue.remembered)
        raise
    if status.ok and asked.found.attributes:
        dialogue.memory = dialogue.memory.logged_in(flew=True)
        return asked
    dialogue.memory = dialogue.memory.stepwise(clock.now())
    return None


async def status(dialogue: Dialogue, wire_name: bytes) -> MailboxStatus:
    """STATUS of one mailbox, best not the selected one (RFC 3501 §6.3.10)."""
    found = Lists()

    def take(response: Untagged) -> bool:
        # What is said of another mailbox is news (NOTIFY).
        if response.name != b"STATUS":
            return False
        name, _ = status_response(response)
        return canonical(name) == canonical(wire_name) and found.take(response)

    await dialogue.ask(*_status_command(dialogue, wire_name), sink=take)
    told = found.status_of(wire_name)
    if told is None:
        raise Transient("imap.protocol")
    return told


async def create(dialogue: Dialogue, wire_name: bytes) -> None:
    """Make a mailbox, unless it is already there."""
    [answer] = await dialogue.tell_all([(b"CREATE ", astring(wire_name))])
    if answer.code != b"ALREADYEXISTS":
        dialogue.accepted(answer)


async def rename(dialogue: Dialogue, wire_name: bytes, to: bytes) -> None:
    """Give a mailbox another name. INBOX is never asked for: it would only be emptied."""
    assert not is_inbox(utf7.decode(wire_name)), "INBOX keeps its name"
    await dialogue.ask(b"RENAME ", astring(wire_name), b" ", astring(to))


async def subscribe(dialogue: Dialogue, wire_name: bytes, *, on: bool) -> None:
    """Subscribe to a mailbox, or no longer (RFC 3501 §6.3.6)."""
    await dialogue.ask(b"SUBSCRIBE " if on else b"UNSUBSCRIBE ", astring(wire_name))


def seen(status: MailboxStatus) -> tuple[int | None, ...]:
    """What tells one look at a mailbox from the next."""
    return status.uidvalidity, status.uidnext, status.messages, status.highestmodseq


async def _ask_each_status(dialogue: Dialogue, found: Lists) -> None:
    """A mailbox that refuses, or has just been removed, simply has no STATUS."""
    names = [name for name in found.attributes if found.selectable(name)]
    for start in range(0, len(names), FLIGHT):
        flight = names[start : start + FLIGHT]
        await dialogue.tell_all(
            [_status_command(dialogue, name) for name in flight], sink=found.take
        )


def _status_command(dialogue: Dialogue, wire_name: bytes) -> list[Piece]:
    return [b"STATUS ", astring(wire_name), b" " + _items(dialogue)]


def _items(dialogue: Dialogue) -> bytes:
    modseq = b" HIGHESTMODSEQ" if dialogue.modseqs else b""
    return b"(UIDVALIDITY UIDNEXT MESSAGES%s)" % modseq


def _listed(found: Lists) -> list[ListedMailbox]:
    names = {wire_name: utf7.decode(wire_name) for wire_name in found.attributes}
    delimiter = next((each for each in found.delimiters.values() if each), "")
    by_name = {names[wire_name]: each for wire_name, each in found.attributes.items()}
    given: Mapping[str, Role] = roles(by_name, delimiter)
    return [
        ListedMailbox(
            wire_name=wire_name,
            name=name,
            delimiter=found.delimiters[wire_name],
            role=given.get(name, Role.NONE),
            selectable=found.selectable(wire_name),
            status=found.status_of(wire_name),
        )
        for wire_name, name in names.items()
    ]

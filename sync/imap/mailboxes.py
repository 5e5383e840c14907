"""All mailboxes at once: LIST and STATUS, in one turn where the server can."""

from __future__ import annotations

from collections.abc import Mapping

from store.errors import Transient
from store.model.mailbox import Role
from sync.imap import utf7
from sync.imap.answers import ListedMailbox, MailboxStatus
from sync.imap.dialogue import Dialogue
from sync.imap.quoting import UNSAYABLE, Piece, astring
from sync.imap.reading import list_response, status_response
from sync.imap.replies import Untagged
from sync.imap.roles import is_inbox, roles

NOT_SELECTABLE = {b"\\noselect", b"\\nonexistent"}
FLIGHT = 100
"""STATUS commands under way at once."""


class _Lists:
    """Collects LIST and STATUS responses, in any order."""

    def __init__(self) -> None:
        self.attributes: dict[bytes, list[bytes]] = {}
        self.delimiters: dict[bytes, str] = {}
        self.status: dict[bytes, MailboxStatus | None] = {}

    def take(self, response: Untagged) -> bool:
        if response.name == b"LIST":
            attributes, delimiter, name = list_response(response)
            if not UNSAYABLE.search(name):  # nobody could ever ask for it
                self.attributes[name], self.delimiters[name] = attributes, delimiter
        elif response.name == b"STATUS":
            name, status = status_response(response)
            self.status[_canonical(name)] = status
        else:
            return False
        return True

    def selectable(self, wire_name: bytes) -> bool:
        attributes = {attribute.lower() for attribute in self.attributes[wire_name]}
        return not attributes & NOT_SELECTABLE


async def list_mailboxes(dialogue: Dialogue) -> list[ListedMailbox]:
    """Every mailbox, with its STATUS where it has one."""
    found = _Lists()
    with_status = dialogue.has("LIST-EXTENDED") and dialogue.has("LIST-STATUS")
    options = []
    if dialogue.has("LIST-EXTENDED") and dialogue.has("SPECIAL-USE"):
        options.append(b"SPECIAL-USE")
    if with_status:
        options.append(b"STATUS " + _items(dialogue))
    wanted = b" RETURN (%s)" % b" ".join(options) if options else b""
    await dialogue.ask(b'LIST "" "*"' + wanted, sink=found.take, bulk=True)
    if not with_status:
        await _ask_each_status(dialogue, found)
    status = found.status.get(b"INBOX")
    if status is not None:
        dialogue.inbox_seen = seen(status)
    return _listed(found)


async def status(dialogue: Dialogue, wire_name: bytes) -> MailboxStatus:
    """STATUS of one mailbox, best not the selected one (RFC 3501 §6.3.10)."""
    found = _Lists()
    await dialogue.ask(*_status_command(dialogue, wire_name), sink=found.take)
    told = found.status.get(_canonical(wire_name))
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


async def _ask_each_status(dialogue: Dialogue, found: _Lists) -> None:
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
    return b"(UIDVALIDITY UIDNEXT MESSAGES UNSEEN%s)" % modseq


def _listed(found: _Lists) -> list[ListedMailbox]:
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
            status=found.status.get(_canonical(wire_name)),
        )
        for wire_name, name in names.items()
    ]


def _canonical(wire_name: bytes) -> bytes:
    return b"INBOX" if is_inbox(utf7.decode(wire_name)) else wire_name

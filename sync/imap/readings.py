"""From untagged responses to facts: LIST, STATUS, SELECT, FETCH, COPYUID."""

from __future__ import annotations

import re
from collections.abc import Iterable

from store.errors import Transient
from sync.imap import answers, uidset
from sync.imap.answers import FetchedEmail, ListedEmail, ListedMailbox, MailboxStatus, Selected
from sync.imap.roles import role_of
from sync.imap.stream import Pieces
from sync.imap.tokens import tokens
from sync.imap.uidset import UidSet
from sync.imap.utf7 import decode

CODE = re.compile(rb"\[([A-Z0-9-]+)(?: ([^\]]*))?\]", re.IGNORECASE)


def listed(lines: Iterable[Pieces]) -> list[ListedMailbox]:
    """The mailboxes of LIST lines, each with its STATUS where one was given."""
    lines = list(lines)
    told = statuses(lines)
    found = []
    for pieces in lines:
        if pieces[0][:7].upper() != b"* LIST ":
            continue
        words = tokens(pieces)[2:]
        if len(words) < 3 or not isinstance(words[0], list) or not isinstance(words[2], bytes):
            raise Transient("imap.protocol")
        attributes = [a for a in words[0] if isinstance(a, bytes)]
        delimiter = words[1].decode("ascii", "replace") if isinstance(words[1], bytes) else ""
        wire_name, name = words[2], decode(words[2])
        closed = {b"\\noselect", b"\\nonexistent"} & {a.lower() for a in attributes}
        found.append(
            ListedMailbox(
                wire_name=wire_name,
                name=name,
                delimiter=delimiter,
                role=role_of(name, delimiter, attributes),
                selectable=not closed,
                status=told.get(wire_name),
            )
        )
    return found


def statuses(lines: Iterable[Pieces]) -> dict[bytes, MailboxStatus]:
    """STATUS lines by wire name; one that lacks what we need is left out."""
    found = {}
    for pieces in lines:
        if pieces[0][:9].upper() != b"* STATUS ":
            continue
        words = tokens(pieces)[2:]
        if len(words) < 2 or not isinstance(words[0], bytes):
            raise Transient("imap.protocol")
        told = answers.pairs(words[1])
        if not {b"UIDVALIDITY", b"UIDNEXT", b"MESSAGES"} <= told.keys():
            continue
        modseq = answers.number(told.get(b"HIGHESTMODSEQ", b"0"))
        found[words[0]] = MailboxStatus(
            uidvalidity=answers.number(told[b"UIDVALIDITY"]),
            uidnext=answers.number(told[b"UIDNEXT"]),
            messages=answers.number(told[b"MESSAGES"]),
            unseen=answers.number(told.get(b"UNSEEN", b"0")),
            highestmodseq=modseq or None,
        )
    return found


def selected(lines: Iterable[Pieces], known: tuple[int, int] | None) -> Selected:
    """What SELECT answered. A delta counts only under the UIDVALIDITY it was asked for.

    What comes before `[CLOSED]` belongs to the mailbox that was selected before (RFC 7162 §3.2.11).
    """
    exists, numbers = 0, dict.fromkeys((b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ"), 0)
    changed: dict[int, ListedEmail] = {}
    gone: list[tuple[int, int]] = []
    for pieces in _after_closed(lines):
        words = pieces[0].split(b" ", 3)
        if len(words) > 2 and words[2].upper() == b"EXISTS":
            exists = answers.number(words[1])
        elif words[1].upper() == b"VANISHED":
            gone += uidset.parse(words[-1]).ranges
        elif (read := fetched(pieces)) is not None and b"UID" in read and b"FLAGS" in read:
            email = listed_email(read)
            changed[email.uid] = email
        elif (code := CODE.search(pieces[0])) and code[1].upper() in numbers and code[2]:
            numbers[code[1].upper()] = answers.number(code[2])
    if not numbers[b"UIDVALIDITY"]:
        raise Transient("imap.protocol")
    highest = numbers[b"HIGHESTMODSEQ"] or None
    valid = known is not None and known[0] == numbers[b"UIDVALIDITY"] and highest is not None
    return Selected(
        exists=exists,
        uidvalidity=numbers[b"UIDVALIDITY"],
        uidnext=numbers[b"UIDNEXT"],
        highestmodseq=highest,
        changed=changed if valid else None,
        vanished=UidSet(tuple(gone)) if valid else None,
    )


def _after_closed(lines: Iterable[Pieces]) -> list[Pieces]:
    kept: list[Pieces] = []
    for pieces in lines:
        if b"[CLOSED]" in pieces[0].upper()[:16]:
            kept.clear()
        else:
            kept.append(pieces)
    return kept


def fetched(pieces: Pieces) -> dict[bytes, object] | None:
    """The attributes of a FETCH response by name; None for any other response."""
    words = pieces[0].split(b" ", 3)
    if len(words) < 4 or not words[1].isdigit() or words[2].upper() != b"FETCH":
        return None
    read = tokens(pieces)
    return answers.pairs(read[3]) if len(read) == 4 else None


def listed_email(read: dict[bytes, object]) -> ListedEmail:
    """One Email of a listing."""
    modseq, size = read.get(b"MODSEQ"), read.get(b"RFC822.SIZE")
    return ListedEmail(
        uid=answers.number(read[b"UID"]),
        keywords=answers.keywords(read[b"FLAGS"]),
        modseq=None if modseq is None else answers.number(modseq),
        size=None if size is None else answers.number(size),
    )


def whole_email(read: dict[bytes, object], octets: bytes) -> FetchedEmail:
    """One Email with its octets."""
    at, modseq = read.get(b"INTERNALDATE"), read.get(b"MODSEQ")
    if not isinstance(at, bytes) or b"UID" not in read or b"FLAGS" not in read:
        raise Transient("imap.protocol")
    return FetchedEmail(
        uid=answers.number(read[b"UID"]),
        keywords=answers.keywords(read[b"FLAGS"]),
        modseq=None if modseq is None else answers.number(modseq),
        received_at=answers.internaldate(at),
        octets=octets,
    )


def copied(text: bytes) -> dict[int, int] | None:
    """COPYUID (RFC 4315 §3): source UID to target UID; None when there is none in `text`."""
    code = CODE.search(text)
    if code is None or code[1].upper() != b"COPYUID" or not code[2]:
        return None
    words = code[2].split()
    if len(words) != 3:
        raise Transient("imap.protocol")
    source, target = (_expanded(word) for word in words[1:])
    if len(source) != len(target):
        raise Transient("imap.protocol")
    return dict(zip(source, target, strict=True))


def _expanded(named: bytes) -> list[int]:
    ranges = uidset.parse(named).ranges
    if sum(high - low + 1 for low, high in ranges) > 1_000_000:
        raise Transient("imap.protocol")
    return [uid for low, high in ranges for uid in range(low, high + 1)]

"""Letters as a lean line wants them: first their line in the list, then range by range.

All of it is `PEEK`: nothing is marked as read by being brought.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from store.model.structure import AnnouncedPart
from sync.imap.answers import OutlinedEmail
from sync.imap.bodystructure import speaks_of_structure, structure_of
from sync.imap.dialogue import Dialogue, pieces_of
from sync.imap.enumerating import selected
from sync.imap.exchange import Exchange
from sync.imap.fetching import GONE
from sync.imap.outline import outlined_email, range_of
from sync.imap.place import Place
from sync.imap.reading import fetch_items
from sync.imap.replies import Status, Untagged
from sync.imap.uidset import UidSet
from sync.replica.facts import Ahead

FIELDS = b"BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID IMPORTANCE X-PRIORITY)]"
"""What a line of the list says; recipients and references come with the letter's first octets."""

Structure = tuple[AnnouncedPart, ...]

MANY_OUTLINES, MANY_OCTETS = 20, 16 * 1024
"""From so much on, deflating saves more than the turn it costs to begin."""


async def outlines(
    dialogue: Dialogue,
    uids: Collection[int],
    on_outline: Callable[[OutlinedEmail], None],
    *,
    begin: int = 0,
) -> None:
    """Call `on_outline` once for each of these Emails that is still there.

    begin: how many octets of each to bring along, from the first on; its header is among them.
    """
    ahead = selected(dialogue).ahead
    came = [each for uid in uids if (each := ahead.pop((uid, begin), None)) is not None]
    for outlined in came:
        on_outline(outlined)
    uids = set(uids) - {each.uid for each in came}
    if not uids:
        return
    if len(uids) >= MANY_OUTLINES or len(uids) * begin >= MANY_OCTETS:
        await dialogue.expect_much()
    wanted = set(uids)

    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        outlined = outlined_email(fetch_items(response), begin)
        if outlined is None:
            return False
        if outlined.uid in wanted:
            wanted.discard(outlined.uid)
            on_outline(outlined)
        return True

    modseq = b" MODSEQ" if selected(dialogue).modseqs else b""
    what = b"BODY.PEEK[]<0.%d>" % begin if begin else FIELDS
    items = b" (UID FLAGS INTERNALDATE RFC822.SIZE%s %s)" % (modseq, what)
    await _ask(dialogue, uids, items, take)


async def begin_newest(
    dialogue: Dialogue, rank: int, on_outline: Callable[[OutlinedEmail], None]
) -> Exchange:
    """Ask for the outlines of the Emails from `rank` on, in a mailbox still being selected.

    The one place where a sequence number is said: it chooses, and every answer names its UID.
    """

    def take(response: Untagged) -> bool:
        outlined = outlined_email(fetch_items(response)) if response.name == b"FETCH" else None
        if outlined is None:
            return False
        on_outline(outlined)
        return True

    line = b"FETCH %d:* (UID FLAGS INTERNALDATE RFC822.SIZE %s)" % (rank, FIELDS)
    return await dialogue.stream.exchange(line, sink=take, bulk=True)


async def begin_ahead(dialogue: Dialogue, place: Place, ahead: Ahead) -> Exchange:
    """Ask for the outlines of new Emails, in a mailbox still being selected; kept in `place`."""

    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        outlined = outlined_email(fetch_items(response), ahead.begin)
        if outlined is None:
            return False
        if ahead.first <= outlined.uid <= ahead.last:
            place.ahead[outlined.uid, ahead.begin] = outlined
        return True

    what = b"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.%d>)" % ahead.begin
    line = b"UID FETCH %d:%d " % (ahead.first, ahead.last)
    return await dialogue.stream.exchange(line + what, sink=take, bulk=True)


async def ranges(
    dialogue: Dialogue,
    uids: Collection[int],
    offset: int,
    length: int,
    on_range: Callable[[int, bytes], None],
    *,
    describe: Collection[int] = (),
    on_structure: Callable[[int, Structure], None] | None = None,
    on_half: Callable[[int, bytes], None] | None = None,
) -> None:
    """Call `on_range(uid, octets)` with octets `offset` to `offset + length` of each Email.

    Fewer come at the end of a letter, none behind it; an Email that is gone is not given. In the
    same flight, `on_structure` is told the parts of those in `describe`, as far as the server says
    them: that it will not is no refusal. `on_half` is told what came when the line breaks.
    """
    if len(uids) * length >= MANY_OCTETS or len(describe) >= MANY_OUTLINES:
        await dialogue.expect_much()
    wanted, undescribed = set(uids), set(describe)

    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        if undescribed and on_structure is not None and speaks_of_structure(response):
            told = structure_of(response)
            if told is not None and told[0] in undescribed:
                undescribed.discard(told[0])
                on_structure(*told)
            return True
        found = range_of(fetch_items(response), offset, length)
        if found is None:
            return False
        if found[0] in wanted:
            wanted.discard(found[0])
            on_range(*found)
        return True

    def take_half(response: Untagged) -> bool:
        found = range_of(fetch_items(response), offset, length)
        if found is not None and on_half is not None and found[0] in wanted:
            on_half(*found)
        return True

    items = b" (UID BODY.PEEK[]<%d.%d>)" % (offset, length)
    commands = _commands(uids, items)
    beside = _commands(describe, b" (UID BODYSTRUCTURE)")
    told = await dialogue.tell_all([*commands, *beside], sink=take, half=take_half, bulk=True)
    _check(dialogue, told[: len(commands)])


async def _ask(
    dialogue: Dialogue, uids: Collection[int], items: bytes, take: Callable[[Untagged], bool]
) -> None:
    _check(dialogue, await dialogue.tell_all(_commands(uids, items), sink=take, bulk=True))


def _commands(uids: Collection[int], items: bytes) -> list[list[bytes]]:
    return [[b"UID FETCH " + piece + items] for piece in pieces_of(UidSet.of(uids))]


def _check(dialogue: Dialogue, told: Sequence[Status]) -> None:
    for status in told:
        if status.code != GONE:
            dialogue.accepted(status)

"""One part of a letter, alone: several ranges in one flight, each handed over as it comes.

Decoded by the server where it can (BINARY, RFC 3516), else as it is encoded (RFC 3501 §6.4.5). A
cut costs the range it hits, so that ranges are small; a flight of them costs one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from store.errors import Transient
from sync.imap.dialogue import Dialogue
from sync.imap.fetching import GONE
from sync.imap.reading import fetch_items, uid_of
from sync.imap.replies import Untagged
from sync.imap.tokens import Token, number
from sync.replica.facts import Span

MANY_OCTETS = 16 * 1024
"""From so much on, deflating saves more than the turn it costs to begin."""


async def part_ranges(
    dialogue: Dialogue,
    uid: int,
    section: str,
    spans: Sequence[Span],
    on_range: Callable[[Span, bytes, int | None], None],
    *,
    binary: bool,
    ask_size: bool = False,
    on_half: Callable[[Span, bytes, int | None], None] | None = None,
) -> None:
    """Call `on_range(span, octets, size)` for each of `spans`, in their order.

    size: decoded octets of the whole part, where `ask_size` and the server says. Fewer octets than
    the span come at the end of the part, none behind it; of an Email that is gone, none at all.
    on_half: is told what came of a span when the line breaks within it.
    """
    if sum(span.length for span in spans) >= MANY_OCTETS:
        await dialogue.expect_much()
    item = b"BINARY" if binary else b"BODY"
    name = b"%s[%s]" % (item, section.encode("ascii"))
    size_name = b"BINARY.SIZE[%s]" % section.encode("ascii")
    due = list(spans)

    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        items = fetch_items(response)
        if not due or (octets := _octets(items, name, due[0])) is None:
            return False
        if b"UID" not in items or len(octets) > due[0].length:
            raise Transient("imap.protocol")
        if uid_of(items[b"UID"]) == uid:
            said = items.get(size_name)
            on_range(due.pop(0), octets, None if said is None else number(said))
        return True

    def take_half(response: Untagged) -> bool:
        items = fetch_items(response)
        octets = _octets(items, name, due[0]) if due else None
        if octets and on_half and b"UID" in items and uid_of(items[b"UID"]) == uid:
            said = items.get(size_name)
            on_half(due[0], octets, None if said is None else number(said))
        return True

    commands = []
    for at, span in enumerate(spans):
        size = b"%s " % size_name if ask_size and at == 0 else b""
        wanted = b"%s.PEEK[%s]<%d.%d>" % (item, section.encode("ascii"), *span)
        commands.append([b"UID FETCH %d (UID %s%s)" % (uid, size, wanted)])
    for status in await dialogue.tell_all(commands, sink=take, half=take_half, bulk=True):
        if status.code != GONE:
            dialogue.accepted(status)


def _octets(items: dict[bytes, Token], name: bytes, span: Span) -> bytes | None:
    """The octets of a span; a server that begins at 0 may leave the origin out, and NIL is none."""
    for said in (b"%s<%d>" % (name, span.offset), *((name,) if span.offset == 0 else ())):
        if said in items:
            octets = items[said]
            return octets if isinstance(octets, bytes) else b"" if octets is None else None
    return None

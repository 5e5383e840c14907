"""Header blocks (RFC 5322 §2.2): where one ends, and the fields in it that Pli reads.

Bounded: a block is read to its first 256 KiB (32 KiB in a part), a field to its first 64 KiB, or
less where it has a structure to take apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST_BLOCK = 256 * 1024
MOST_PART_BLOCK = 32 * 1024
MOST_FIELD = 64 * 1024
MOST_PEOPLE = 32 * 1024
MOST_STRUCTURED = 8 * 1024

CONTENT = frozenset(
    {b"content-type", b"content-disposition", b"content-transfer-encoding", b"content-id"}
)
SINGLE = frozenset({b"from", b"subject", b"date", b"message-id"})
RECIPIENTS = frozenset({b"to", b"cc", b"bcc", b"reply-to"})
PEOPLE = RECIPIENTS | {b"from"}
WANTED = CONTENT | SINGLE | PEOPLE | {b"references", b"in-reply-to", b"supersedes"}
FIELD = rb"[!-9;-~]++[ \t]*+:[^\n]*+"
SOUND = re.compile(rb"(?:(?!--)" + FIELD + rb"\n)*+")
SOUND_LINE = re.compile(rb"(?!--)" + FIELD)
BLANK_IN_CRLF, BLANK_IN_LF = b"\n\r\n", b"\n\n"


@dataclass(slots=True, kw_only=True)
class Header:
    """The wanted fields of one block, unfolded, by lower-case name; of recipients, all fields."""

    fields: dict[bytes, bytes] = field(default_factory=dict)
    odd: bool = False
    """Two readers could disagree on what this block says."""
    cut: bool = False
    """Something was too long and was read only in part."""

    def get(self, name: bytes) -> bytes:
        """The value of a field, b'' when absent."""
        return self.fields.get(name, b"")


def end_of_header(raw: bytes, start: int, limit: int) -> tuple[int, int]:
    """(end of the fields, start of the body) of the block at `start`, looked for up to `limit`.

    Without an empty line both are `limit`: a block that never ends has no body.
    """
    for nothing in (b"\n", b"\r\n"):
        if raw.startswith(nothing, start):
            return start, start + len(nothing)
    crlf = raw.find(BLANK_IN_CRLF, start, limit)
    lf = raw.find(BLANK_IN_LF, start, limit if crlf < 0 else crlf)
    if lf >= 0:
        return lf + 1, lf + 2
    return (crlf + 1, crlf + 3) if crlf >= 0 else (limit, limit)


def read_header(block: bytes) -> Header:
    """Read a block that ends before its empty line."""
    found = Header(cut=len(block) > MOST_BLOCK)
    if found.cut:
        block = block[: block.rfind(b"\n", 0, MOST_BLOCK) + 1]
    text = block.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    for line in text.split(b"\n"):
        name, colon, value = line.partition(b":")
        key = name.lower()
        if key not in WANTED and key.endswith((b" ", b"\t")):
            key = key.rstrip(b" \t")
            found.odd = found.odd or key in CONTENT
        if key in WANTED and colon:
            _keep(found, key, value)
    found.odd = found.odd or not (SOUND.fullmatch(text) or _sound(text))
    return found


def _sound(text: bytes) -> bool:
    """Whether every line is a field, but for the one mbox files put first, which none minds."""
    return all(
        SOUND_LINE.fullmatch(line) or not line or line.startswith((b"From ", b">From "))
        for line in text.split(b"\n")
    )


def _keep(found: Header, key: bytes, value: bytes) -> None:
    if key in CONTENT and (b"\r" in value or b"\0" in value):
        found.odd = True
    most = MOST_STRUCTURED if key in CONTENT else MOST_PEOPLE if key in PEOPLE else MOST_FIELD
    if len(value) > most:
        found.cut, value = True, value[:most]
        if key in PEOPLE:
            # Half an address may be someone else's.
            value = value.rpartition(b",")[0]
    value = value.strip(b" \t")
    known = found.fields.setdefault(key, value)
    if known == value:
        return
    if key in RECIPIENTS:
        # Against RFC 5322 §3.6, but some write one field per recipient.
        room = len(known) + len(value) < MOST_PEOPLE
        found.cut = found.cut or not room
        found.fields[key] = known + b", " + value if room else known
    elif key in CONTENT or key in SINGLE:
        found.odd = True

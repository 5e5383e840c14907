"""The one door to zip files from outside: octets in, members out. Pure.

Nothing is written to a disk, and no member is unpacked beyond what its place in the directory says.
What could be a bomb is refused whole; a single member that cannot be trusted is left out and told.
The directory at the end is read by hand: the standard library keeps an object for each of its
entries before it can be asked how many there are.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from store.errors import Permanent

MOST_OCTETS = 64 * 1024 * 1024
MOST_ENTRIES = 1_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 100
ALWAYS_ALLOWED = 64 * 1024
"""Whatever its ratio: a short file of spaces is no bomb."""
END = struct.Struct("<4s4H2LH")
DIRECTORY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
END_MARK, DIRECTORY_MARK, LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
LONGEST_REMARK = 0xFFFF
STORED, DEFLATED = 0, 8
ENCRYPTED, IN_UTF8 = 0x0001, 0x0800
UNIX = 3
UNSAFE = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:|[\x00-\x1f\x7f]")
LONGEST_NAME = 1_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    name: str
    """With '/' between its folders, and never a way out of them."""
    octets: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds, in the order of its directory."""

    members: tuple[Member, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """As the directory tells it."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int
    start: int
    made_on: int
    mode: int


def read_archive(octets: bytes) -> Archive:
    """Unpack an archive in memory.

    Raises:
        Permanent: `zip.not_one`, it is none, or cut; `zip.too_large`; `zip.too_many`; `zip.bomb`,
            its members overlap, or unpack to much more than they are.
    """
    entries = _directory(octets)
    _refuse_bombs(octets, entries)
    warnings: dict[str, None] = {}
    members: list[Member] = []
    seen: set[str] = set()
    for entry in entries:
        name = _name(entry, warnings)
        if name.endswith("/") or not name:
            continue
        if name.lower() in seen:
            warnings["zip.duplicate_name"] = None
        seen.add(name.lower())
        content = _content(octets, entry, warnings)
        if content is not None:
            members.append(Member(name, content))
    return Archive(tuple(members), tuple(warnings))


def _directory(octets: bytes) -> list[_Entry]:
    """The entries of the central directory; as many as it says, and no more than may be."""
    if len(octets) > MOST_OCTETS:
        raise Permanent("zip.too_large", most_mb=MOST_OCTETS // 2**20)
    at = octets.rfind(END_MARK, max(0, len(octets) - LONGEST_REMARK - END.size))
    if at < 0 or at + END.size > len(octets):
        raise Permanent("zip.not_one")
    _, disk, first_disk, here, count, size, start, _ = END.unpack_from(octets, at)
    if count > MOST_ENTRIES:
        raise Permanent("zip.too_many", most=MOST_ENTRIES)
    # What stands before the archive (a mark, a program) moves everything by as much.
    shift = at - size - start
    if disk or first_disk or here != count or shift < 0:
        raise Permanent("zip.not_one")
    entries: list[_Entry] = []
    place = at - size
    for _ in range(count):
        entry, place = _entry(octets, place, at, shift)
        entries.append(entry)
    return entries


def _entry(octets: bytes, place: int, end: int, shift: int) -> tuple[_Entry, int]:
    if place + DIRECTORY.size > end:
        raise Permanent("zip.not_one")
    fields = DIRECTORY.unpack_from(octets, place)
    (
        mark,
        made,
        _,
        flags,
        method,
        _,
        _,
        crc,
        packed,
        unpacked,
        name,
        extra,
        remark,
        _,
        _,
        mode,
        at,
    ) = fields
    after = place + DIRECTORY.size
    if mark != DIRECTORY_MARK or after + name + extra + remark > end:
        raise Permanent("zip.not_one")
    entry = _Entry(
        name=octets[after : after + name],
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        unpacked=unpacked,
        start=at + shift,
        made_on=made >> 8,
        mode=mode >> 16,
    )
    return entry, after + name + extra + remark


def _refuse_bombs(octets: bytes, entries: list[_Entry]) -> None:
    """Before anything is unpacked. Two entries on the same octets are how small bombs are made."""
    if sum(each.unpacked for each in entries) > MOST_UNPACKED:
        raise Permanent("zip.bomb")
    end = 0
    for each in sorted(entries, key=lambda each: each.start):
        content = _start_of_content(octets, each)
        if each.start < end:
            raise Permanent("zip.bomb")
        end = content + each.packed
        if each.unpacked > max(ALWAYS_ALLOWED, each.packed * MOST_RATIO):
            raise Permanent("zip.bomb")


def _start_of_content(octets: bytes, entry: _Entry) -> int:
    if entry.start + LOCAL.size > len(octets):
        raise Permanent("zip.not_one")
    mark, *_, name, extra = LOCAL.unpack_from(octets, entry.start)
    start = entry.start + LOCAL.size + int(name) + int(extra)
    if mark != LOCAL_MARK or start + entry.packed > len(octets):
        raise Permanent("zip.not_one")
    return start


def _name(entry: _Entry, warnings: dict[str, None]) -> str:
    """The name of a member; '' for one that is left out."""
    try:
        # Macs write UTF-8 and do not say so.
        name = entry.name.decode("utf-8")
    except UnicodeDecodeError:
        if entry.flags & IN_UTF8:
            warnings["zip.odd_name"] = None
        name = entry.name.decode("cp437")
    if "\\" in name:
        warnings["zip.backslash"] = None
        name = name.replace("\\", "/")
    if UNSAFE.search(name) or len(name) > LONGEST_NAME:
        warnings["zip.unsafe_name"] = None
        return ""
    if entry.made_on == UNIX and stat.S_ISLNK(entry.mode):
        warnings["zip.link"] = None
        return ""
    return name


def _content(octets: bytes, entry: _Entry, warnings: dict[str, None]) -> bytes | None:
    """What a member holds; None for one that cannot be read as it was packed."""
    if entry.flags & ENCRYPTED:
        warnings["zip.encrypted"] = None
        return None
    start = _start_of_content(octets, entry)
    packed = octets[start : start + entry.packed]
    content = _unpacked(packed, entry)
    if content is None or zlib.crc32(content) != entry.crc:
        warnings["zip.damaged"] = None
        return None
    return content


def _unpacked(packed: bytes, entry: _Entry) -> bytes | None:
    if entry.method == STORED:
        return packed if len(packed) == entry.unpacked else None
    if entry.method != DEFLATED:
        return None
    try:
        # One octet more than was announced is enough to see that it lies.
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.unpacked + 1)
    except zlib.error:
        return None
    return content if len(content) == entry.unpacked else None


def members_by(
    key: Callable[[Member], str], members: tuple[Member, ...]
) -> dict[str, list[Member]]:
    """The members of each key, in their order."""
    found: dict[str, list[Member]] = {}
    for each in members:
        found.setdefault(key(each), []).append(each)
    return found


def unpacked_size(octets: bytes) -> int:
    """How many octets an archive says that it unpacks to; 0 when it is none."""
    try:
        return sum(each.unpacked for each in _directory(octets))
    except Permanent:
        return 0


def member_names(octets: bytes) -> tuple[str, ...]:
    """What an archive says that it holds; nothing is unpacked.

    Raises:
        Permanent: as `read_archive`, but for bombs.
    """
    entries = _directory(octets)
    return tuple(name for each in entries if (name := _name(each, {})))

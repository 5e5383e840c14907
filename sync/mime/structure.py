"""The MIME tree of a letter (RFC 2046 §5.1), each leaf located in the raw octets.

The standard library's parser says neither where a part lies nor that two readers would disagree,
so this is our own. It looks once at each line that begins with two dashes, in order, and so takes
time linear in the letter whatever the letter does: nesting, parts and header octets are counted
and end at a limit. Every disagreement with the standard, or between two readings of it, is told:
an attachment is then either found or the letter is marked, never silently missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from store.model.email import TransferEncoding
from sync.mime.content import MESSAGE, TEXT, Content, read_content
from sync.mime.header import MOST_BLOCK, MOST_PART_BLOCK, Header, end_of_header, read_header
from sync.mime.words import unstructured

MOST_DEPTH = 32
MOST_PARTS = 1000
MOST_HEADER_OCTETS = 2 * 1024 * 1024
"""Of all parts together."""
MOST_MARKS = 50_000
MOST_SUBJECT = 500
"""Of a letter within the letter, that it is called by."""
AMBIGUOUS, TOO_DEEP, TOO_MANY = "mime.ambiguous", "mime.too_deep", "mime.too_many_parts"
HEADER_CUT, UNFINISHED = "mime.header_cut", "mime.unfinished"
LOOKS_LIKE_A_PART = re.compile(rb"[ \t]*content-[a-z-]+[ \t]*:", re.IGNORECASE)
MORE_AFTER_PADDING = re.compile(rb"=[=\s]*[A-Za-z0-9+/]")
BROKEN_QUOTED_PRINTABLE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+(?:\r?\n|\Z))")
OPAQUE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A part. `children` are the parts of a multipart, or the one Email within a message."""

    number: str
    content: Content
    offset: int
    length: int
    children: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A letter's own header, its tree, and what to warn of."""

    header: Header
    root: Entity
    warnings: tuple[str, ...]


class Mark(NamedTuple):
    """A line that begins with two dashes: a delimiter, if an open multipart says so."""

    at: int
    after: int
    """Where the next line begins."""
    token: bytes
    """What follows the dashes, without trailing blanks."""


Meaning = tuple[int, bool]
"""Which open multipart a mark delimits (0 = outermost), and whether it closes it."""


def scan(raw: bytes) -> Structure:
    """The structure of a letter. Takes any octets."""
    scanner = Scanner(raw)
    header, root = scanner.letter()
    return Structure(header=header, root=root, warnings=tuple(sorted(scanner.warnings)))


class Scanner:
    """One walk over one letter; good for one use."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.warnings: set[str] = set()
        self.marks = self._marks()
        self.next = 0
        self.open: list[bytes] = []
        self.closed: set[bytes] = set()
        self.meanings: dict[bytes, Meaning] = {}
        self.beginnings: tuple[bytes, ...] = ()
        self.parts = 0
        self.header_octets = 0

    def letter(self) -> tuple[Header, Entity]:
        """The letter's header and its tree."""
        header, body = self._header(0)
        root = self._entity(header, body, "", "1", 0, TEXT)
        self._delimiter()
        return header, root

    def _marks(self) -> list[Mark]:
        raw = self.raw
        marks: list[Mark] = []
        at = 0 if raw.startswith(b"--") else raw.find(b"\n--") + 1
        while raw.startswith(b"--", at):
            if len(marks) == MOST_MARKS:
                self.warnings.add(TOO_MANY)
                break
            end = raw.find(b"\n", at)
            after = len(raw) if end < 0 else end + 1
            marks.append(Mark(at, after, raw[at + 2 : after].rstrip()))
            at = raw.find(b"\n--", after - 1) + 1
            if at == 0:
                break
        return marks

    def _header(self, start: int) -> tuple[Header, int]:
        """The header at `start`, and where the body begins."""
        limit = len(self.raw) if start == 0 else min(len(self.raw), start + MOST_PART_BLOCK)
        end, body = end_of_header(self.raw, start, limit)
        if cut := self._delimiter(body):
            self.warnings.add(AMBIGUOUS)
            end = body = cut[0].at
        elif end == limit < len(self.raw):
            self.warnings.add(HEADER_CUT)
        self.header_octets += end - start
        if self.header_octets > MOST_HEADER_OCTETS and start > 0:
            self.warnings.add(HEADER_CUT)
            return Header(), body
        return read_header(self.raw[start : min(end, start + MOST_BLOCK + 1)]), body

    def _part(self, start: int, number: str, depth: int, default: str) -> Entity:
        header, body = self._header(start)
        return self._entity(header, body, number, number, depth, default)

    def _entity(
        self, header: Header, body: int, prefix: str, number: str, depth: int, default: str
    ) -> Entity:
        """The entity whose body begins at `body`; its parts are numbered below `prefix`."""
        self.parts += 1
        content = read_content(header, default)
        if header.odd or content.odd:
            self.warnings.add(AMBIGUOUS)
        if header.cut:
            self.warnings.add(HEADER_CUT)
        children: tuple[Entity, ...] = ()
        if depth == MOST_DEPTH and (content.is_multipart or content.media_type == MESSAGE):
            self.warnings.add(TOO_DEEP)
            content = replace(content, media_type=OPAQUE, boundary=b"")
        elif content.is_multipart:
            children = self._parts(content, prefix, depth)
            if not children:
                content = replace(content, media_type=TEXT, boundary=b"")
        elif content.media_type == MESSAGE:
            subject, children = self._message(content, body, number, depth)
            if subject and not content.name:
                content = replace(content, name=f"{subject[:MOST_SUBJECT]}.eml")
        self._check_encoding(content, body, encodable=not children)
        return Entity(
            number=number,
            content=content,
            offset=body,
            length=self._end(body) - body,
            children=children,
        )

    def _parts(self, content: Content, prefix: str, depth: int) -> tuple[Entity, ...]:
        """The parts of a multipart, in order; none when its boundary never comes."""
        level = len(self.open)
        self.open.append(content.boundary)
        self._learn()
        default = MESSAGE if content.media_type == "multipart/digest" else TEXT
        children: list[Entity] = []
        found = self._delimiter()
        while found and found[1] == (level, False):
            self.next += 1
            if self.parts < MOST_PARTS:
                number = _below(prefix, len(children) + 1)
                children.append(self._part(found[0].after, number, depth + 1, default))
            else:
                self.warnings.add(TOO_MANY)
            found = self._delimiter()
        if found and found[1] == (level, True):
            self.next += 1
        else:
            self.warnings.add(UNFINISHED)
        if not children:
            self.warnings.add(AMBIGUOUS)
        boundary = self.open.pop()
        self.closed |= {boundary, boundary + b"--"}
        self._learn()
        return tuple(children)

    def _message(
        self, content: Content, body: int, number: str, depth: int
    ) -> tuple[str, tuple[Entity, ...]]:
        """The Email within a message and what it is about, unless it is encoded, which RFC 2046
        §5.2.1 forbids."""
        if content.encoding is not TransferEncoding.IDENTITY:
            self.warnings.add(AMBIGUOUS)
            return "", ()
        header, start = self._header(body)
        subject = unstructured(header.get(b"subject")[:MOST_SUBJECT])
        return subject, (self._entity(header, start, number, _below(number, 1), depth + 1, TEXT),)

    def _check_encoding(self, content: Content, body: int, *, encodable: bool) -> None:
        """Whether readers could decode a body in two ways."""
        if content.encoding is TransferEncoding.IDENTITY:
            return
        end = self._end(body)
        if not encodable:
            self.warnings.add(AMBIGUOUS)
        elif content.encoding is TransferEncoding.BASE64:
            padding = self.raw.find(b"=", body, end)
            if padding >= 0 and MORE_AFTER_PADDING.match(self.raw, padding, end):
                self.warnings.add(AMBIGUOUS)
        elif content.name and BROKEN_QUOTED_PRINTABLE.search(self.raw, body, end):
            # Only for files: a stray '=' in a letter's own text is common and hides nothing.
            self.warnings.add(AMBIGUOUS)

    def _end(self, body: int) -> int:
        """Where a body ends: before the line break that belongs to the delimiter after it."""
        found = self._delimiter()
        if found is None:
            return len(self.raw)
        end = found[0].at
        for line_break in (b"\r\n", b"\n"):
            if self.raw.endswith(line_break, body, end):
                return end - len(line_break)
        return max(body, end)

    def _delimiter(self, limit: int | None = None) -> tuple[Mark, Meaning] | None:
        """The next mark, before `limit`, that delimits an open multipart. Does not pass it."""
        while self.next < len(self.marks):
            mark = self.marks[self.next]
            if limit is not None and mark.at >= limit:
                return None
            if (meaning := self._meaning(mark.token)) is not None:
                return mark, meaning
            if AMBIGUOUS not in self.warnings and self._looks_hidden(mark):
                self.warnings.add(AMBIGUOUS)
            self.next += 1
        return None

    def _learn(self) -> None:
        """What each token means from now on; the innermost multipart has the last word."""
        self.meanings.clear()
        self.beginnings = tuple(self.open)
        for level, boundary in enumerate(self.open):
            self.meanings[boundary] = level, False
            self.meanings[boundary + b"--"] = level, True

    def _meaning(self, token: bytes) -> Meaning | None:
        """What a mark delimits; told as ambiguous when another reader would disagree."""
        if not token.startswith(self.beginnings):
            return None
        if AMBIGUOUS not in self.warnings:
            rests = [token[len(b) :] for b in self.open if token.startswith(b)]
            if len(rests) > 1 or rests[0] not in (b"", b"--"):
                # RFC 2046 §5.1.1 compares only the beginning of the line; most readers all of it.
                self.warnings.add(AMBIGUOUS)
        return self.meanings.get(token)

    def _looks_hidden(self, mark: Mark) -> bool:
        """Whether another reader could take this line, which delimits nothing, for a delimiter."""
        return (
            mark.token in self.closed or LOOKS_LIKE_A_PART.match(self.raw, mark.after) is not None
        )


def _below(prefix: str, number: int) -> str:
    return f"{prefix}.{number}" if prefix else str(number)

"""Header protection (RFC 9788): the header of a letter put inside what is signed or sealed.

What is outside can be read, and changed, by whoever carries the letter: its subject names the
patient. So the whole header goes inside; outside, a sealed letter has a subject that says nothing,
and inside it is told what was left outside (HP-Outer), so that a reader knows what was secret.

Read as well: the older `protected-headers="v1"`, and a whole message/rfc822 inside (RFC 8551 §3.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from sync.mime.header import MOST_BLOCK, MOST_FIELD, end_of_header
from sync.mime.params import read_parameters
from sync.mime.words import decode_octets

CIPHER, CLEAR, LEGACY, WRAPPED, NONE = "cipher", "clear", "v1", "rfc822", ""
HIDDEN_SUBJECT = b"[...]"
LEFT_OUT = frozenset({b"keywords", b"comments"})
STRUCTURAL = re.compile(rb"content-[!-9;-~]+|mime-version")
HP_OUTER = b"hp-outer"
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
FOLD = re.compile(rb"\r?\n(?=[ \t])")
MOST_FIELDS = 1000
LINE_WIDTH = 76


class Field(NamedTuple):
    """A header field: its octets as they stand, folds and last line break included."""

    name: bytes
    """Lower case."""
    raw: bytes

    @property
    def value(self) -> bytes:
        """What it says, on one line."""
        return FOLD.sub(b"", self.raw.partition(b":")[2]).strip(b" \t\r\n")

    @property
    def structural(self) -> bool:
        """Whether it says how the body is made, rather than anything of the letter."""
        return STRUCTURAL.fullmatch(self.name) is not None


@dataclass(frozen=True, slots=True)
class Protected:
    """A letter about to be signed or sealed."""

    outer: bytes
    """The fields that stay outside, without those of MIME."""
    head: bytes
    """The header that goes inside, its empty line included."""
    body: memoryview
    """What follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedHeader:
    """The header found inside what was signed or sealed. Its values are words from outside."""

    kind: str = NONE
    """`CIPHER`, `CLEAR`, `LEGACY`, `WRAPPED`; `NONE` where only the outer header exists."""
    fields: tuple[Field, ...] = ()
    """In order, without those of MIME."""
    outer: tuple[tuple[bytes, bytes], ...] = ()
    """(name, value) of each field the sender left outside, as the sender says."""

    def get(self, name: bytes) -> bytes | None:
        """What the first field of a name says; None where there is none."""
        return next((each.value for each in self.fields if each.name == name), None)

    def hidden(self, name: bytes) -> bool:
        """Whether what a field says was in the sealed part only (RFC 9788 §4)."""
        inside = [each.value for each in self.fields if each.name == name]
        known = {value for other, value in self.outer if other == name}
        return self.kind == CIPHER and any(value not in known for value in inside)


def fields_of(octets: bytes) -> tuple[list[Field], int]:
    """The fields of the header a letter or entity begins with, and where its body begins."""
    end, body = end_of_header(octets, 0, min(len(octets), MOST_BLOCK))
    block, found = octets[:end], []
    starts = [m.start() for m in re.finditer(rb"^(?=[!-9;-~])", block, re.MULTILINE)]
    for start, after in pairwise([*starts, len(block)]):
        if named := FIELD.match(block, start):
            raw = block[start:after]
            found.append(Field(named[1].lower(), raw if raw.endswith(b"\n") else raw + b"\r\n"))
    return found[:MOST_FIELDS], body


def protect(letter: bytes, *, sealed: bool) -> Protected:
    """Put the header of a letter inside. `sealed` hides its subject, keywords and comments."""
    fields, body = fields_of(letter)
    own = [each for each in fields if not each.structural and each.name != HP_OUTER]
    outside = [_outside(each) for each in own if each.name not in LEFT_OUT] if sealed else own
    inside = [each.raw for each in own]
    if sealed:
        inside += [_outer_field(each) for each in outside]
    inside += _content_fields(fields, CIPHER if sealed else CLEAR)
    head = b"".join(inside) + b"\r\n"
    return Protected(b"".join(each.raw for each in outside), head, memoryview(letter)[body:])


def _outside(field: Field) -> Field:
    """A field as it stays outside a sealed letter: the policy `hcp_baseline` of RFC 9788 §3.2.1."""
    if field.name == b"subject":
        return Field(field.name, b"Subject: " + HIDDEN_SUBJECT + b"\r\n")
    return field


def _outer_field(field: Field) -> bytes:
    first = field.raw.split(b"\n", 1)[0]
    gap = b" " if len(first) + len("HP-Outer: ") <= LINE_WIDTH else b"\r\n "
    return b"HP-Outer:" + gap + field.raw


def _content_fields(fields: list[Field], kind: str) -> list[bytes]:
    """The fields of MIME, that of the type marked."""
    mark = f';\r\n hp="{kind}"\r\n'.encode()
    content = [each for each in fields if each.name.startswith(b"content-")]
    if not any(each.name == b"content-type" for each in content):
        plain = b"Content-Type: text/plain; charset=us-ascii" + mark
        return [plain, *(each.raw for each in content)]
    return [
        each.raw.rstrip(b"; \t\r\n") + mark if each.name == b"content-type" else each.raw
        for each in content
    ]


def read_protected(payload: bytes) -> ProtectedHeader:
    """The header inside the innermost of what was signed or sealed. Takes any octets."""
    fields, body = fields_of(payload)
    declared = next((each.value for each in fields if each.name == b"content-type"), b"")
    words = decode_octets(declared[:MOST_FIELD])
    parameters = read_parameters(words)
    hp = parameters.get("hp").lower()
    if hp in (CIPHER, CLEAR):
        return ProtectedHeader(kind=hp, fields=_own(fields), outer=_outer(fields))
    if parameters.get("protected-headers").lower() == LEGACY:
        return ProtectedHeader(kind=LEGACY, fields=_own(fields))
    if words.partition(";")[0].strip().lower() == "message/rfc822":
        inner, _ = fields_of(payload[body : body + MOST_BLOCK])
        return ProtectedHeader(kind=WRAPPED, fields=_own(inner))
    return ProtectedHeader()


def _own(fields: list[Field]) -> tuple[Field, ...]:
    return tuple(each for each in fields if not each.structural and each.name != HP_OUTER)


def _outer(fields: list[Field]) -> tuple[tuple[bytes, bytes], ...]:
    pairs = (each.value.partition(b":") for each in fields if each.name == HP_OUTER)
    return tuple((name.strip(b" \t").lower(), value.strip(b" \t")) for name, _, value in pairs)


def presented(letter: bytes, payload: bytes) -> bytes:
    """A letter to be read: what was inside, under the header inside where there is one.

    Where there is none, the header of `letter` is all there is: nobody signed it. The older way
    often has nothing but the subject inside; the rest is then that of `letter`, unsigned too.
    """
    found = read_protected(payload)
    fields, body = fields_of(payload)
    if found.kind == WRAPPED:
        return payload[body:]
    own = found.fields
    if found.kind in (NONE, LEGACY):
        inside = {each.name for each in own}
        own += tuple(e for e in _own(fields_of(letter)[0]) if e.name not in inside)
    content = [each.raw for each in fields if each.structural]
    return b"".join([*(each.raw for each in own), *content, b"\r\n", payload[body:]])

"""Lines of fields, as HL7 v2 and HPRIM Santé write them: one way to take them apart. Pure.

A field is repetitions, a repetition components, a component subcomponents; which characters
separate them is said at the head of the message (HL7 v2.5 §2.5.4; HPRIM Santé is ASTM E1238 alike).
Cutting is bounded: what would be the ten-thousandth piece stays whole in the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MOST_FIELDS, MOST_PIECES = 300, 10_000
MOST_LINES = 500_000
BEHIND = "\x1a\0"
ESCAPED = 64
"""Characters between two escape characters: a longer run is text that holds two backslashes."""
EMPTY = '""'
"""What was there is to be forgotten (HL7 v2.5 §2.6, null)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Separators:
    """The characters of one message; '' for one that it does not have."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One line: its name, and its fields numbered from 1 as the standards number them."""

    name: str
    fields: tuple[str, ...]
    separators: Separators
    charset: str = "utf_8"
    r"""Of octets that an escape names (\XE9\)."""

    def raw(self, field: int) -> str:
        """A field as it stands; '' when the line is shorter."""
        return self.fields[field - 1] if field <= len(self.fields) else ""

    def repetitions(self, field: int) -> list[str]:
        """Its repetitions, not yet unescaped; none of an empty field."""
        raw = self.raw(field)
        return cut(raw, self.separators.repetition) if raw else []

    def components(self, repetition: str) -> list[str]:
        """The components of a repetition, unescaped; subcomponents stay joined."""
        return [self.unescaped(part) for part in self.pieces(repetition)]

    def pieces(self, repetition: str) -> list[str]:
        """The components of a repetition, as they stand."""
        return cut(repetition, self.separators.component)

    def part(self, field: int, component: int = 1) -> str:
        """A component of the first repetition of a field, without the blanks around it."""
        repetitions = self.repetitions(field)
        return self.component(repetitions[0], component) if repetitions else ""

    def component(self, repetition: str, component: int, subcomponent: int = 0) -> str:
        """One component, or one subcomponent of it; '' where it is said to be empty."""
        pieces = self.pieces(repetition)
        piece = pieces[component - 1] if component <= len(pieces) else ""
        if subcomponent:
            inner = cut(piece, self.separators.subcomponent)
            piece = inner[subcomponent - 1] if subcomponent <= len(inner) else ""
        return "" if piece == EMPTY else self.unescaped(piece).strip()

    def text(self, field: int) -> str:
        """A field of words: each repetition is a line (TX of HL7 and of HPRIM)."""
        return "\n".join(self.unescaped(each) for each in self.repetitions(field))

    def unescaped(self, text: str) -> str:
        r"""What \F\, \S\, \T\, \R\, \E\, \.br\ and \Xhh\ stand for (HL7 v2.5 §2.7)."""
        mark = self.separators.escape
        if not mark or mark not in text:
            return text
        quoted = re.escape(mark)
        pattern = f"{quoted}([^{quoted}\n]{{1,{ESCAPED}}}){quoted}"
        return re.sub(pattern, lambda found: escaped(self.separators, self.charset, found[1]), text)


@lru_cache(maxsize=1024)
def escaped(separators: Separators, charset: str, code: str) -> str:
    """What one escape stands for; an unknown one stays as it was written."""
    known = {
        "F": separators.field,
        "S": separators.component,
        "R": separators.repetition,
        "T": separators.subcomponent,
        "E": separators.escape,
        "H": "",
        "N": "",
        ".br": "\n",
        ".sp": "\n",
        ".ce": "\n",
        ".fi": "",
        ".nf": "",
    }
    if code in known:
        return known[code]
    if found := re.fullmatch(r"\.(sp|in|ti|sk)\s*([+-]?[0-9]{1,2})", code):
        count = min(max(int(found[2]), 0), 20)
        return "\n" * count if found[1] == "sp" else " " * count
    if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
        return bytes.fromhex(code[1:]).decode(charset, "replace")
    return f"{separators.escape}{code}{separators.escape}"


def cut(text: str, separator: str) -> list[str]:
    """The pieces of a text, never more than MOST_PIECES."""
    return text.split(separator, MOST_PIECES) if separator else [text]


def lines_of(text: str) -> list[str]:
    r"""Its lines, whether they end by CR, LF, CRLF or all of them; CR CR LF is one end of line.

    A file that passed through two systems in "text mode" has its every CRLF become CR CR LF. What
    DOS or a fixed block leaves behind the last line (^Z, NUL) is no line.
    """
    text = text.rstrip(BEHIND)
    if (doubled := text.count("\r\r\n")) and doubled == text.count("\n"):
        text = text.replace("\r\r\n", "\n")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def line_ends(text: str) -> int:
    """No fewer than the ends of line of a text: counted before anything is cut."""
    return text.count("\n") + text.count("\r")


def segment(line: str, separators: Separators, charset: str = "utf_8") -> Segment:
    """One line taken apart."""
    name, *fields = line.split(separators.field, MOST_FIELDS)
    return Segment(name=name.strip(), fields=tuple(fields), separators=separators, charset=charset)


def unique(warnings: Iterator[str] | list[str]) -> tuple[str, ...]:
    """Each warning once, in the order they came."""
    return tuple(dict.fromkeys(warnings))

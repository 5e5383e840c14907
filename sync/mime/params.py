"""Parameters of a structured field (RFC 2045 §5.1), split and encoded ones included (RFC 2231).

Read leniently, for a file name that shows is better than one that hides; but whatever two readers
could read differently makes the field `odd`, and the letter is then marked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sync.mime.words import decode_octets, decode_words, unquote

PARAMETER = re.compile(
    r';[ \t]*([^\s=;"()\\]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*+)"|([^";]*))[ \t]*(?=;|\Z)', re.DOTALL
)
KEY = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*?)")
ESCAPED = re.compile(r'\\(["\\])')
COMMENT_AT_END = re.compile(r"[ \t]+\([^()]*\)\Z")
UNSAFE_UNQUOTED = re.compile(r"[()\\\x00-\x08\x0b-\x1f\x7f]")
ENDING = re.compile(r"\.[^.\s]{1,8}\Z")

Sections = dict[int, tuple[str, bool]]
"""RFC 2231 §3: by number (0 for a whole value), the text and whether it is percent-encoded."""


@dataclass(slots=True)
class Parameters:
    """What followed the first ';' of a field."""

    plain: dict[str, str] = field(default_factory=dict)
    """By lower-case name, the first of each."""
    sections: dict[str, Sections] = field(default_factory=dict)
    odd: bool = False

    def get(self, name: str) -> str:
        """The value of a parameter, decoded; '' when absent."""
        sections = self.sections.get(name)
        return _join(sections) if sections else decode_words(self.plain.get(name, ""))


def differ(one: str, other: str) -> bool:
    """Whether two names of one file would make different kinds of file of it."""
    return _ending(one) != _ending(other)


def _ending(name: str) -> str:
    found = ENDING.search(name.strip())
    return found[0].lower() if found else ""


def read_parameters(text: str) -> Parameters:
    """The parameters in a field's value, which begin at its first ';'."""
    found = Parameters()
    at = text.find(";")
    while 0 <= at < len(text):
        match = PARAMETER.match(text, at)
        if match is None:
            at = _read_loosely(found, text, at)
        else:
            _keep(found, match[1], _value(found, match))
            at = match.end()
    if found.sections:
        _judge(found)
    return found


def _value(found: Parameters, match: re.Match[str]) -> str:
    if match[2] is not None:
        return ESCAPED.sub(r"\1", match[2]) if "\\" in match[2] else match[2]
    value = COMMENT_AT_END.sub("", match[3].strip(" \t"))
    found.odd = found.odd or UNSAFE_UNQUOTED.search(value) is not None
    return value


def _read_loosely(found: Parameters, text: str, at: int) -> int:
    """Read what the grammar does not allow, up to the next ';'. Returns where that is."""
    end = text.find(";", at + 1)
    end = len(text) if end < 0 else end
    name, equals, value = text[at + 1 : end].partition("=")
    found.odd = found.odd or bool(name.strip() or equals)
    if equals:
        _keep(found, name.strip(" \t"), value.replace('"', "").strip(" \t"))
    return end


def _keep(found: Parameters, name: str, value: str) -> None:
    key = KEY.fullmatch(name.lower())
    if key is None or (key[2] is None and not key[3]):
        kept = found.plain.setdefault(name.lower(), value)
        found.odd = found.odd or kept != value
        return
    sections = found.sections.setdefault(key[1], {})
    section = (value, bool(key[3]))
    found.odd = found.odd or sections.setdefault(int(key[2] or 0), section) != section


def _judge(found: Parameters) -> None:
    """Sections missing or out of order, and values given in both forms that are not the same."""
    for name, sections in found.sections.items():
        if list(sections) != list(range(len(sections))):
            found.odd = True
        plain, joined = found.plain.get(name), found.get(name)
        if plain is not None and plain != joined:
            file = name in ("name", "filename")
            found.odd = found.odd or not file or differ(decode_words(plain), joined)


def _join(sections: Sections) -> str:
    ordered = [sections[number] for number in sorted(sections)]
    if not any(encoded for _, encoded in ordered):
        return decode_words("".join(text for text, _ in ordered))
    text, encoded = ordered[0]
    named = text.split("'", 2) if encoded else []
    charset, first = (named[0], named[2]) if len(named) == 3 else ("", text)
    octets = [unquote(t) if e else t.encode("utf-8", "replace") for t, e in ordered[1:]]
    octets.insert(0, unquote(first) if encoded else first.encode("utf-8", "replace"))
    return decode_octets(b"".join(octets), charset)

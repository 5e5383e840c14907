"""Lists of addresses (RFC 5322 §3.4) as senders write them, obsolete and broken forms included.

One pass from left to right. What cannot be an address is kept as a name: nothing a sender wrote is
turned into an address that is not there.
"""

from __future__ import annotations

import re

from store.model.email import EmailAddress
from sync.mime.words import decode_octets, decode_words

MOST_ADDRESSES = 1000
MOST_CHARACTERS = 1000
"""Of one name or one address."""
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"?|([^"(<,;:]+)|([(<,;:])', re.DOTALL)
PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
SIMPLE = re.compile(
    r'(?:"([^"\\]*+)"[ \t]*+|([^",;:<>()@\\]*+))<([^\s"(),:;<>@\\]++@[^\s"(),:;<>@\\]++)>'
)
"""`Name <address>` and no more, as nearly all are: a tenth of the time."""


def read_addresses(value: bytes) -> tuple[EmailAddress, ...]:
    """The addresses in a field's value; groups are opened, their names dropped."""
    if not value:
        return ()
    text = decode_octets(value).strip()
    if simple := SIMPLE.fullmatch(text):
        return (_address(simple[1] or simple[2] or "", simple[3]),)
    return tuple(Reader(text).read())


class Reader:
    """One pass over one field; good for one use."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found: list[EmailAddress] = []
        self.words: list[str] = []
        self.comment = ""
        self.angle: str | None = None

    def read(self) -> list[EmailAddress]:
        """Every address in the text, in order."""
        while self.at < len(self.text) and len(self.found) < MOST_ADDRESSES:
            token = TOKEN.match(self.text, self.at)
            if token is None:
                break
            self.at = token.end()
            if token[1] is not None:
                self.words.append(ESCAPED.sub(r"\1", token[1]))
            elif token[2] is not None:
                self.words.append(token[2])
            else:
                self._special(token[3])
        self._end()
        return self.found

    def _special(self, mark: str) -> None:
        if mark == "(":
            self._skip_comment()
        elif mark == "<":
            end = self.text.find(">", self.at)
            end = len(self.text) if end < 0 else end
            self.angle = self.text[self.at : end].lstrip("<")
            self.at = end + 1
        elif mark == ":" and self.angle is None:
            self.words.clear()
        else:
            self._end()

    def _skip_comment(self) -> None:
        """Pass a comment, nested ones included; a comment alone may be the name (RFC 822 days)."""
        start, depth = self.at, 1
        for found in PARENTHESIS.finditer(self.text, start):
            depth += {"(": 1, ")": -1}.get(found[0], 0)
            if depth == 0:
                self.comment = self.text[start : found.start()]
                self.at = found.end()
                return
        self.comment, self.at = self.text[start:], len(self.text)

    def _end(self) -> None:
        """One address is complete."""
        words = " ".join(" ".join(self.words).split())
        if self.angle is not None:
            self.found.append(_address(words or self.comment, self.angle))
        elif "@" in words and " " not in words:
            self.found.append(_address(self.comment, words))
        elif words or self.comment:
            self.found.append(_address(words or self.comment, ""))
        self.words.clear()
        self.comment, self.angle = "", None


def _address(name: str, email: str) -> EmailAddress:
    email = "".join(email.split())
    if email.startswith("@"):
        email = email.rpartition(":")[2]
    name = " ".join(decode_words(name).split())
    return EmailAddress(name=name[:MOST_CHARACTERS], email=email[:MOST_CHARACTERS])

"""Which parts of a letter are its own text, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.model.transfer import decode
from sync.mime.structure import Entity
from sync.mime.words import decode_octets

MOST_CHARACTERS = 2_000_000
MOST_OCTETS = 4 * MOST_CHARACTERS
MOST_MARKUP = 500_000
"""Characters of HTML read in one letter."""
MOST_LAYOUTS = 3
"""HTML parts of one letter that are laid out; the others are written out flat, which is quick."""
READABLE = ("text/plain", "text/html")
BODY_CUT = "mime.body_cut"
HIDDEN_WORDS, STRUCK_WORDS = "mime.hidden_words", "mime.struck_words"
EMBEDDED = re.compile(r"(?<=;base64,)[A-Za-z0-9+/=%\r\n]{100,}+")
"""A picture inside the markup: nothing of it is read, and a logo can be longer than the letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a letter says."""

    body: str
    from_html: bool
    own: frozenset[str]
    """Numbers of the parts that say it, in each form it was sent in."""
    sizes: dict[str, int]
    """Octets of each part that was decoded, by number."""
    warnings: frozenset[str]
    """What the reader must know of it: codes."""


def read_text(raw: bytes, root: Entity) -> Text:
    """The text of a letter: its readable parts one after the other, the best of each choice.

    A text with a file name is an attachment, unless the letter says nothing else.
    """
    reader = Reader(raw)
    shown = reader.choose(root) or reader.choose(root, named=True)
    texts = [text for text in map(reader.text, shown) if text.strip()]
    body = "\n\n".join(texts)
    reader.warn(BODY_CUT, len(body) > MOST_CHARACTERS)
    return Text(
        body=body[:MOST_CHARACTERS].rstrip(),
        from_html=any(part.content.media_type == "text/html" for part in shown),
        own=frozenset(reader.own),
        sizes=reader.sizes,
        warnings=frozenset(reader.warnings),
    )


class Reader:
    """Decodes each text of one letter at most once."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.texts: dict[str, str] = {}
        self.own: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.warnings: set[str] = set()
        self.markup = self.layouts = 0

    def choose(self, entity: Entity, *, named: bool = False) -> list[Entity]:
        """The leaves to show for `entity`; with `named`, also those that have a file name."""
        content = entity.content
        if content.media_type == "multipart/alternative":
            return self._best([self.choose(child, named=named) for child in entity.children])
        if content.is_multipart:
            return [leaf for child in entity.children for leaf in self.choose(child, named=named)]
        if content.media_type not in READABLE or content.disposition == "attachment":
            return []
        if content.name and not named:
            return []
        self.own.add(entity.number)
        return [entity]

    def _best(self, choices: list[list[Entity]]) -> list[Entity]:
        """Plain text when it says something; else the last that does (RFC 2046 §5.1.4)."""
        choices = [leaves for leaves in choices if leaves]
        plain = [leaves for leaves in choices if leaves[0].content.media_type == "text/plain"]
        for leaves in [*plain, *reversed(choices)]:
            if any(self.text(leaf).strip() for leaf in leaves):
                return leaves
        return choices[0] if choices else []

    def text(self, leaf: Entity) -> str:
        """What a leaf says, lines ended by '\\n', without NUL."""
        if leaf.number not in self.texts:
            self.texts[leaf.number] = self._read(leaf)
        return self.texts[leaf.number]

    def _read(self, leaf: Entity) -> str:
        length = min(leaf.length, MOST_OCTETS)
        octets = decode(self.raw[leaf.offset : leaf.offset + length], leaf.content.encoding)
        self.sizes[leaf.number] = len(octets)
        words = decode_octets(octets, leaf.content.charset)
        self.warn(BODY_CUT, leaf.length > MOST_OCTETS)
        if leaf.content.media_type == "text/html":
            return self._from_html(words)
        return words.replace("\r\n", "\n").replace("\r", "\n").strip("\n")

    def _from_html(self, markup: str) -> str:
        from sync.mime.html import html_to_text

        left = MOST_MARKUP - self.markup
        markup = EMBEDDED.sub("", markup) if len(markup) > left else markup
        self.markup += min(left, len(markup))
        self.layouts += 1
        shown = html_to_text(markup[:left], layout=self.layouts <= MOST_LAYOUTS)
        self.warn(BODY_CUT, len(markup) > left)
        self.warn(HIDDEN_WORDS, shown.hides)
        self.warn(STRUCK_WORDS, shown.strikes)
        return shown.text

    def warn(self, code: str, true: bool) -> None:
        """Tell the reader of it, where it is so."""
        if true:
            self.warnings.add(code)

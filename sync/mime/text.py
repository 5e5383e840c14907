"""Which parts of a letter are its own text, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.model.transfer import decode
from sync.mime.flowed import unflowed
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

LOOKS = re.compile(r"<(?:s|strike|del|sup)[\s>]|line-through", re.IGNORECASE)
"""What a plain text loses without a word."""
FEW_WORDS = 60
"""Of a plain text that may stand for another."""


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
    numbers = {leaf.number for leaf in shown}
    warnings = {code for number, code in reader.warnings if number in numbers}
    if len(body) > MOST_CHARACTERS:
        warnings.add(BODY_CUT)
    return Text(
        body=body[:MOST_CHARACTERS].rstrip(),
        from_html=any(part.content.media_type == "text/html" for part in shown),
        own=frozenset(reader.own),
        sizes=reader.sizes,
        warnings=frozenset(warnings),
    )


class Reader:
    """Decodes each text of one letter at most once."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.texts: dict[str, str] = {}
        self.own: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.warnings: set[tuple[str, str]] = set()
        """Of which part, a code."""
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
        """Plain text when it says as much; else the last that says something (RFC 2046 §5.1.4)."""
        choices = [leaves for leaves in choices if leaves]
        plain = [leaves for leaves in choices if leaves[0].content.media_type == "text/plain"]
        for leaves in [*plain, *reversed(choices)]:
            if said := self._words(leaves):
                return choices[-1] if self._says_more(choices[-1], said) else leaves
        return choices[0] if choices else []

    def _words(self, leaves: list[Entity]) -> int:
        return sum(len(self.text(leaf).split()) for leaf in leaves)

    def _says_more(self, leaves: list[Entity], said: int) -> bool:
        """Whether the last choice says what a plain text of so many words does not.

        By its looks: in plain text `10<sup>9</sup>` is 109, and a dose that was struck out is the
        dose. Or in words: a plain text may only say that the letter is in HTML.
        """
        html = [leaf for leaf in leaves if leaf.content.media_type == "text/html"]
        if any(LOOKS.search(self._decoded(leaf)[:MOST_MARKUP]) for leaf in html):
            return self._words(leaves) > 0
        return bool(html) and said <= FEW_WORDS and self._words(leaves) > 3 * said + 10

    def text(self, leaf: Entity) -> str:
        """What a leaf says, lines ended by '\\n', without NUL."""
        if leaf.number not in self.texts:
            self.texts[leaf.number] = self._read(leaf)
        return self.texts[leaf.number]

    def _decoded(self, leaf: Entity) -> str:
        length = min(leaf.length, MOST_OCTETS)
        octets = decode(self.raw[leaf.offset : leaf.offset + length], leaf.content.encoding)
        self.sizes[leaf.number] = len(octets)
        return decode_octets(octets, leaf.content.charset)

    def _read(self, leaf: Entity) -> str:
        words = self._decoded(leaf)
        self._warn(leaf, BODY_CUT, leaf.length > MOST_OCTETS)
        if leaf.content.media_type == "text/html":
            return self._from_html(leaf, words)
        words = words.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        if leaf.content.is_flowed:
            return unflowed(words, deletes_space=leaf.content.deletes_space)
        return words

    def _from_html(self, leaf: Entity, markup: str) -> str:
        from sync.mime.html import html_to_text

        left = MOST_MARKUP - self.markup
        markup = EMBEDDED.sub("", markup) if len(markup) > left else markup
        self.markup += min(left, len(markup))
        self.layouts += 1
        shown = html_to_text(markup[:left], layout=self.layouts <= MOST_LAYOUTS)
        self._warn(leaf, BODY_CUT, len(markup) > left)
        self._warn(leaf, HIDDEN_WORDS, shown.hides)
        self._warn(leaf, STRUCK_WORDS, shown.strikes)
        return shown.text

    def _warn(self, leaf: Entity, code: str, true: bool) -> None:
        if true:
            self.warnings.add((leaf.number, code))

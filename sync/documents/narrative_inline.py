"""The words inside a paragraph or a cell: line breaks, marks, links, notes, pictures. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sync.documents.cda_types import SPACE, attribute, words
from sync.documents.xml import Element

POWER = re.compile(r"[+-]?[0-9]{1,3}")
BREAKING = ("paragraph", "item", "list", "table", "tr", "caption")
"""What begins on a line of its own, even inside a cell."""
MOST_NESTED = 60
REVISED = {"delete": ("[-", "-]"), "insert": ("[+", "+]")}
MOST_LINK = 200


class Notes:
    """What is known of a whole document: its files, and the footnotes of the section being read."""

    def __init__(self, document: Element) -> None:
        self.warnings: dict[str, None] = {}
        self._files = {
            attribute(media, "ID"): attribute(media.find("value"), "mediaType")
            for media in document.iter("observationMedia", "regionOfInterest")
        }
        self._numbers: dict[str, int] = {}
        self._texts: list[tuple[int, str]] = []
        self._count = 0

    def begin(self, text: Element) -> None:
        """A section begins. Its notes are numbered now: a reference may stand before its note."""
        self._texts = []
        self._numbers = {
            attribute(note, "ID"): self._count + place
            for place, note in enumerate(text.iter("footnote"), 1)
            if attribute(note, "ID")
        }

    def end(self) -> Iterator[tuple[int, str]]:
        """The section ends: its footnotes."""
        yield from self._texts

    def footnote(self, note: Element) -> str:
        self._count += 1
        number = self._numbers.get(attribute(note, "ID"), self._count)
        self._texts.append((number, words(note)))
        return f"[{number}]"

    def reference(self, note: Element) -> str:
        number = self._numbers.get(attribute(note, "IDREF"))
        return f"[{number}]" if number else "[?]"

    def file(self, shown: Element) -> str:
        """A picture or a PDF that stands here: what it is, not what is in it."""
        names = attribute(shown, "referencedObject").split()
        kinds = [self._files.get(name, "") for name in names]
        if not names or any(name not in self._files for name in names):
            self.warnings["cda.file_missing"] = None
        return f"[{', '.join(kind or '?' for kind in kinds) or '?'}]"

    def lines(self, element: Element) -> Iterator[str]:
        """What an element says, on the lines its author made."""
        if not len(element):
            yield from one_line(element.text or "")
            return
        run = Inline(self)
        run.inside(element)
        yield from run.taken()


class Inline:
    """Words as they come, until they are taken."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self._pieces: list[str] = []

    def add(self, text: str | None) -> None:
        """White space in XML is one space, whatever it is."""
        if text:
            self._pieces.append(SPACE.sub(" ", text))

    def taken(self) -> list[str]:
        """The lines so far, empty ones left out."""
        text = "".join(self._pieces)
        self._pieces = []
        return [line for said in text.split("\n") for line in one_line(said)]

    def element(self, element: Element, depth: int = 0) -> None:
        """What one element says."""
        tag = element.tag
        if depth > MOST_NESTED:
            self.add(words(element))
        elif tag == "br":
            self._pieces.append("\n")
        elif tag == "footnote":
            self.add(self.notes.footnote(element))
        elif tag == "footnoteRef":
            self.add(self.notes.reference(element))
        elif tag == "renderMultiMedia":
            self.add(self.notes.file(element))
            self.inside(element, depth)
        elif tag == "linkHtml":
            self._link(element, depth)
        elif tag == "sup" and POWER.fullmatch(words(element)):
            self.add(f"^{words(element)}")
        else:
            self._styled(element, depth)

    def inside(self, element: Element, depth: int = 0) -> None:
        """What all that an element holds says."""
        self.add(element.text)
        for child in element:
            self.element(child, depth + 1)
            self.add(child.tail)

    def _styled(self, element: Element, depth: int) -> None:
        breaks = element.tag in BREAKING
        before, after = REVISED.get(attribute(element, "revised"), ("", ""))
        if element.tag == "content" and "bold" in attribute(element, "styleCode").lower():
            before, after = f"{before}*", f"*{after}"
        if breaks:
            self._pieces.append("\n")
        if element.tag in ("td", "th") and element.getprevious() is not None:
            self.add(" | ")
        if not before:
            self.inside(element, depth)
        else:
            start = len(self._pieces)
            self.inside(element, depth)
            self._pieces[start:] = _around(before, "".join(self._pieces[start:]), after)
        if breaks:
            self._pieces.append("\n")

    def _link(self, element: Element, depth: int) -> None:
        """A link is its words and where it leads; one inside the document, only its words."""
        self.inside(element, depth)
        target = attribute(element, "href")[:MOST_LINK]
        if target and not target.startswith("#") and target != words(element):
            self.add(f" <{target}>")


def _around(before: str, text: str, after: str) -> tuple[str, ...]:
    """Marks stand at the words themselves, not at the space around them."""
    inner = text.strip(" \n")
    if not inner:
        return (text,)
    start = text.index(inner)
    return (text[:start], before, inner, after, text[start + len(inner) :])


def one_line(text: str) -> list[str]:
    """One line without the space around and between its words; none when it is empty."""
    if text.isascii():
        said = " ".join(text.split())
    else:
        said = unicodedata.normalize("NFC", SPACE.sub(" ", text).strip(" "))
    return [said] if said else []

"""The narrative of a CDA as a terminal can show it: titles, paragraphs, lists, tables, notes. Pure.

The narrative is what the author signed, and is shown whole. Styles are not drawn, but for those
that mean something: bold is how laboratories mark an abnormal value (*5.2*), and text struck out by
a revision must not be read as text ([-...-], [+...+]).
"""

from __future__ import annotations

from collections.abc import Iterator

from sync.documents.cda_media import is_packed
from sync.documents.cda_types import words
from sync.documents.narrative_inline import Inline, Notes
from sync.documents.narrative_table import is_regular, laid_out
from sync.documents.narrative_wrap import wrapped
from sync.documents.xml import Element

WIDTH = 78
MOST_CHARACTERS = 2_000_000
MOST_NESTED = 40
"""Lists in lists, or tables in tables, that are drawn as such; below, only their words."""
NARROWEST = 20
BLOCKS = ("paragraph", "list", "table")
NUMERALS = {
    "Arabic": "1",
    "LittleAlpha": "a",
    "BigAlpha": "A",
    "LittleRoman": "i",
    "BigRoman": "I",
}
ROMAN = ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def body_text(document: Element) -> tuple[str, tuple[str, ...]]:
    """The text of every section, and what is odd about it."""
    notes = Notes(document)
    lines: list[str] = []
    length = 0
    for line in _body(document, notes):
        if not line and not (lines and lines[-1]):
            continue
        length += len(line) + 1
        if length > MOST_CHARACTERS:
            notes.warnings["cda.text_cut"] = None
            break
        lines.append(line)
    return "\n".join(lines).strip("\n"), tuple(notes.warnings)


def _body(document: Element, notes: Notes) -> Iterator[str]:
    for text in document.iterfind("component/nonXMLBody/text"):
        if not is_packed(text):
            yield from "".join(text.itertext()).strip().splitlines()
    # By hand: sections in sections may be deeper than Python's own stack.
    todo = [
        (each, 0)
        for each in reversed(document.findall("component/structuredBody/component/section"))
    ]
    while todo:
        section, depth = todo.pop()
        yield from _section(section, depth, notes)
        todo += [(each, depth + 1) for each in reversed(section.findall("component/section"))]


def _section(section: Element, depth: int, notes: Notes) -> Iterator[str]:
    if title := words(section.find("title")):
        lines = list(wrapped([title], WIDTH))
        yield from ("", *lines, ("-" if depth else "=") * max(map(len, lines)))
    text = section.find("text")
    if text is None:
        return
    notes.begin(text)
    yield from _blocks(text, WIDTH, notes)
    for number, note in notes.end():
        mark = f"[{number}] "
        yield from wrapped([note], WIDTH, mark, " " * len(mark))
    yield ""


def _blocks(
    element: Element, width: int, notes: Notes, depth: int = 0, title: Element | None = None
) -> Iterator[str]:
    """The lines of what an element holds: runs of words, and blocks between them.

    Args:
        title: what was said already.
    """
    if depth > MOST_NESTED or width < NARROWEST:
        yield from wrapped([words(element)], width)
        return
    run = Inline(notes)
    run.add(element.text)
    for child in element:
        if child.tag in BLOCKS:
            yield from wrapped(run.taken(), width)
            yield from _block(child, width, notes, depth + 1)
        elif child is not title:
            run.element(child)
        run.add(child.tail)
    yield from wrapped(run.taken(), width)


def _block(block: Element, width: int, notes: Notes, depth: int) -> Iterator[str]:
    if not is_regular(block):
        # Words where the standard has no place for any: they are shown, as lines.
        yield from wrapped(notes.lines(block), width)
        return
    caption = block.find("caption")
    if caption is not None:
        yield from wrapped(notes.lines(caption), width)
    if block.tag == "table":
        yield from laid_out(block, width, notes)
        yield ""
    elif block.tag == "list":
        yield from _list(block, width, notes, depth)
    else:
        yield from _blocks(block, width, notes, depth, caption)


def _list(block: Element, width: int, notes: Notes, depth: int) -> Iterator[str]:
    ordered = block.get("listType") == "ordered"
    style = NUMERALS.get(block.get("styleCode", ""), "1")
    for number, item in enumerate(block.iterfind("item"), 1):
        mark = f"{_numeral(number, style)}. " if ordered else "- "
        caption = item.find("caption")
        said = [f"{line} :" for line in notes.lines(caption)] if caption is not None else []
        room = width - len(mark)
        lines = [*wrapped(said, room), *_blocks(item, room, notes, depth, caption)]
        for index, line in enumerate(lines or [""]):
            yield f"{' ' * len(mark) if index else mark}{line}".rstrip()


def _numeral(number: int, style: str) -> str:
    if style in "aA" and number <= 26:
        return chr(ord(style) + number - 1)
    if style in "iI" and number < 90:
        found = ""
        for value, letters in ROMAN:
            found += letters * (number // value)
            number %= value
        return found if style == "i" else found.upper()
    return str(number)

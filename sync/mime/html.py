"""HTML as text: what it says, with the address of each link, and nothing that was hidden.

Nothing is fetched and nothing is run. Small letters are laid out by inscriptis, which keeps the
columns of a table of results; what is too large, too deep or too wide for it to stay quick is
written out flat by our own walk, so that the time is linear in the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.etree import ParserError, iterwalk
from lxml.html import HTMLParser, document_fromstring

MOST_ELEMENTS = 3000
MOST_DEPTH = 100
MOST_AREA = 20_000_000
"""Characters a table could be padded to: its possible lines times its possible width."""
MOST_LINK = 2000

HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
PREFORMATTED = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
NEVER_SHOWN = frozenset(["head", "link", "meta", "script", "style", "template", "title"])
LINE = frozenset(["dd", "div", "dt", "hr", "li"])
PARAGRAPH = frozenset(
    ["blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"]
)
LINK = re.compile(r"(?:https?|ftp|mailto|tel):", re.IGNORECASE)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SCHEME = re.compile(r"\w+:(?://)?")
TAG = re.compile(r"<[^<>]*+>")
BLANKS = re.compile(r"[ \t\r\n\f]+")
BLANKS_OF_A_LINE = re.compile(r"[ \t]+")
LINE_BREAK, PARAGRAPH_BREAK = "\0", "\0\0"
BREAK, ROW, CELL = "\0br", "\0tr", "\0td"
"""What is said of the layout, among words that hold no NUL."""
OF_TABLES: dict[object, str] = {"br": BREAK, "tr": ROW, "td": CELL, "th": CELL}
EMPTY_LINES = re.compile(r"\n{3,}")


def html_to_text(markup: str, *, layout: bool = True) -> str:
    """The readable text of an HTML part; '' when it says nothing. Takes any string without NUL.

    Without `layout` it is written out flat, however small.
    """
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except ParserError:
        return ""
    if parser.error_log.filter_from_fatals():
        # libxml2 2.14 gives up at 2,048 levels and leaves out the rest: better ugly than hidden.
        return _tidy(BLANKS_OF_A_LINE.sub(" ", unescape(TAG.sub(" ", markup))))
    return _tidy(_laid_out(tree) if layout and _is_small(tree) else _flat(tree))


def _is_small(tree: Any) -> bool:
    depth = deepest = elements = 0
    for event, _ in islice(iterwalk(tree, events=("start", "end")), 2 * MOST_ELEMENTS + 1):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        deepest = max(deepest, depth)
    if elements > MOST_ELEMENTS or deepest > MOST_DEPTH:
        return False
    text = "".join(tree.itertext())
    return (elements + text.count("\n")) * len(text) <= MOST_AREA


def _laid_out(tree: Any) -> str:
    for element in tree.iter():
        _restyle(element)
        target = _target(element)
        if target and not _says(target, "".join(element.itertext())):
            _append(element, f" <{target}>")
    css = CSS_PROFILES["strict"].copy()
    # Inscriptis draws on this element itself, and would keep the last letter in it.
    css["body"] = css["body"].__copy__()
    return str(Inscriptis(tree, ParserConfig(css=css, display_images=True)).get_text())


def _restyle(element: Any) -> None:
    """Keep of a style only whether it hides: margins by the mile would cost memory by the mile."""
    hidden, style = _is_hidden(element), element.attrib.pop("style", "")
    if hidden:
        element.set("style", "display:none")
    elif PREFORMATTED.search(style):
        element.set("style", "white-space:pre")


def _is_hidden(element: Any) -> bool:
    if element.tag in NEVER_SHOWN or "hidden" in element.attrib:
        return True
    return HIDDEN.search(element.get("style", "")) is not None


def _target(element: Any) -> str:
    """Where a link leads; '' when it leads nowhere outside the letter."""
    address = "".join(element.get("href", "").split()) if element.tag == "a" else ""
    return address[:MOST_LINK] if LINK.match(address) else ""


def _says(target: str, text: str) -> bool:
    """Whether a link's own text is already the address it leads to."""
    return _bare(target) == _bare(text.strip())


def _bare(address: str) -> str:
    return SCHEME.sub("", address, count=1).rstrip("/").lower()


def _append(element: Any, text: str) -> None:
    # What stands there already may hold what lxml read and refuses to be given.
    if len(element):
        element[-1].tail = NOT_XML.sub("\ufffd", (element[-1].tail or "") + text)
    else:
        element.text = NOT_XML.sub("\ufffd", (element.text or "") + text)


def _flat(tree: Any) -> str:
    return "".join(_lines(_pieces(tree)))


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces with their breaks: rows one below the other, cells beside each other.

    What breaks a line just inside a cell is only how the sender's software writes a cell.
    """
    between, is_new, opens_cell = "", True, False
    for piece in pieces:
        if piece in (LINE_BREAK, PARAGRAPH_BREAK):
            between = between if opens_cell else max(between, "\n" * len(piece))
        elif piece == CELL:
            between, opens_cell = "  ", True
        elif piece in (ROW, BREAK):
            yield between if between.startswith("\n") else ""
            yield "" if piece == ROW and is_new else "\n"
            between, is_new, opens_cell = "", True, False
        elif said := piece.lstrip(" ") if between or is_new else piece:
            yield (
                between.removeprefix("\n" if between.startswith("\n") else "  ")
                if is_new
                else between
            )
            yield said
            between, is_new, opens_cell = "", False, False


def _pieces(tree: Any) -> Iterator[str]:
    """The text in order, a line per block; what is hidden is passed over."""
    hidden = [False]
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            hidden.append(hidden[-1] or _is_hidden(element))
            if not hidden[-1]:
                yield _break(element.tag)
                yield BLANKS.sub(" ", element.text or "")
            continue
        if not hidden.pop() and element.tag != "br":
            target = _target(element)
            yield f" <{target}>" if target and not _says(target, element.text or "") else ""
            yield _break(element.tag)
        if not hidden[-1] and element is not tree:
            yield BLANKS.sub(" ", element.tail or "")


def _break(tag: object) -> str:
    if tag in PARAGRAPH:
        return PARAGRAPH_BREAK
    return LINE_BREAK if tag in LINE else OF_TABLES.get(tag, "")


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return EMPTY_LINES.sub("\n\n", lines).strip("\n")

"""What HTML says by its looks, said in signs: powers, struck words, pictures, fields, links.

Without them `10<sup>9</sup>/L` reads 109/L, and a dose that was struck out reads like the dose.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml.etree import iterwalk

MOST_LINK = 2000
MOST_PIECES = 50
"""Elements in a link whose words are compared with its address."""
STRUCK = "~~"
STRIKING = frozenset(["del", "s", "strike"])
STRUCK_STYLE = re.compile(r"text-decoration(?:-line)?\s*:[^;:]*line-through", re.IGNORECASE)
NEW_LINES = frozenset(
    [
        *("button", "center", "dd", "details", "dt", "fieldset", "form", "hr", "legend", "option"),
        *("optgroup", "section", "select", "summary", "textarea"),
    ]
)
"""Blocks that are laid out like any other."""
BLOCKS = frozenset(["blockquote", "body", "dd", "div", "html", "li", "table", "td", "th", "tr"])
POWERS = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
POWER = re.compile(r"\s*[+−-]?\d{1,4}[+−-]?\s*")
LINK = re.compile(r"(?:https?|ftp|mailto|tel):", re.IGNORECASE)
WEB = re.compile(r"(https?|ftp):[/\\]*", re.IGNORECASE)
A_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
SCHEME = re.compile(r"\w+:(?://)?")
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
BOXES = {"checkbox": ("[ ] ", "[x] "), "radio": ("( ) ", "(x) ")}
FIELDS = frozenset(["button", "email", "number", "reset", "search", "submit", "tel", "text", ""])


def mark(tree: Any) -> bool:
    """Put signs into `tree` for what its looks say; whether words were struck out."""
    base = next((each.get("href", "") for each in tree.iter("base")), "")
    base = base if WEB.match(base) else ""
    struck = 0
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            _open(element)
            continue
        if element.tag in ("a", "area", "form"):
            _say_target(element, base)
        struck += _strike(element)
        if element.tag in NEW_LINES:
            element.tag = "div"
    return struck > 0


def _open(element: Any) -> None:
    match element.tag:
        case "sup":
            _raise(element)
        case "img":
            _become(element, _bracketed(element.get("alt") or element.get("title") or ""))
        case "area":
            _become(element, _bracketed(element.get("alt") or ""), tag="area")
        case "input":
            _become(element, _field(element))
        case "option":
            chosen = BOXES["radio"]["selected" in element.attrib]
            element.text = NOT_XML.sub("\ufffd", chosen + (element.text or "").lstrip())
        case "li" if not _is_number(element.get("value", "")):
            # Inscriptis takes "³" for a number, and any count of digits.
            element.attrib.pop("value", None)
        case "ol":
            _number(element)
        case "table":
            _clear_the_line(element)
        case "td" | "th":
            # A value stands beside the first line of what it is the value of.
            element.set("valign", "top")


def _raise(element: Any) -> None:
    """`9` of `10<sup>9</sup>`; what is no power (`1<sup>er</sup>`) reads well as it is."""
    holder = element[0] if len(element) == 1 and not (element.text or element[0].tail) else element
    if not len(holder) and POWER.fullmatch(holder.text or ""):
        holder.text = (holder.text or "").translate(POWERS)


def _become(element: Any, words: str, *, tag: str = "span") -> None:
    element.tag, element.text = tag, NOT_XML.sub("\ufffd", words)


def _bracketed(words: str) -> str:
    words = words.strip()
    return f"[{words}]" if words else ""


def _field(element: Any) -> str:
    kind = element.get("type", "").lower()
    if kind in BOXES:
        return BOXES[kind]["checked" in element.attrib]
    return f" {_bracketed(element.get('value', ''))} " if kind in FIELDS else ""


def _number(element: Any) -> None:
    """A list that begins at 5 has 5 for its first number."""
    start, first = element.get("start", ""), next(element.iterchildren("li"), None)
    if first is not None and _is_number(start) and "value" not in first.attrib:
        first.set("value", start)


def _is_number(words: str) -> bool:
    return words.isdecimal() and len(words) < 7


def _clear_the_line(table: Any) -> None:
    """A table inside bold or underlined words begins on a line of its own all the same."""
    around = table.getparent()
    while around is not None and around.tag not in BLOCKS:
        around.tag = "div"
        around = around.getparent()


def _strike(element: Any) -> bool:
    if element.tag not in STRIKING and not STRUCK_STYLE.search(element.get("style", "")):
        return False
    if not len(element) and not (element.text or "").strip():
        return False
    element.text = NOT_XML.sub("\ufffd", STRUCK + (element.text or ""))
    _append(element, STRUCK)
    return True


def _say_target(element: Any, base: str) -> None:
    target = _target(element.get("action" if element.tag == "form" else "href", ""), base)
    if target and not _says(target, _words(element)):
        _append(element, f" <{target}>")


def _words(element: Any) -> str:
    events = islice(iterwalk(element, events=("start", "end")), 2 * MOST_PIECES)
    return "".join(
        (each.text if event == "start" else each.tail if each is not element else "") or ""
        for event, each in events
    )


def _target(href: str, base: str) -> str:
    """Where a link leads, as a browser reads it; '' when it leads nowhere outside the letter."""
    address = "".join(href.split())
    if address.startswith(("//", "\\\\")):
        address = f"https:{address}"
    elif base and address and not address.startswith("#") and not A_SCHEME.match(address):
        try:
            address = urljoin(base, address)
        except ValueError:
            address = base
    if not LINK.match(address):
        return ""
    return _shortened(WEB.sub(r"\1://", address, count=1))


def _shortened(address: str) -> str:
    """The address, too long a one without its middle: never without its host."""
    if len(address) <= MOST_LINK:
        return address
    scheme, slashes, rest = address.partition("://")
    if not slashes:
        return address[:MOST_LINK]
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0]
    user, at, host = authority.rpartition("@")
    return f"{scheme}{slashes}{user[:100]}{at}{host[:MOST_LINK]}/…"


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

"""What an HTML letter hides: its words are taken out, and it is told that there were any.

A letter whose style hides the whole and shows a part again is common: newsletters set the letters
of their boxes to nothing and those of the text inside to 13 pixels. So each word is hidden or not
by what stands nearest to it, as on any screen. What only Outlook hides (`mso-hide`) everybody else
reads. What is pale, tiny or outside the page is shown: to show too much is the safe side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from lxml.etree import iterwalk

DISPLAY_NONE = re.compile(
    r"(?<![-\w])display\s*:\s*none|(?<![-\w])opacity\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE
)
VISIBILITY = re.compile(r"(?<![-\w])visibility\s*:\s*(\w+)", re.IGNORECASE)
FONT_SIZE = re.compile(
    r"(?<![-\w])font-size\s*:\s*(?:([\d.]+)\s*([a-z%]*)|([\w-]+))", re.IGNORECASE
)
OF_THE_PARENT = frozenset(["%", "em", "ex", "ch", "inherit", "larger", "smaller", "unset"])
"""Sizes that are nothing where the size around them is nothing."""
PREFORMATTED = re.compile(r"(?<![-\w])white-space\s*:\s*pre", re.IGNORECASE)
NEVER_SHOWN = frozenset(["head", "link", "meta", "script", "style", "template", "title"])
WORD = re.compile(r"\w+")
GONE, KEEPS_BLANKS = "display:none", "white-space:pre"
"""All that is left of a style once it has been read here."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether what stands here is seen, and why it is not."""

    gone: bool = False
    unseen: bool = False
    tiny: bool = False
    mute: bool = False
    """Words that no browser shows: they are not hidden from anybody."""

    @property
    def hides(self) -> bool:
        """Whether words that stand here are not seen."""
        return self.gone or self.unseen or self.tiny


def hide(tree: Any) -> bool:
    """Take out of `tree` what its styles hide; whether that said anything the rest does not.

    Of each style, only what hides and what keeps blanks is left: margins by the mile would cost
    memory by the mile.
    """
    hidden: list[str] = []
    sights = [Sight()]
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start":
            sights.append(_inside(element, sights[-1]))
            if sights[-1].hides:
                hidden.append("" if sights[-1].mute else element.text or "")
                element.text = None
            continue
        sights.pop()
        if sights[-1].hides and element.tail:
            hidden.append("" if sights[-1].mute else element.tail)
            element.tail = None
    words = set(WORD.findall(" ".join(hidden)))
    return bool(words) and not words <= set(WORD.findall(" ".join(tree.itertext())))


def _inside(element: Any, around: Sight) -> Sight:
    style = element.attrib.pop("style", "")
    sight = around
    if element.tag in NEVER_SHOWN:
        sight = replace(around, gone=True, mute=True)
    elif "hidden" in element.attrib or DISPLAY_NONE.search(style):
        sight = replace(around, gone=True)
    if found := VISIBILITY.findall(style):
        sight = replace(sight, unseen=found[-1].lower() in ("hidden", "collapse"))
    if sizes := FONT_SIZE.findall(style):
        sight = replace(sight, tiny=_is_tiny(*sizes[-1], around=around.tiny))
    if sight.gone:
        element.set("style", GONE)
    elif PREFORMATTED.search(style):
        element.set("style", KEEPS_BLANKS)
    return sight


def _is_tiny(number: str, unit: str, word: str, *, around: bool) -> bool:
    if number and not number.strip("0."):
        return True
    return around and (unit or word).lower() in OF_THE_PARENT

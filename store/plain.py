"""The one door through which words from outside reach a screen or a terminal.

It stands in the store because the commands of `sync` and everything of `tui` pass through it, and
they never import each other. What measures columns for the screen is in tui/plain.py.

A subject, a name, a file name, a server's reply: whoever wrote it may have put an escape code, a
right-to-left override or Textual markup in it. Here control characters become pictures (U+2400
block), invisible and direction characters become their number (‹202E›), and the result has a type
of its own: our widgets accept `Plain`, so the type checker shows where a letter's `str` was
forgotten. Nothing here, and nothing after, reads markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import NewType

from store.host.i18n import explain, sentence

Plain = NewType("Plain", str)
"""Words that can be drawn as they are."""

NOTHING = Plain("")
TAB = 8
MOST_MARKS = 4
"""Accents stacked on one letter; a language needs two, a prank sends hundreds."""

# Characters nobody sees, or that turn the direction of what follows.
FILLER = "\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
INVISIBLE = (
    FILLER + "\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
SUSPECT = re.compile(
    f"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202f\u205f\ud800-\udfff\ufdd0-\ufdef"
    f"\ufe00-\ufe0f\ufffc-\uffff{INVISIBLE}]|[{MARKS}]{{2,}}"
)
LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# Presentation selectors and the joiner inside an emoji change how wide terminals draw it, and say
# nothing: dropped, so that columns stay where they are.
SILENT = re.compile(r"[\ufe00-\ufe0f]|(?<=[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d")
# Newsletters pad their preview with hundreds of them: one number stands for the whole run.
INVISIBLE_RUN = re.compile(f"([{INVISIBLE}])((?:[{FILLER} \xa0]*[{FILLER}])?)")


def plain_words(words: str) -> Plain:
    """`words` on one line: line breaks and tabs are spaces, everything else is what it is."""
    if not SUSPECT.search(words):
        return Plain(words)
    return _tamed(LINE_BREAK.sub(" ", words).replace("\t", " "))


def plain_block(words: str) -> Plain:
    """`words` on as many lines as they have, tabs expanded to every eighth column."""
    if not SUSPECT.search(words):
        return Plain(words)
    lines = (line.expandtabs(TAB) for line in LINE_BREAK.split(words))
    return Plain("\n".join(_tamed(line) for line in lines))


def facts_line(facts: Mapping[str, object]) -> Plain:
    """A line of JSON for a program; everything but harmless ASCII is a number in it."""
    return Plain(json.dumps(facts).replace("\x7f", "\\u007f"))


def said(key: str, /, **params: object) -> Plain:
    """The sentence for `key`, whatever its holes are filled with."""
    return plain_words(sentence(key, **params))


def explained(error: BaseException) -> Plain:
    """One sentence for an error."""
    return plain_words(explain(error))


def _tamed(line: str) -> Plain:
    line = SILENT.sub("", unicodedata.normalize("NFC", line))
    line = INVISIBLE_RUN.sub(_numbered, line)
    return Plain(SUSPECT.sub(_replaced, line))


def _numbered(found: re.Match[str]) -> str:
    return f"‹{ord(found[1]):04X}{'…' if found[2] else ''}›"


def _replaced(found: re.Match[str]) -> str:
    if len(found[0]) > 1:
        return found[0][:MOST_MARKS]
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code in (0x202F, 0x205F):  # narrow no-break space, before « ; » and « ! » in French
        return " "
    if unicodedata.category(found[0]) == "Mn":
        return found[0]
    if 0xD800 <= code < 0xE000 or code >= 0xFFFC:
        return "\ufffd"
    return f"‹{code:04X}›"

"""Words within HL7 v2 separators, in messages and in XDS metadata alike (HL7 v2 §2.7)."""

from __future__ import annotations

import re

ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
ESCAPED = re.compile(r"\\([EFSTR])\\")
LETTERS = {escape[1]: letter for letter, escape in ESCAPES.items()}


def escaped(text: str) -> str:
    """`text` on one line, with nothing in it that separates."""
    return "".join(ESCAPES.get(letter, letter) for letter in CONTROL.sub(" ", text))


def unescaped(text: str) -> str:
    """The inverse, of the five escapes that stand for a letter."""
    return ESCAPED.sub(lambda match: LETTERS[match[1]], text)

"""Words as they are looked for in a text: without case and accents, each character in its place."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BLANKS = r"(?:\n[> ]*+|\s)++"
"""Between two words that are looked for: a line may end there, in what is quoted too."""
ALIKE = ("'|’", "['’]"), ("œ|oe", "(?:œ|oe)"), ("æ|ae", "(?:æ|ae)"), (r"\\-|‐|‑", "[-‐‑]")
"""Typed otherwise than it is written: apostrophes, two letters in one, hyphens."""


def letter_for_letter(words: str) -> str:
    """`words` bare, as long as before: where something is found is where it is marked."""
    return "".join(map(_base, words))


@lru_cache(maxsize=4096)
def _base(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def sought_in_text(words: str) -> re.Pattern[str] | None:
    """What finds `words` in a text that `letter_for_letter` made bare; None for no words."""
    each = [re.escape(word) for word in letter_for_letter(words).split()]
    for written, pattern in ALIKE:
        each = [re.sub(written, pattern, word) for word in each]
    return re.compile(BLANKS.join(each)) if each else None

"""Words as they are looked for in a text: without case and accents, each character in its place."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def letter_for_letter(words: str) -> str:
    """`words` bare, as long as before: where something is found is where it is marked."""
    return "".join(map(_base, words))


@lru_cache(maxsize=4096)
def _base(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character

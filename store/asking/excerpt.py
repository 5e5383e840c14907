"""The few words of a letter around what was searched for, and which of them it was. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from store.asking.query import Question
from store.db.fold import bare

WORD = re.compile(r"[^\W_]+")
BEFORE = 24
"""Characters kept before the first word that was found."""
MOST_SCANNED = 100_000


class Excerpt(NamedTuple):
    """Words from outside on one line, and where in them (start, end) what was sought stands."""

    words: str
    marks: tuple[tuple[int, int], ...]


def excerpt(texts: Iterable[str], question: Question, width: int) -> Excerpt:
    """Around the first word sought in the first text that has one; else how the first one begins.

    A word is found as the index finds it: at its start, whatever its accents.
    """
    words = [*question.patient, *(word for term in question.terms for word in term.words)]
    sought = tuple({bare(word).replace(" ", "") for word in words})
    begins = ""
    for text in texts:
        flat = " ".join(text[:MOST_SCANNED].split())
        begins = begins or flat
        if (at := _first(flat, sought)) is not None:
            return _around(flat, at, sought, width)
    return _around(begins, 0, sought, width)


def _first(text: str, sought: tuple[str, ...]) -> int | None:
    for match in WORD.finditer(text):
        if _is_sought(match[0], sought):
            return match.start()
    return None


def _around(text: str, at: int, sought: tuple[str, ...], width: int) -> Excerpt:
    start = max(0, at - BEFORE)
    if start:
        start = text.find(" ", start, at) + 1 or start
    cut = ("…" if start else "") + text[start : start + width]
    if len(cut) > width:
        cut = cut[:width]
    if start + width < len(text):
        cut = cut[: width - 1] + "…"
    marks = (m.span() for m in WORD.finditer(cut) if _is_sought(m[0], sought))
    return Excerpt(cut, tuple(marks))


def _is_sought(word: str, sought: tuple[str, ...]) -> bool:
    """A word of one letter is whole, as in the index."""
    plain = bare(word).replace(" ", "")
    return any(plain.startswith(each) if len(each) > 1 else plain == each for each in sought)

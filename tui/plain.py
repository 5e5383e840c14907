"""The one door for words from outside (store/plain.py), and how many columns they take.

Our widgets accept `Plain`, which only that door makes, so the type checker shows where a letter's
`str` was forgotten.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from store.plain import NOTHING, Plain, explained, plain_block, plain_words, said

__all__ = [
    "NOTHING",
    "Plain",
    "cells",
    "explained",
    "fit",
    "fit_words",
    "plain_block",
    "plain_words",
    "said",
]


def fit(words: Plain, width: int) -> Plain:
    """`words` in exactly `width` cells: padded, or cut with an ellipsis."""
    if words.isascii():
        if len(words) <= width:
            return Plain(words.ljust(width))
        return Plain(words[: width - 1] + "…" if width > 0 else "")
    if cell_len(words) <= width:
        return Plain(set_cell_size(words, width))
    return Plain(set_cell_size(words[:width], width - 1) + "…" if width > 0 else "")


def fit_words(words: Plain, width: int) -> Plain:
    """The same, cut between words: half of a number would be another number."""
    kept = fit(words, width - 1)[:-1]
    if words[len(kept) : len(kept) + 1] != " ":
        kept = kept.rpartition(" ")[0]
    if cells(words) <= width or not kept.strip():
        return fit(words, width)
    return fit(Plain(f"{kept.rstrip()} …"), width)


def cells(words: Plain) -> int:
    """How many columns `words` take."""
    return len(words) if words.isascii() else cell_len(words)

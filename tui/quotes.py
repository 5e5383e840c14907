"""Quoted text folded: what is answered is above, what was said before is one line. Pure."""

from __future__ import annotations

from itertools import groupby

from tui.plain import Plain, said

LEAST = 4
"""Quoted lines in a row that are worth folding."""


def folded(text: Plain) -> Plain:
    """The text with each long quotation as one line that says how long it is."""
    if "\n>" not in text and not text.startswith(">"):
        return text
    lines: list[str] = []
    for quoted, group in groupby(text.split("\n"), key=lambda line: line.startswith(">")):
        run = list(group)
        if quoted and len(run) >= LEAST:
            lines.append(said("tui.letter.quoted", n=len(run)))
        else:
            lines += run
    return Plain("\n".join(lines))


def has_long_quotes(text: Plain) -> bool:
    """Whether there is anything to fold."""
    return folded(text) != text

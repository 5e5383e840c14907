"""What HTML marks as quoted begins with `>`, as in plain text: it folds, and is cut, the same way.

Only a `blockquote` that says so: many programs indent with a bare one, and an indented conclusion
is no quotation. Two signs that no letter has a use for go round it while it is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml.etree import Element

OPENS, CLOSES = "\ufdd0", "\ufdd1"
"""Noncharacters (Unicode §23.7), for use inside a program. A letter that holds them gains nothing:
they are taken out, and quote what it could have quoted otherwise."""
MOST_DEPTH = 9
"""Signs that a line begins with: every level of every line would be the square of the letter."""
NO_RULE = r"(?!none|0(?:\.0*)?(?![.0-9]))"
RULED = re.compile(rf"border-left(?:-style|-width)?\s*+:\s*+{NO_RULE}", re.IGNORECASE)


def quotations(tree: Any) -> list[Any]:
    """The elements of `tree` that are quoted, as its styles still say."""
    return [each for each in tree.iter("blockquote") if _is_quotation(each)]


def set_apart(quotes: Iterable[Any]) -> None:
    """Put a sign on a line of its own at both ends of each."""
    for quote in quotes:
        opens, closes = Element("div"), Element("div")
        opens.text, closes.text = OPENS, CLOSES
        opens.tail, quote.text = quote.text, None
        quote.insert(0, opens)
        quote.append(closes)


def _is_quotation(element: Any) -> bool:
    """As Apple, Thunderbird and Roundcube (`type=cite`), Gmail (its class) and Zimbra (a rule)."""
    return (
        element.get("type", "").lower() == "cite"
        or "quote" in element.get("class", "").lower()
        or RULED.search(element.get("style", "")) is not None
    )


def begun(text: str) -> str:
    """`text` without the signs, each line between two of them begun with `>`.

    Where a table has set anything beside a sign, its quotation is left as it is: what stands in
    the next column was not quoted.
    """
    if OPENS not in text:
        return text
    lines = text.split("\n")
    depths = _depths(lines)
    kept: list[str] = []
    for depth, line in zip(depths, lines, strict=True):
        bare = line.replace(OPENS, "").replace(CLOSES, "")
        if bare == line or bare.strip():
            kept.append(_quoted(bare, depth))
    return "\n".join(kept).strip("\n")


def _quoted(line: str, depth: int) -> str:
    if not depth:
        return line
    between = "" if line.startswith(">") or not line else " "
    return f"{'>' * min(depth, MOST_DEPTH)}{between}{line}"


def _depths(lines: list[str]) -> list[int]:
    """In how many quotations each line stands."""
    steps = [0] * (len(lines) + 1)
    opened: list[tuple[int, bool]] = []
    for n, line in enumerate(lines):
        if OPENS not in line and CLOSES not in line:
            continue
        is_alone = len(line.strip()) == 1
        for sign in line:
            if sign == OPENS:
                opened.append((n, is_alone))
            elif sign == CLOSES and opened:
                begins, was_alone = opened.pop()
                if is_alone and was_alone:
                    _step(steps, lines, begins + 1, n)
    depth, depths = 0, []
    for step in steps[:-1]:
        depth += step
        depths.append(depth)
    return depths


def _step(steps: list[int], lines: list[str], begins: int, ends: int) -> None:
    """One deeper from `begins` up to `ends`, without the empty lines at its edges."""
    while begins < ends and not lines[begins].strip():
        begins += 1
    while ends > begins and not lines[ends - 1].strip():
        ends -= 1
    steps[begins] += 1
    steps[ends] -= 1

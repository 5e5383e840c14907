"""Results as lines of text whose columns stand one below the other, for the reading pane. Pure.

Widths are capped, so that one endless label costs its own line its place and no other a single
space: the text stays proportional to what was received.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from store.model.document import Abnormality, Observation, Status

WIDEST = (44, 14, 14, 3, 24)
"""Columns of the label, the value, its unit, the sign of what is abnormal, the usual values."""
SIGNS = {
    Abnormality.LOW: "-",
    Abnormality.HIGH: "+",
    Abnormality.ABNORMAL: "!",
    Abnormality.VERY_LOW: "---",
    Abnormality.VERY_HIGH: "+++",
    Abnormality.VERY_ABNORMAL: "!!!",
}
MARKS = {Status.PARTIAL: "(partiel)", Status.CORRECTED: "(corrigé)", Status.DELETED: "(supprimé)"}


def results_table(observations: tuple[Observation, ...]) -> str:
    """One line a result, under its headings; comments indented below it."""
    rows = [_row(each) for each in observations]
    widths = [
        min(max((len(row[column]) for row in rows), default=0), widest)
        for column, widest in enumerate(WIDEST)
    ]
    return "\n".join(_lines(observations, rows, widths))


def commented(
    observations: list[Observation], comments: dict[int, list[str]]
) -> tuple[Observation, ...]:
    """The results, each with the comments that stood below it."""
    return tuple(
        replace(each, comment="\n".join(filter(None, (each.comment, *comments[place]))))
        if place in comments
        else each
        for place, each in enumerate(observations)
    )


def _lines(
    observations: tuple[Observation, ...], rows: list[tuple[str, ...]], widths: list[int]
) -> Iterator[str]:
    above: tuple[str, ...] = ()
    for each, row in zip(observations, rows, strict=True):
        if each.group != above:
            yield from _headings(above, each.group)
            above = each.group
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        # The value stands to the right of its column, next to its unit.
        cells[1] = row[1].rjust(widths[1])
        yield "  ".join([*cells, row[5]]).rstrip()
        for words in (_sentences(each), each.comment):
            yield from (f"    {line}".rstrip() for line in words.splitlines())


def _sentences(each: Observation) -> str:
    """A value that is no word of a column but a text of its own: it stands below its label."""
    value = each.value
    return value if "\n" in value or (len(value) > WIDEST[1] and " " in value.strip()) else ""


def _headings(above: tuple[str, ...], below: tuple[str, ...]) -> Iterator[str]:
    if above:
        yield ""
    shared = 0
    while shared < min(len(above), len(below)) and above[shared] == below[shared]:
        shared += 1
    yield from below[shared:]


def _row(each: Observation) -> tuple[str, ...]:
    label = " ".join(each.label.split())
    value = "" if _sentences(each) else " ".join(each.value.split())
    usual = each.reference or " - ".join(end for end in (each.low, each.high) if end)
    if each.low and not each.high and not each.reference:
        usual = f">= {each.low}"
    elif each.high and not each.low and not each.reference:
        usual = f"<= {each.high}"
    beside = [f"[{f'{old.value} {old.unit}'.strip()}]" for old in each.earlier]
    said = " ".join([*beside, *([MARKS[each.status]] if each.status in MARKS else [])])
    return label, value, each.unit, SIGNS.get(each.abnormality, ""), usual, said

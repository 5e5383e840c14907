"""Results as text in columns, for a body that cannot say them in codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from store.model.document import Abnormality, Observation

GAP = "  "
WIDEST = 48
"""Columns of one column, so that a page of paper can hold a line."""


def results_text(observations: Sequence[Observation]) -> str:
    """One line for each result under its headings; '' when there is none."""
    rows = [row_of(each) for each in observations]
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    above: tuple[str, ...] = ()
    for observation, row in zip(observations, rows, strict=True):
        lines += _headings(observation.group, above)
        above = observation.group
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(GAP.join(padded).rstrip())
        lines += [f"{GAP}{line}" for line in observation.comment.splitlines()]
    return "\n".join(lines)


def row_of(observation: Observation) -> tuple[str, str, str, str]:
    """Label, value with its unit, range, and how abnormal."""
    value = " ".join(f"{observation.value} {observation.unit}".split())
    return (observation.label, value, range_of(observation), sign_of(observation.abnormality))


def range_of(observation: Observation) -> str:
    """The reference range in words, '' when there is none."""
    low, high = observation.low, observation.high
    if low and high:
        return f"({low} - {high})"
    if low or high:
        return f"(> {low})" if low else f"(< {high})"
    return f"({observation.reference})" if observation.reference else ""


def sign_of(abnormality: Abnormality) -> str:
    """Nothing where all is well."""
    return "" if abnormality is Abnormality.NORMAL else abnormality.value


def _headings(group: tuple[str, ...], above: tuple[str, ...]) -> Iterator[str]:
    for depth, heading in enumerate(group):
        if group[: depth + 1] != above[: depth + 1]:
            yield f"{GAP * depth}{heading}"

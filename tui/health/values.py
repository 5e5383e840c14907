"""Every value of one analyte: the trend of those on one scale, then all of them in a table.

Values of another unit stand apart and are never drawn with the others; what was superseded is in
the table, says so, and is not drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from store.health_words import day_words, patient_words
from store.host.i18n import sentence
from store.model.document import Status
from store.model.health import Value
from tui.health.document import TOLD_STATUS
from tui.health.reading import ValuesLook
from tui.health.rows import Line, flag, range_words, table
from tui.health.trend import ASCII, FINE, Signs, bound, drawable, trend
from tui.plain import NOTHING, Plain, plain_words, said
from tui.wrap import wrap

MOST = (14, 10, 17, 15, 0)
"""Columns of value, unit, range and flag; the laboratory has what is left."""
PLOT_SHARE, LEAST_PLOT, MOST_PLOT = 0.45, 5, 16
AROUND_PLOT = 2
"""Lines: the axis and its days."""


def signs_here() -> Signs:
    """What this terminal can show; a test has none, and shows all."""
    out = sys.__stdout__
    encoding = (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "").replace("_", "")
    return FINE if encoding in ("utf8", "cp65001") else ASCII


def heading(look: ValuesLook) -> Plain:
    """'DURAND Martin 12/03/1960 M : Potassium (mmol/L)'."""
    unit = next((each.unit for each in look.values if each.unit_key == look.unit_key), "")
    what = f"{look.label} ({unit})" if unit else look.label
    return plain_words(sentence("health.values_of", patient=patient_words(look.patient), what=what))


def plot(look: ValuesLook, width: int, height: int, signs: Signs) -> list[Plain]:
    """The trend in at most `height` lines, or why there is none."""
    values = drawable(look.values, look.unit_key)
    room = min(MOST_PLOT, max(LEAST_PLOT, int(height * PLOT_SHARE) - AROUND_PLOT))
    lines = trend(values, width, room, signs)
    if lines:
        return [plain_words(each) for each in lines]
    return wrap(said("health.no_trend"), width)


def told(look: ValuesLook) -> Plain:
    """How many are drawn, and how many are not and why; '' when all are."""
    drawn = len(drawable(look.values, look.unit_key))
    other = sum(each.unit_key != look.unit_key for each in look.values)
    gone = sum(each.superseded for each in look.values)
    notes = [sentence("health.drawn", n=drawn)]
    notes += [sentence("health.other_unit", n=other)] if other else []
    notes += [sentence("health.not_current", n=gone)] if gone else []
    newest = next(
        (v for v in look.values if bound(v.low) is not None or bound(v.high) is not None), None
    )
    if newest is not None:
        notes.append(sentence("health.band", range=range_words(newest.low, newest.high)))
    return plain_words(" · ".join(notes))


def value_lines(look: ValuesLook, width: int) -> list[Line]:
    """The table, newest first; those of another unit below. Each row is that of a value."""
    rows = [_columns(each) for each in look.values]
    keys = ("day", "value", "unit", "range", "flag", "author")
    titles = [said(f"health.column.{key}") for key in keys]
    head, *folded = table([titles, *rows], MOST, width)
    lines = [Line(each, strong=True) for each in head]
    units = list(dict.fromkeys([look.unit_key, *(each.unit_key for each in look.values)]))
    for unit in units:
        found = [n for n, each in enumerate(look.values) if each.unit_key == unit]
        if unit != look.unit_key:
            words = look.values[found[0]].unit or sentence("health.no_unit")
            apart = said("health.apart", unit=plain_words(words))
            lines += [Line(NOTHING), *(Line(each, strong=True) for each in wrap(apart, width))]
        for n in found:
            odd = bool(rows[n][4]) and not look.values[n].superseded
            lines += [Line(each, n, odd=odd) for each in folded[n]]
            lines += [Line(Plain(f"    {each}"), n) for each in notes(look.values[n])]
    return lines


def _columns(value: Value) -> tuple[Plain, ...]:
    return (
        plain_words(day_words(value.day)),
        plain_words(value.value),
        plain_words(value.unit),
        range_words(value.low, value.high),
        flag(value.abnormality),
        plain_words(value.author),
    )


def notes(value: Value) -> Sequence[Plain]:
    """What must be known of a value beside its columns."""
    found = [said("health.value_superseded")] if value.superseded else []
    if value.status in TOLD_STATUS and value.status is not Status.UNKNOWN:
        found.append(said(f"health.status.{value.status.name.lower()}"))
    return found

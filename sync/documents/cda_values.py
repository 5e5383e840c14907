"""The value of one observation of a CDA, and its bounds, as written. Pure.

`number` is there only for what the standard says is a number, in its own spelling: never for a
string that looks like one ('2.920' may be 2920).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sync.documents.cda_types import XSI_TYPE, attribute
from sync.documents.xml import Element

NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")
MOST_DIGITS = 100
"""Before or after the point: '1e999' is larger than what the store, or anybody, can hold."""
NUMERIC = (
    "PQ",
    "REAL",
    "INT",
    "MO",
    "IVL_PQ",
    "IVL_REAL",
    "IVL_INT",
    "RTO",
    "RTO_PQ_PQ",
    "RTO_QTY_QTY",
)
Resolved = Callable[[Element | None], str]
"""The words of a coded element, its references followed into the narrative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What was found."""

    text: str = ""
    number: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    remark: str = ""
    """Why there is none, where that is said."""


def type_of(value: Element) -> str:
    """'PQ', 'CD'...: without the prefix some writers give it."""
    return attribute(value, XSI_TYPE).rpartition(":")[2]


def value_of(value: Element, resolved: Resolved) -> Value:
    """Of a `value`, whatever its type."""
    kind = type_of(value)
    if kind.startswith("IVL_"):
        found = _interval(value)
    elif kind.startswith("RTO"):
        found = _ratio(value)
    elif attribute(value, "value"):
        found = _quantity(value)
    else:
        found = Value(text=resolved(value))
    if not found.text and (flavor := attribute(value, "nullFlavor")):
        return Value(remark=f"nullFlavor {flavor}")
    return found


def _quantity(value: Element) -> Value:
    """A PQ, a REAL, an INT; a BL or a TS has a `value` too, and is no number."""
    text = attribute(value, "value")
    number = _number(text) if type_of(value) in ("PQ", "REAL", "INT", "MO", "") else None
    return Value(text=text, number=number, unit=unit_of(value))


def unit_of(value: Element | None) -> str:
    """UCUM; '' for '1', which means that there is none."""
    unit = attribute(value, "unit") or attribute(value, "currency")
    return "" if unit == "1" else unit


def _number(text: str) -> Decimal | None:
    if not NUMBER.fullmatch(text):
        return None
    found = Decimal(text)
    return found if abs(found.adjusted()) <= MOST_DIGITS else None


def _bound(value: Element, name: str) -> Element | None:
    found = value.find(name)
    return found if attribute(found, "value") else None


def _interval(value: Element) -> Value:
    """'<0.128', '>=0.512', '0.1 - 0.5'. A bound belongs to it unless the contrary is said."""
    low, high = _bound(value, "low"), _bound(value, "high")
    if low is not None and high is not None:
        text = f"{_with_unit(low, high)} - {attribute(high, 'value')}"
        return Value(text=text, unit=unit_of(high))
    single = high if low is None else low
    if single is None:
        single = _bound(value, "center")
        return Value() if single is None else _quantity(single)
    sign = "<" if low is None else ">"
    comparator = sign if attribute(single, "inclusive") == "false" else f"{sign}="
    text = attribute(single, "value")
    return Value(
        text=f"{comparator}{text}",
        number=_number(text),
        comparator=comparator,
        unit=unit_of(single),
    )


def _with_unit(low: Element, high: Element) -> str:
    """The lower bound; with its unit, where it is not that of the upper."""
    text, unit = attribute(low, "value"), unit_of(low)
    return f"{text} {unit}" if unit and unit != unit_of(high) else text


def _ratio(value: Element) -> Value:
    """'1/128': as a titre is read. Units only where both parts have the same or one has none."""
    above, below = value.find("numerator"), value.find("denominator")
    parts = [
        " ".join(filter(None, (attribute(each, "value"), unit_of(each)))) for each in (above, below)
    ]
    return Value(text="/".join(parts) if any(parts) else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The reference of a value: two bounds in its unit, and the rest in words."""

    low: str = ""
    high: str = ""
    words: str = ""


def range_of(observation: Element, unit: str, resolved: Resolved) -> Range:
    """The first range of what is normal gives the bounds; all others, and texts, are words."""
    low = high = ""
    rest: list[str] = []
    for each in observation.iterfind("referenceRange/observationRange"):
        value = each.find("value")
        said = Value() if value is None else value_of(value, resolved)
        code = attribute(each.find("interpretationCode"), "code")
        is_bounds = value is not None and type_of(value).startswith("IVL_")
        if (
            is_bounds
            and value is not None
            and code in ("", "N")
            and said.unit == unit
            and not (low or high)
        ):
            low, high = (attribute(value.find(name), "value") for name in ("low", "high"))
        elif said.text:
            rest.append(" ".join(filter(None, (_meaning(each, code), said.text, said.unit))))
        if text := resolved(each.find("text")):
            rest.append(text)
    return Range(low=low, high=high, words="; ".join(dict.fromkeys(rest)))


def _meaning(observed: Element, code: str) -> str:
    """What a range that is not the normal one stands for."""
    if code in ("", "N"):
        return ""
    return f"{attribute(observed.find('interpretationCode'), 'displayName') or code}:"

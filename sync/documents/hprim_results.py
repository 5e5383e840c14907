"""The RES lines of an HPRIM Médecin file.

RES|label|code|N, A or C|value|unit|low|high|L H LL HH N A AA|F R C P|value 2|unit 2|low 2|high 2
(docs/documents.md). The fields end early as often as not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypedDict

from store.model.document import Moment, Observation, Status
from sync.documents import said
from sync.documents.judgement import judged

FIELDS = 13
RESULT = re.compile(r"\s{0,8}RES\s?\|", re.I)
STATES = {
    "F": Status.FINAL,
    "U": Status.FINAL,
    "P": Status.PARTIAL,
    "R": Status.PARTIAL,  # entered and not validated
    "S": Status.PARTIAL,
    "C": Status.CORRECTED,
    "D": Status.DELETED,
    "W": Status.DELETED,  # transmitted for the wrong patient
}
"""HL7 table 0085, from which HPRIM has its letters. The others say nothing of a value."""


class Body(TypedDict):
    """What is below a header."""

    text: str
    observations: tuple[Observation, ...]
    status: Status


def is_result(line: str) -> bool:
    """Whether a line is a RES."""
    return RESULT.match(line) is not None


def result(line: str, seen: Moment | None) -> Observation | None:
    """The result of a RES line; None for any other line, and for one that says nothing."""
    if not is_result(line):
        return None
    fields = [field.strip() for field in line.split("|", FIELDS + 1)[1 : FIELDS + 1]]
    fields += [""] * (FIELDS - len(fields))
    label, code, _, value, unit, low, high, flag, state, *second = fields
    if not value and not (label and (unit or flag or low or high)):
        # "RES||CODE|A": a test that was asked for, and nothing of it.
        return None
    abnormality, remark = judged([flag])
    return replace(
        _measured(label or code, code, value, unit, low, high),
        abnormality=abnormality,
        comment=remark,
        status=STATES.get(state.upper(), Status.UNKNOWN),
        observed_at=seen,
        # The same result in another unit.
        earlier=(_measured(label or code, code, *second),) if second[0] else (),
    )


def _measured(label: str, code: str, *said_so: str) -> Observation:
    """A value, its unit and its usual values."""
    value, unit, low, high = said_so
    low, high = _usual(low, high)
    understood = said.quantity(value)
    return Observation(
        label=label,
        code=code,
        value=value,
        number=understood.number,
        comparator=understood.comparator,
        unit=unit,
        low=low,
        high=high,
    )


def _usual(low: str, high: str) -> tuple[str, str]:
    """0 and 0 are no usual values: a program that had none wrote so (Episodus, importHPRIM2)."""
    return ("", "") if re.fullmatch(r"0*[.,]?0+", low) and low == high else (low, high)

"""How a laboratory judges a value: the same letters in a CDA, in HL7 v2 and in HPRIM. Pure.

Sources: HL7 v3 ObservationInterpretation (2.16.840.1.113883.5.83), HL7 v2 table 0078, from which
HPRIM has its letters; Ségur BIO/va1.01 for AA.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.model.document import Abnormality

SEVERITY = {
    each.value: each
    for each in (
        Abnormality.VERY_ABNORMAL,
        Abnormality.VERY_HIGH,
        Abnormality.VERY_LOW,
        Abnormality.ABNORMAL,
        Abnormality.HIGH,
        Abnormality.LOW,
        Abnormality.NORMAL,
    )
}
"""The gravest first."""


def judged(letters: Iterable[str]) -> tuple[Abnormality, str]:
    """The gravest of some judgements, and those that are of no degree (R: resistant) as written."""
    said = dict.fromkeys(bare for each in letters if (bare := each.strip().upper()))
    grave = next((SEVERITY[each] for each in SEVERITY if each in said), Abnormality.UNKNOWN)
    return grave, ", ".join(each for each in said if each not in SEVERITY)

"""How a laboratory judges a value, and how done it says it is: one way for every format. Pure.

Sources: HL7 v3 ObservationInterpretation (2.16.840.1.113883.5.83), HL7 v2 table 0078, from which
HPRIM has its letters; Ségur BIO/va1.01 for AA.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.model.document import Abnormality, Status

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
    # "HH*" is HH, marked once more on paper.
    bare = (each.strip().upper() for each in letters)
    said = dict.fromkeys(each.strip("* ") or each for each in bare if each)
    grave = next((SEVERITY[each] for each in SEVERITY if each in said), Abnormality.UNKNOWN)
    return grave, ", ".join(each for each in said if each not in SEVERITY)


def state_of_whole(requests: Iterable[Status], results: Iterable[Status] = ()) -> Status:
    """The state of a document: what its requests say, else what its results say.

    It is final, or taken back, when all of it is; one part that was corrected or taken back makes
    it a correction.
    """
    said = set(requests)
    said = said if said - {Status.UNKNOWN} else set(results)
    if said in ({Status.DELETED}, {Status.FINAL}):
        return said.pop()
    if said & {Status.CORRECTED, Status.DELETED}:
        return Status.CORRECTED
    return Status.PARTIAL if Status.PARTIAL in said else Status.UNKNOWN

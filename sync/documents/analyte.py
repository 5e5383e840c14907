"""What an observation measures, so that earlier values of the same are found. Pure.

A LOINC code says it for every laboratory; a laboratory's own code for that laboratory; words only
together with what was examined and the unit. Where that is not the same, they are not the same:
two lines in a table are better than a trend through two different things.
"""

from __future__ import annotations

import re

from store.model.document import HealthDocument, Observation
from store.model.health import Analyte
from sync.documents.traits import plain_name

LOINC_SYSTEMS = {"2.16.840.1.113883.6.1", "LN", "LOINC"}
LOINC = re.compile(r"[0-9]{1,7}-[0-9]")
SPACE = re.compile(r"\s+")
LITRE = re.compile(r"(?<![A-Za-z])([dcmuµμn]?)l(?![A-Za-z])")
MICRO = re.compile("[µμ]")
GIGA = re.compile(r"(?:G|Giga|giga|10(?:\*|\^|E|e|\*\*)0?9)/[Ll]")
TERA = re.compile(r"(?:T|Tera|Téra|tera|téra|10(?:\*|\^|E|e|\*\*)12)/[Ll]")
NOTHING = Analyte("", "")


def unit_key(unit: str) -> str:
    """The same for two spellings of one unit, and never for two units: 'G/L' is no 'g/L'.

    A litre is l or L, micro is µ or u (UCUM), giga by litre is 10*9 by litre.
    """
    bare = MICRO.sub("u", SPACE.sub("", unit))
    if GIGA.fullmatch(bare):
        return "10*9/L"
    if TERA.fullmatch(bare):
        return "10*12/L"
    return LITRE.sub(r"\1L", bare)


def analyte(document: HealthDocument, observation: Observation) -> Analyte:
    """What is measured; its key is '' when neither a code nor words say it, and of what was
    measured on somebody else: a foetus's value is none of its mother's."""
    if observation.subject:
        return NOTHING
    unit = unit_key(observation.unit)
    code = observation.code.strip()
    system = observation.code_system.strip()
    if system.upper() in LOINC_SYSTEMS and LOINC.fullmatch(code):
        return Analyte(f"loinc:{code}", unit)
    house = _house(document)
    if code and house:
        return Analyte(f"code:{house}:{system}:{code}", unit)
    label = plain_name(observation.label)
    if not label:
        return NOTHING
    examined = plain_name(observation.specimen or next(iter(observation.group), ""))
    return Analyte(f"label:{label}:{examined}:{unit}", unit)


def _house(document: HealthDocument) -> str:
    """Whose own codes these are; '' when nobody says, for then nobody knows they are the same."""
    for each in (document.custodian, *document.authors):
        if each is None:
            continue
        number = each.organization_identifier or each.identifier
        if number is not None and number.extension:
            return f"{number.root}^{number.extension}"
        if name := plain_name(each.organization or each.family_name):
            return name
    return ""

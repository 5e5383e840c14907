"""The demo world's documents as facts, for a laboratory's and a hospital's programs to write down.

documents.toml is what a PDF says to a reader; records.toml what a program knows beside it. The same
`now` gives the same facts. Nobody here is real.
"""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from store.model.document import (
    Abnormality,
    Format,
    HealthDocument,
    Identifier,
    Moment,
    Observation,
    Professional,
    Sex,
    Status,
    Traits,
)
from sync.demo.scripts import CET, LETTERS, document_facts
from sync.documents import said
from sync.documents.oids import IDNPS, IDNST, INS_DEMO

MARKS = {
    "": Abnormality.NORMAL,
    "H": Abnormality.HIGH,
    "B": Abnormality.LOW,
    "HH": Abnormality.VERY_HIGH,
    "BB": Abnormality.VERY_LOW,
}
NAMES = uuid.UUID("7b0c0c52-2b5c-4d3e-9d0e-64656d6f0001")
"""Below which every identifier of the demo world is made."""


def record(key: str, now: int) -> HealthDocument:
    """The document called `key` in both tables, its PDF left out."""
    known = _read()["record"][key]
    facts = document_facts(key, now)
    author = professional(known["author"])
    day = datetime.fromtimestamp(now, CET) - timedelta(days=known["days_ago"])
    at = moment(day, known["hour"])
    written = replace(author, at=at)
    return HealthDocument(
        format=Format.PDF,
        identifier=Identifier(root=oid(key, at.said), extension=""),
        set_identifier=Identifier(root=oid(key, at.said, "set"), extension=""),
        version=1,
        status=Status.FINAL,
        title=facts["title"],
        created_at=at,
        service_at=at,
        confidentiality="N",
        patient=patient(known["patient"]),
        authors=(written,),
        signer=written,
        custodian=author,
        recipients=(professional("fontvieille"),),
        observations=tuple(_results(facts["rows"], at)) if "rows_title" not in facts else (),
    )


def oid(*names: str) -> str:
    """An OID that nobody need register (ITU-T X.667), the same for the same names."""
    return f"2.25.{uuid.uuid5(NAMES, ' '.join(names)).int}"


def moment(day: datetime, hour: str) -> Moment:
    """That hour of that day, as a program of the demo world writes it."""
    at = day.replace(hour=int(hour[:2]), minute=int(hour[2:]), second=0, microsecond=0)
    return Moment(said=f"{at:%Y%m%d%H%M}00+0100", day=f"{at:%Y-%m-%d}", at=int(at.timestamp()))


def patient(key: str) -> Traits:
    """A patient of records.toml."""
    known = _read()["patient"][key]
    return Traits(
        ins=known["ins"],
        ins_root=INS_DEMO,
        birth_name=known["birth_name"],
        given_names=tuple(known["given_names"]),
        birth_day=known["birth_day"],
        sex=Sex(known["sex"]),
        birth_place=known["birth_place"],
        address=known["address"],
    )


def professional(key: str) -> Professional:
    """A professional of records.toml."""
    known = _read()["professional"][key]
    structure = known["structure"]
    return Professional(
        identifier=Identifier(root=IDNPS, extension=f"8{known['rpps']}"),
        family_name=known["family_name"],
        given_name=known["given_name"],
        prefix=known["prefix"],
        organization=known["organization"],
        organization_identifier=(
            Identifier(root=IDNST, extension=structure) if structure else None
        ),
        address=known["address"],
    )


def _results(rows: list[list[str]], at: Moment) -> Iterator[Observation]:
    """The rows of a drawn table; one with only its first cell is a heading."""
    group: tuple[str, ...] = ()
    for label, value, unit, usual, mark in rows:
        if not (value or unit or usual):
            group = (label,)
            continue
        low, _, high = (part.strip() for part in usual.partition("–"))
        if usual[:1] in "<>":
            low, high = ("", usual[1:].strip()) if usual[0] == "<" else (usual[1:].strip(), "")
        yield Observation(
            label=label,
            code=_code(label),
            value=value,
            number=said.number(value),
            unit=unit,
            low=low,
            high=high,
            abnormality=MARKS[mark],
            status=Status.FINAL,
            observed_at=at,
            group=group,
        )


def _code(label: str) -> str:
    """The laboratory's own code: a remark in brackets makes no other analyte of it."""
    words = label.partition(" (")[0].upper()
    return "".join(each for each in words if each.isascii() and each.isalnum())[:10]


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads((LETTERS / "records.toml").read_text(encoding="utf-8"))

"""The lines of the corpus that laboratories and hospitals write: HPRIM and HL7 v2."""

from __future__ import annotations

from store.model.document import Abnormality, Format
from tests.unit.documents.cda_maker import cda
from tests.unit.documents.corpus_model import Deviation, Sample
from tests.unit.documents.lab_files import (
    HEADER,
    HL7,
    MEDECIN,
    OBR,
    PID,
    SANTES,
    cisis,
    ed,
    flags,
    medecin,
    message,
)

D, F, A = Deviation, Format, Abnormality
MEDECIN_SHOWS = {
    "in utf_8": (D.HPRIM_UTF_8, D.HPRIM_12),
    "in utf_8_sig": (D.HPRIM_UTF_8,),
    "in utf_16": (D.HPRIM_UTF_16,),
    "in cp1252": (D.HPRIM_CP1252, D.HPRIM_CRLF),
    "in mac_roman": (D.HPRIM_MAC,),
    "CR only": (D.HPRIM_MAC, D.HPRIM_CR),
    "LF only": (D.HPRIM_LF,),
    "thirteen lines": (D.HPRIM_13,),
    "several patients": (D.HPRIM_PATIENTS,),
    "TEX lines": (D.HPRIM_LINES,),
}
TWO = ("several patients", "no FIN between two", "no FIN, no town")
MEDECIN_TOLD = {
    "encoded twice": ("charset.twice",),
    "no end": ("hprim.end_marks",),
    "no FIN": ("hprim.end_marks",),
    "no FIN between two": ("hprim.end_marks",),
    "no FIN, no town": ("hprim.end_marks",),
    "two ends of file": ("hprim.end_marks",),
    "text behind the end": ("hprim.after_end", "hprim.end_marks"),
    "a doubtful century": ("hprim.birth_day",),
}


MEDECIN_SAMPLES = tuple(
    Sample(
        name=f"HPRIM Médecin, {name}",
        shows=MEDECIN_SHOWS.get(name, ()),
        format=F.HPRIM_MEDECIN,
        octets=octets,
        documents=2 if name in (*TWO, "text behind the end") else 1,
        family="LEFÈVRE",
        results=0 if name == "text alone" else 4,
        grave=() if name == "text alone" else (A.HIGH, A.NORMAL),
        text="" if name == "results alone" else "Prélèvement reçu à 8 h.",
        warnings=MEDECIN_TOLD.get(name, ()),
    )
    for name, octets in MEDECIN.items()
    if name not in ("in ISO-8859-1", "no birth day")
)
LEVELS = (A.VERY_LOW, A.LOW, A.HIGH, A.VERY_HIGH, A.NORMAL, A.VERY_ABNORMAL)

MEDECIN_MORE = (
    Sample(
        name="HPRIM Médecin, in ISO-8859-1",
        shows=(D.HPRIM_LATIN,),
        format=F.HPRIM_MEDECIN,
        octets=MEDECIN["in ISO-8859-1"],
        family="LEFÈVRE",
        results=4,
        text="HÉMATOLOGIE",
    ),
    Sample(
        name="HPRIM Médecin, no birth day",
        shows=(),
        format=F.HPRIM_MEDECIN,
        octets=MEDECIN["no birth day"],
        results=4,
        text="LEFÈVRE",
        warnings=("hprim.no_header",),
    ),
    Sample(
        name="HPRIM Médecin, thirteen lines, the last one text",
        shows=(D.HPRIM_13,),
        format=F.HPRIM_MEDECIN,
        octets=medecin(header=(*HEADER, "Copie au Dr Invente")).encode("cp1252"),
        family="LEFÈVRE",
        results=4,
        text="Copie au Dr Invente",
    ),
    Sample(
        name="HPRIM Médecin, every degree",
        shows=(D.HPRIM_LEVELS, D.HPRIM_LINES),
        format=F.HPRIM_MEDECIN,
        octets=medecin(
            results=[f"RES|Potassium|K|N|4|mmol/l|3.5|5|{each}|F" for each in LEVELS]
        ).encode("cp1252"),
        family="LEFÈVRE",
        results=6,
        grave=LEVELS,
        text="Potassium",
    ),
)
SANTE_TOLD = {"no L": ("hprim.end_marks",), "a path for a name": ("hprim.unsafe_name",)}
SANTE_SAMPLES = tuple(
    Sample(
        name=f"HPRIM Santé, {name}",
        shows=(D.SANTE,) if name == "a path for a name" else (D.SANTE, D.SANTE_FILES),
        format=F.HPRIM_SANTE,
        octets=octets,
        documents=2 if name == "two patients" else 1,
        family="LE GOFF",
        results=2,
        grave=(A.HIGH,),
        text="Glycémie à jeun",
        files=() if name == "a path for a name" else ("B4471.PDF",),
        warnings=SANTE_TOLD.get(name, ()),
    )
    for name, octets in SANTES.items()
)
HL7_SAMPLES = tuple(
    Sample(
        name=f"HL7, {name}",
        shows=(D.HL7_ORU,),
        format=F.HL7_V2,
        octets=octets,
        documents=2 if name in ("two patients", "a batch") else 1,
        family="LE GOFF",
        results=4,
        grave=(A.HIGH, A.NORMAL),
        text="Sérologie",
        warnings=("hl7.charset_differs",) if name.startswith("declared") else (),
    )
    for name, octets in HL7.items()
    if b"Glucose" in octets
)
HL7_CARRYING: tuple[tuple[str, tuple[Deviation, ...], bytes], ...] = (
    ("an ORU with a CDA, people and flags", (D.HL7_CDA, D.HL7_PRT, D.HL7_FLAGS), cisis()),
    ("an MDM that replaces", (D.HL7_MDM, D.HL7_CDA), HL7["an MDM"]),
    ("an MDM with a CDA alone", (D.HL7_MDM,), message(PID, ed(cda()), kind="MDM^T02^MDM_T02")),
    ("a deletion", (D.HL7_CDA,), HL7["a deletion"]),
)
HL7_CARRIED = tuple(
    Sample(
        name=f"HL7, {name}",
        shows=shows,
        format=F.HL7_V2,
        octets=octets,
        family="LE GOFF",
        files=("text/xml",),
    )
    for name, shows, octets in HL7_CARRYING
)
HL7_MORE = (
    Sample(
        name="HL7, a combination of flags that is no legal one",
        shows=(D.HL7_FLAGS,),
        format=F.HL7_V2,
        octets=message(PID, ed(cda()), *flags(INVISIBLE_PATIENT="Y")),
        family="LE GOFF",
        files=("text/xml",),
        warnings=("hl7.destinations", "hl7.no_recipient"),
    ),
    Sample(
        name="HL7, an antibiogram and a value that is very high",
        shows=(D.HL7_ORU,),
        format=F.HL7_V2,
        octets=message(
            *(PID, OBR, "OBX|1|NM|K^Potassium^L||7.1|mmol/L|3.5-5|H~HH|||F"),
            "OBX|2|NM|AMX^Amoxicilline^L||32|mg/L||R|||F",
        ),
        family="LE GOFF",
        results=2,
        grave=(A.VERY_HIGH, A.UNKNOWN),
        text="    R",
    ),
    Sample(
        name="HL7, an INS whose key fails",
        shows=(D.KEY,),
        format=F.HL7_V2,
        octets=message(PID.replace("00077^", "00078^"), OBR, "OBX|1|NM|K^Potassium^L||4||||||F"),
        family="LE GOFF",
        results=1,
        warnings=("identifier.ins_key",),
    ),
)
LAB = (*MEDECIN_SAMPLES, *MEDECIN_MORE, *SANTE_SAMPLES, *HL7_SAMPLES, *HL7_CARRIED, *HL7_MORE)

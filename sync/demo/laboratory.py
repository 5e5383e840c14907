"""What the demo world's laboratory drops: results as HPRIM, and the PDF of the same name beside it.

When they are dropped is not said here. Its program changed over the years, so that the files are
not all in one encoding, nor their lines all ended alike; once somebody mistyped a doctor's code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sync.demo.correspondence import document
from sync.demo.records import professional, record
from sync.demo.scripts import people
from sync.documents.export_hprim import build_hprim, pair_names, party_of

CODE, MISTYPED = "FONTVIEILL", "FONTVIELLE"
"""What the laboratory calls Alice, and what stands once in its place."""
DROPPED = (
    ("bilan-preverange-avant", "mac_roman", "\r", CODE),
    ("bilan-preverange", "cp1252", "\r\n", MISTYPED),
    ("bilan-preverange-urgent", "utf_8", "\n", CODE),
)
"""Which documents, oldest first; in which encoding, how a line ends, for whom."""
RULE = "automate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two files of one folder."""

    text_name: str
    text: bytes
    pdf_name: str
    pdf: bytes


def pairs(now: int) -> tuple[Pair, ...]:
    """Every pair, oldest first."""
    return tuple(_pair(key, encoding, end, code, now) for key, encoding, end, code in DROPPED)


def drop(folder: Path, pair: Pair) -> None:
    """Write a pair as the machine does: the PDF, then the text that says whose it is."""
    (folder / pair.pdf_name).write_bytes(pair.pdf)
    (folder / pair.text_name).write_bytes(pair.text)


def doctors() -> bytes:
    """The laboratory's own codes of doctors, as its spreadsheet writes them."""
    return f"code;adresse\r\n{CODE};{people()['alice'].address}\r\n".encode("cp1252")


def rules(folder: Path, doctors_list: Path, receipts: Path) -> str:
    """`drop.toml`: the folder of its machine."""
    place, codes, back = (json.dumps(str(path)) for path in (folder, doctors_list, receipts))
    return (
        f"[{RULE}]\n"
        f"folder = {place}\n"
        'account = "labo"\n'
        'dispatch = "stem"\n'
        'find = ["hprim"]\n'
        f"doctors = {codes}\n"
        f"\n[{RULE}.results]\n"
        f"folder = {back}\n"
    )


def _pair(key: str, encoding: str, end: str, code: str, now: int) -> Pair:
    told = record(key, now)
    text = build_hprim(
        told,
        sender=party_of(told.authors[0], "RIVEBELLE"),
        recipient=party_of(professional("fontvieille"), code),
    ).decode("cp1252")
    text_name, pdf_name = pair_names(key)
    return Pair(
        text_name=text_name,
        text=text.replace("\r\n", end).encode(encoding),
        pdf_name=pdf_name,
        pdf=document(key, now),
    )

"""What the demo world's laboratory drops: results as HPRIM, and the PDF of the same name beside it.

Octets only: who puts them in a folder, and when, is not said here. Its program changed over the
years, so that the files are not all in one encoding, nor their lines all ended alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.demo.correspondence import document
from sync.demo.records import professional, record
from sync.documents.export_hprim import build_hprim, pair_names, party_of

DROPPED = (
    ("bilan-preverange-avant", "mac_roman", "\r"),
    ("bilan-preverange", "cp1252", "\r\n"),
    ("bilan-preverange-urgent", "utf_8", "\n"),
)
"""Which documents, oldest first; in which encoding, and how a line ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two files of one folder."""

    text_name: str
    text: bytes
    pdf_name: str
    pdf: bytes


def pairs(now: int) -> tuple[Pair, ...]:
    """Every pair, oldest first."""
    return tuple(_pair(key, encoding, end, now) for key, encoding, end in DROPPED)


def _pair(key: str, encoding: str, end: str, now: int) -> Pair:
    told = record(key, now)
    doctor = professional("fontvieille")
    text = build_hprim(
        told,
        sender=party_of(told.authors[0], "RIVEBELLE"),
        recipient=party_of(doctor, doctor.family_name[:10]),
    ).decode("cp1252")
    text_name, pdf_name = pair_names(key)
    return Pair(
        text_name=text_name,
        text=text.replace("\r\n", end).encode(encoding),
        pdf_name=pdf_name,
        pdf=document(key, now),
    )

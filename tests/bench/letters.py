"""Invented letters in any number: the same ones at each run, so that runs can be compared."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator

WORDS = (
    *("bilan", "glycémie", "hémoglobine", "créatinine", "ordonnance", "consultation"),
    *("radiographie", "échographie", "patient", "traitement", "contrôle", "rendez-vous"),
    *("hospitalisation", "sortie", "prescription", "dosage", "tension", "cardiologie"),
    *("pneumologie", "résultat", "laboratoire", "vaccination", "allergie", "suivi", "avis"),
)
SENDERS = ("labo@tilleuls.example", "dr.bruyere@cabinet.example", "urgences@hopital.example")
NUMBER = re.compile(rb"dossier(\d{6})")
FIRST_AT = 1_700_000_000
"""When the first letter was received; each next one came a minute later. Unix seconds."""


def letters(
    count: int, *, octets: int = 700, seed: int = 1, first_number: int = 0
) -> Iterator[bytes]:
    """`count` letters of `octets` on average; what a text does not fill is an attached PDF."""
    chance = random.Random(seed)
    for number in range(first_number, first_number + count):
        text = " ".join(chance.choices(WORDS, k=40))
        head = _head(number, " ".join(chance.choices(WORDS, k=3)), chance.choice(SENDERS))
        room = int(chance.uniform(0.5, 1.5) * octets) - len(head) - len(text)
        yield head + (_with_pdf(text, chance, room) if room > 3000 else _plain(text))


def subject_of(number: int) -> str:
    """What only letter `number` says in its subject."""
    return f"dossier{number:06}"


def number_in(head: bytes) -> int | None:
    """The number that a letter's head, or a subject, says; None when it is none of ours."""
    found = NUMBER.search(head)
    return int(found[1]) if found else None


def _head(number: int, words: str, sender: str) -> bytes:
    coded = base64.b64encode(words.encode()).decode()
    return (
        f"From: {sender}\r\nTo: alice@sante.test\r\n"
        f"Subject: {subject_of(number)} =?utf-8?b?{coded}?=\r\n"
        f"Message-ID: <{number}.banc@sante.test>\r\nMIME-Version: 1.0\r\n"
    ).encode()


def _plain(text: str) -> bytes:
    head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return f"{head}{text}\r\n".encode()


def _with_pdf(text: str, chance: random.Random, room: int) -> bytes:
    # Not a PDF that opens: what is measured is carrying and storing octets that do not compress.
    lines = base64.encodebytes(chance.randbytes(room * 3 // 4)).replace(b"\n", b"\r\n")
    return (
        b"Content-Type: multipart/mixed; boundary=limite\r\n\r\n--limite\r\n"
        + _plain(text)
        + b"--limite\r\nContent-Type: application/octet-stream; name=examen.bin\r\n"
        + b"Content-Disposition: attachment; filename=examen.bin\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + lines
        + b"--limite--\r\n"
    )

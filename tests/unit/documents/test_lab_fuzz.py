"""Any octets give documents or one of our errors, and twice the octets cost twice the work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import MailError
from sync.documents import hl7, hprim_medecin, hprim_sante
from tests.unit.documents import lab_files
from tests.unit.documents.lab_files import HL7, MEDECIN, PID, RESULTS, SANTE, SANTES
from tests.unit.documents.work import calls

Reader = Callable[[bytes], object]
READERS: tuple[Reader, ...] = (hprim_medecin.read, hprim_sante.read, hl7.read, hl7.documents)
CORPUS = [*MEDECIN.values(), *SANTES.values(), *HL7.values()]
PIECES = [
    *(
        b"RES|",
        b"TEX|",
        b"****FIN****\r\n",
        b"****LAB****\n",
        b"****FINFICHIER****",
        b"<br>",
        b"&eacute;",
    ),
    *(
        b"MSH|^~\\&|",
        b"PID|||",
        b"OBX|1|NM|",
        b"OBX|1|ED|",
        b"PRT||UC||RCT^",
        b"NTE|1||x",
        b"\\X4\\",
    ),
    *(b"H|~^\\&|", b"P|1|", b"A|", b"C|1|L|", b"FIC|", b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n"),
    *(b"\xe9", b"\xc3\xa9", b"\x8e", b"\x00", b"03/02/84", b"20261124", b"9" * 50, b"PDF"),
]


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 30


def attempt(reader: Reader, octets: bytes) -> None:
    with suppress(MailError):
        reader(octets)


@pytest.mark.parametrize("reader", READERS)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=60))
def test_any_octets(reader: Reader, pieces: list[bytes]) -> None:
    attempt(reader, b"".join(pieces))


@pytest.mark.parametrize("reader", READERS)
@given(st.sampled_from(CORPUS), st.integers(0, 3000), st.integers(0, 40), st.sampled_from(PIECES))
def test_a_file_that_was_damaged(
    reader: Reader, file: bytes, place: int, gone: int, piece: bytes
) -> None:
    attempt(reader, file[:place] + piece + file[place + gone :])


def medecin_of(lines: int) -> bytes:
    results = [RESULTS[place % len(RESULTS)] for place in range(lines)]
    return lab_files.medecin(results=results, text=["Un texte"] * lines).encode("cp1252")


def many_patients(lines: int) -> bytes:
    return lab_files.medecin(close="\0").encode() * (lines // 8)


HEAD = lab_files.message(PID, "OBR|1", "OBX|1|NM|A^B^L||1|g|||||F")
REPEATED: dict[str, tuple[Reader, Callable[[int], bytes]]] = {
    "results": (hprim_medecin.read, medecin_of),
    "patients": (hprim_medecin.read, many_patients),
    "ends": (hprim_medecin.read, lambda n: b"x\n****FINFICHIER****\n" * n),
    "comments": (hprim_sante.read, lambda n: lab_files.sante(*SANTE[:5]) + b"C|1|L|x\r" * n),
    "continued": (hprim_sante.read, lambda n: lab_files.sante(*SANTE[:3]) + b"A|x\r" * n),
    "results of a laboratory": (
        hprim_sante.read,
        lambda n: lab_files.sante(*SANTE[:4], *SANTE[4:7] * n),
    ),
    "notes": (hl7.read, lambda n: HEAD + b"NTE|1||x\r" * n),
    "patients of a message": (
        hl7.read,
        lambda n: HEAD + b"".join(b"PID|||%d\rOBX|1|ED|A||^^^Base64^QUJD\r" % k for k in range(n)),
    ),
    "recipients": (
        hl7.read,
        lambda n: HEAD + b"".join(b"PRT||UC||RCT|%d^X\r" % k for k in range(n)),
    ),
    "messages": (hl7.read, lambda n: HEAD * (n // 4)),
}


@pytest.mark.parametrize("name", REPEATED)
def test_work_grows_with_the_octets_and_no_faster(name: str) -> None:
    reader, made = REPEATED[name]
    reader(made(64))  # what is learnt once is learnt
    small, large = calls(reader, made(256)), calls(reader, made(1024))
    assert large <= 4.2 * small + 2000


MEGA = 5 * 1024 * 1024
HUGE: dict[str, tuple[Reader, bytes]] = {
    "one line of fields": (hl7.read, HEAD + b"OBX|1|ST|" + b"|" * MEGA),
    "one field of repetitions": (hl7.read, HEAD + b"OBX|2|TX|A||" + b"~" * MEGA),
    "one field of escapes": (hl7.read, HEAD + b"OBX|2|TX|A||" + b"\\X4" * (MEGA // 3)),
    "a heading": (hl7.read, HEAD + b"OBR|1|||" + b"x" * MEGA + b"\r" + b"OBX|1|NM|A\r" * 2000),
    "a heading of HPRIM": (
        hprim_sante.read,
        lab_files.sante(*SANTE[:2]) + b"OBR|1|||" + b"x" * MEGA + b"\r" + b"OBX|1|NM|A\r" * 2000,
    ),
    "accents": (hprim_medecin.read, b"****FIN****\n" + b"\xe9" * MEGA),
    "accents encoded twice": (hprim_medecin.read, b"****FIN****\n" + "Ã©".encode() * (MEGA // 4)),
    "blanks in a mark": (hprim_medecin.read, b"****FIN****\n<br" + b" " * MEGA),
    "entities": (hprim_medecin.read, b"****FIN****\n" + b"&eacute" * (MEGA // 7)),
    "asterisks": (hprim_medecin.read, b"****FIN****\n" + b"*" * MEGA),
    "ends of line": (hprim_medecin.read, b"****FIN****\n" + b"\r" * MEGA),
    "a document": (hl7.read, lab_files.message(PID, lab_files.ed(b"<x/>" * (MEGA // 6)))),
}


@pytest.mark.parametrize("name", HUGE)
def test_five_megabytes_of_the_worst_are_read(name: str) -> None:
    # No time is measured: what is not linear here does not end within anybody's patience.
    attempt(*HUGE[name])


def test_more_than_anybody_writes_is_refused() -> None:
    for reader, code in (
        (hprim_medecin.read, "hprim"),
        (hprim_sante.read, "hprim"),
        (hl7.read, "hl7"),
    ):
        with pytest.raises(MailError) as refused:
            reader(b" " * (33 * 1024 * 1024))
        assert refused.value.code == f"{code}.too_large"
        with pytest.raises(MailError) as refused:
            reader(b"****FIN****\nMSH|^~\\&|\n" + b"\n" * 600_000)
        assert refused.value.code == f"{code}.too_large"

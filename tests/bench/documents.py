"""Health documents: how many are read and built in a second, by format, and what large ones cost.

Seconds are of the processor, so that others on the machine spoil them less; memory is the most a
process of its own held, beside one that has loaded the same octets and reads nothing.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from store.errors import MailError
from store.model.document import Format, HealthDocument, Rendition
from store.model.email import EmailAddress
from sync.demo.pdfs import Document, draw
from sync.documents.build_cda import build_cda
from sync.documents.build_xdm import build_xdm
from sync.documents.export_hprim import build_hprim, party_of
from sync.documents.mss_letter import Sender, Wishes, mss_letter
from sync.documents.pdf_text import pdf_text
from tests.bench.report import measure, note, progress, size, title
from tests.bench.running import SAMPLE_SECONDS, Run, run
from tests.bench.stage import Measured
from tests.unit.documents import invented, lab_files
from tests.unit.documents.cda_maker import (
    battery,
    bounds,
    cda,
    entry,
    enveloped,
    judged,
    observation,
    section,
    structured,
)
from tests.unit.documents.corpus import CORPUS, read
from tests.unit.documents.xdm_maker import entry as xdm_entry
from tests.unit.documents.xdm_maker import metadata, package

LARGE_OCTETS, CDA_OCTETS = 5_000_000, 3_000_000
MEASURED_SECONDS = 1.0
"""Of the processor, for each rate; PLI_BENCH_RATE_MS changes it."""
CHILD_SECONDS = 120.0
PDFS = 5
RESULT = observation(rest=judged("H") + bounds())
ROW = "<tr><td>Examen 12</td><td>7.5 mmol/L</td><td>(3.5 - 5.1)</td></tr>"


def bench(root: Path) -> Measured:
    """Print documents a second, seconds of a large CDA, memory of large documents."""
    title("Health documents, Pli alone")
    figures: Measured = {}
    progress("reading the corpus")
    read_here = (sample for sample in CORPUS if sample.format is not Format.PDF)
    by_format = sorted(read_here, key=lambda sample: sample.format)
    for kind, samples in groupby(by_format, key=lambda sample: sample.format):
        octets = [sample.octets for sample in samples]
        rate = _rate([lambda one=one: _attempt(one) for one in octets])  # type: ignore[misc]
        name = f"read, {kind}, {sum(map(len, octets)) / len(octets) / 1e3:.1f} KB on average"
        figures[f"read_{kind}"] = measure(name, rate, "a second")
    figures["pdf_text_seconds"] = _pdf_text()
    progress("building")
    for name, build in builders().items():
        figures[f"built_{name}"] = measure(f"built, {name}", _rate([build]), "a second")
    octets_wanted = size("cda_octets", CDA_OCTETS)
    for name, made in (("results", results_of), ("a table", table_of)):
        octets = made(octets_wanted)
        begun = time.process_time()
        _attempt(octets)
        seconds = time.process_time() - begun
        words = f"a CDA of {len(octets) / 1e6:.1f} MB, {name}"
        figures[f"cda_{name.split()[-1]}_seconds"] = measure(words, seconds, "s")
    return figures | _memory(root)


def _pdf_text() -> float:
    """The words of a PDF of one page, by a process that is started for it and ends with it."""
    page = draw(Document(issuer=["Labo"], title="CR", facts=["x"], paragraphs=["y"], signature="z"))
    begun = time.perf_counter()
    for _ in range(PDFS):
        assert asyncio.run(pdf_text(page, timeout=CHILD_SECONDS))
    seconds = (time.perf_counter() - begun) / PDFS
    return measure("the words of a PDF, its process too, by the clock", seconds, "s")


def _attempt(octets: bytes) -> None:
    try:
        read(octets)
    except MailError:
        note("a document of the corpus was refused")


def _rate(work: list[Callable[[], object]]) -> float:
    """How often one of `work` is done in a second of the processor."""
    for each in work:
        each()  # what is learnt once is learnt
    least = size("rate_ms", round(MEASURED_SECONDS * 1000)) / 1000
    done, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < least:
        for each in work:
            each()
        done += len(work)
    return done / spent


def results_of(octets: int) -> bytes:
    """A structured CDA of about so many octets."""
    count = octets // len(RESULT)
    return cda(structured(section("Bio", "", entry(battery("Iono", *[RESULT] * count)))))


def table_of(octets: int) -> bytes:
    """A CDA that is one table."""
    return cda(structured(section("Bio", f"<table>{ROW * (octets // len(ROW))}</table>")))


def noise(octets: int) -> bytes:
    """A PDF, as far as its first octets go; it deflates as badly as a PDF does."""
    return b"%PDF-1.4\n" + random.Random(1).randbytes(octets) + b"\n%%EOF\n"


def carrying(octets: int) -> HealthDocument:
    """A document of ours around a PDF of so many octets."""
    pdf = Rendition(media_type="application/pdf", octets=noise(octets), name="cr.pdf")
    return replace(invented.DOCUMENT, renditions=(pdf,))


def builders() -> dict[str, Callable[[], object]]:
    """What is built, each by its name."""
    plain, coded = carrying(100_000), invented.IN_CODES
    made = build_cda(plain, invented.CONTEXT)
    sealed = invented.Entry(cda=made, entry_uuid=invented.UUIDS[0], class_code=invented.CLASS)
    sender = Sender(email="labo@labo.example", organization="Laboratoire des Essais")
    to = [EmailAddress(email="alice@cabinet.example")]
    labo, doctor = party_of(invented.BIOLOGIST, "LABO1"), party_of(invented.DOCTOR, "26A")

    def letter() -> object:
        return mss_letter(
            [sealed], invented.SUBMISSION, invented.PLI, sender=sender, to=to, wishes=Wishes()
        )

    return {
        "cda_n1": lambda: build_cda(plain, invented.CONTEXT),
        "cda_n3": lambda: build_cda(coded, invented.CONTEXT),
        "xdm": lambda: build_xdm([sealed], invented.SUBMISSION, invented.PLI),
        "letter": letter,
        "hprim_medecin": lambda: build_hprim(coded, sender=labo, recipient=doctor),
    }


def large(octets: int) -> dict[str, bytes]:
    """A large document of each format."""
    lines = octets // 60
    document = cda(enveloped(noise(octets * 3 // 4)))
    return {
        "cda_n1": document,
        "cda_n3": results_of(octets),
        "cda_table": table_of(octets),
        "xdm": package(metadata=metadata(xdm_entry(document)), document=document),
        "hprim_medecin": lab_files.medecin(results=lab_files.RESULTS * (lines // 4)).encode(),
        "hprim_sante": lab_files.sante(
            *lab_files.SANTE[:4], *lab_files.SANTE[4:7] * (lines // 3), "L|1"
        ),
        "hl7_v2": lab_files.message(lab_files.PID, lab_files.ed(noise(octets * 3 // 4))),
    }


def _child(how: str, file: Path) -> Run:
    command = [sys.executable, "-m", "tests.bench.documents", how, str(file)]
    return run(command, seconds=CHILD_SECONDS)


def _memory(root: Path) -> Measured:
    """The most memory that a process of its own took to read each large document."""
    figures: Measured = {}
    for name, octets in large(size("document_octets", LARGE_OCTETS)).items():
        file = root / f"large.{name}"
        file.write_bytes(octets)
        idle, busy = (_child(how, file) for how in ("load", "read"))
        megabytes = (busy.peak_octets - idle.peak_octets) / 1e6
        words = f"memory beside its octets, {name}, {len(octets) / 1e6:.1f} MB"
        figures[f"{name}_megabytes"] = measure(words, max(megabytes, 0.0), "MB")
    return figures


if __name__ == "__main__":
    how, path = sys.argv[1:]
    held = Path(path).read_bytes()
    if how == "read":
        read(held)
    # The kernel keeps the most that was held; the watcher must find somebody to ask about.
    time.sleep(4 * SAMPLE_SECONDS)

"""A PDF gives its words; a bad one costs its own process and nothing else."""

from __future__ import annotations

import asyncio
import inspect
import io
import subprocess
import sys
import zlib
from collections.abc import Iterable

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from store.errors import Permanent, Transient
from sync.documents import pdf_child
from sync.documents import pdf_text as module
from sync.documents.pdf_text import pdf_text


def drawn(*pages: Iterable[str], encrypt: StandardEncryption | None = None) -> bytes:
    """A real PDF of these lines."""
    kept = io.BytesIO()
    canvas = Canvas(kept, encrypt=encrypt)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 760 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()


RESULT = drawn(["Glycémie à jeun : 1,2 g/l", "Numération : œdème"], ["Deuxième page"])


async def refusal(octets: bytes, timeout: float = 10.0) -> str:
    """The code a PDF is refused with."""
    with pytest.raises(Permanent) as refused:
        await pdf_text(octets, timeout=timeout)
    return refused.value.code


async def test_the_words_of_every_page_are_read() -> None:
    text = await pdf_text(RESULT)
    assert text == "Glycémie à jeun : 1,2 g/l\nNumération : œdème\n\nDeuxième page"


async def test_a_page_without_words_says_nothing() -> None:
    assert await pdf_text(drawn([])) == ""


async def test_no_more_is_read_than_was_asked_for() -> None:
    assert await pdf_text(RESULT, limit_characters=8) == "Glycémie"


async def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    locked = drawn(["Bonjour"], encrypt=StandardEncryption("", ownerPassword="secret"))
    assert await pdf_text(locked) == "Bonjour"


async def test_a_pdf_under_a_password_is_said_to_be_so() -> None:
    assert (
        await refusal(drawn(["Bonjour"], encrypt=StandardEncryption("secret"))) == "pdf.encrypted"
    )


@pytest.mark.parametrize(
    "octets",
    [b"", b"%PDF-1.7", bytes(range(256)) * 100, RESULT[: len(RESULT) // 2], b"<html>"],
    ids=["nothing", "only begun", "noise", "cut", "no PDF"],
)
async def test_what_is_no_pdf_is_unreadable(octets: bytes) -> None:
    assert await refusal(octets) == "pdf.unreadable"


async def test_a_pdf_that_swells_without_end_is_refused() -> None:
    packer = zlib.compressobj(9)
    begun = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    sixteen_mb = packer.compress(b" " * 2**24) + packer.flush(zlib.Z_FULL_FLUSH)
    swollen = begun + sixteen_mb * 100 + packer.flush()
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (
        len(swollen),
        swollen,
    )
    objects = [
        *(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
        *(page, stream),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    whole = b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R >>"
    assert await refusal(whole, timeout=120) == "pdf.unreadable"


async def pdf_or_code(octets: bytes) -> str:
    try:
        return await pdf_text(octets)
    except Permanent as error:
        return error.code


async def test_a_pdf_that_takes_too_long_is_given_up() -> None:
    assert await refusal(RESULT, timeout=0.001) == "pdf.too_slow"


async def test_a_pdf_that_is_too_large_is_not_tried() -> None:
    assert await refusal(bytes(module.MOST_OCTETS + 1)) == "pdf.too_large"


async def test_a_machine_without_room_for_a_process_is_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Transient) as later:
        await pdf_text(RESULT)
    assert later.value.code == "pdf.cannot_start"


async def test_giving_up_waiting_leaves_no_process() -> None:
    others = children()  # the mail servers of other tests
    reading = asyncio.create_task(pdf_text(RESULT))
    while not children() - others:
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not children() - others


def children() -> set[str]:
    """The processes this thread has started and not yet buried."""
    with open("/proc/thread-self/children") as listed:
        return set(listed.read().split())


async def test_a_bad_pdf_does_not_spoil_the_next() -> None:
    codes = await asyncio.gather(*(pdf_or_code(RESULT if n % 2 else b"%PDF-") for n in range(4)))
    assert codes[0] == codes[2] == "pdf.unreadable"
    assert codes[1] == codes[3] == await pdf_text(RESULT)


CLOSED = """
import errno, os, socket, sys
{give_up}
give_up_everything(5)
tried = {{
    "file": lambda: open("/etc/hostname"),
    "socket": lambda: socket.socket(),
    "pipe": lambda: os.pipe(),
    "memory": lambda: bytearray(2 * MOST_MEMORY),
}}
for name, attempt in tried.items():
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    sys.exit(name)
"""


def test_the_process_that_reads_can_open_nothing() -> None:
    source = inspect.getsource(pdf_child).partition("if __name__")[0]
    done = subprocess.run(
        [sys.executable, "-I", "-c", CLOSED.format(give_up=source.replace("from __future__", "#"))],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")

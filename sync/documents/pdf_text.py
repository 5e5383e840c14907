"""The words of a PDF, for the reading pane and the search. Read in a process that may die of it."""

from __future__ import annotations

import asyncio
import math
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from store.errors import Permanent, Transient
from sync.documents import pdf_child

TOO_SLOW = "pdf.too_slow"
MOST_OCTETS = 50 * 1024 * 1024
NEEDED_ENVIRONMENT = ("LD_LIBRARY_PATH", "PATH")
"""All the child is told: where keys and stores lie is not its business."""
WIDEST_CHARACTER = 4
CHUNK = 256 * 1024


async def pdf_text(octets: bytes, *, timeout: float = 10.0, limit_characters: int = 200_000) -> str:
    """The text of a PDF, its pages one after the other; '' when it holds only pictures.

    Args:
        timeout: seconds for the whole of it.
        limit_characters: what lies beyond is not read.

    Raises:
        Permanent: `pdf.encrypted`; `pdf.too_large`; `pdf.too_slow`; `pdf.unreadable`, it is broken,
            is no PDF, or asks for more than a document may.
        Transient: `pdf.cannot_start`, this machine has no room for one more process.
    """
    if len(octets) > MOST_OCTETS:
        raise Permanent("pdf.too_large")
    process = await _start(limit_characters, timeout)
    feeding = asyncio.create_task(feed(process, octets))
    try:
        async with asyncio.timeout(timeout):
            said = await said_by(process, limit_characters * WIDEST_CHARACTER)
            await feeding
            code = await process.wait()
    except TimeoutError:
        raise Permanent(TOO_SLOW) from None
    finally:
        feeding.cancel()
        await end(process)
    if code != pdf_child.READ:
        raise Permanent("pdf.encrypted" if code == pdf_child.ENCRYPTED else "pdf.unreadable")
    return said.decode("utf-8", "replace").replace("\0", "")


async def words_to_compare(pdf: bytes) -> str | None:
    """What the wrong-patient guard compares. '' for a PDF without words, a picture or locked, which
    neither confirms nor denies; None for one that may have some, which a machine that does much
    else did not read in time.

    Raises:
        Transient: `pdf.cannot_start`.
    """
    try:
        return await pdf_text(pdf)
    except Permanent as error:
        return None if error.code == TOO_SLOW else ""


async def _start(limit_characters: int, timeout: float) -> Process:
    limits = (str(limit_characters), str(math.ceil(timeout)))
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", pdf_child.__file__, *limits),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd="/",
            env=environment(),
        )
    except OSError as error:
        raise Transient("pdf.cannot_start") from error


def environment() -> dict[str, str]:
    """What a child of ours is told."""
    return {name: os.environ[name] for name in NEEDED_ENVIRONMENT if name in os.environ}


async def feed(process: Process, octets: bytes) -> None:
    """Give a child all it reads."""
    assert process.stdin is not None
    # A child that has seen enough closes its end; what it says then is what counts.
    with suppress(BrokenPipeError, ConnectionResetError):
        # By pieces: the whole at once would be copied while every other duty waits.
        for start in range(0, len(octets), CHUNK):
            process.stdin.write(octets[start : start + CHUNK])
            await process.stdin.drain()
    process.stdin.close()


async def said_by(process: Process, most: int) -> bytearray:
    """What the child says, up to the end. One that says too much is no longer ours: it is ended."""
    assert process.stdout is not None
    said = bytearray()
    while chunk := await process.stdout.read(CHUNK):
        said += chunk
        if len(said) > most:
            process.kill()
            break
    return said


async def end(process: Process) -> None:
    """Leave no child behind, whatever became of it."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()

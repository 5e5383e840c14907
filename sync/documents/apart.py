"""Read a heavy letter in a process that may die of it, so that the node and its duties do not."""

from __future__ import annotations

import asyncio
import math
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from store.errors import Permanent, Transient
from store.model.health import ReadDocument
from sync.documents import reading_child
from sync.documents.pdf_text import end, environment, feed, said_by
from sync.documents.reading import Letter
from sync.documents.reading_frames import packed_letter, unpacked_documents

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
MOST_ANSWERED = 128 * 1024 * 1024
"""Octets of documents and their files, of a letter; a letter itself is 64 MiB at most."""


async def read_apart(letter: Letter, *, timeout: float = SECONDS) -> tuple[ReadDocument, ...]:
    """The documents of a letter, as `read_letter` finds them.

    Raises:
        Permanent: `document.too_slow`; `document.unreadable`, it asks for more than a letter may.
        Transient: `document.cannot_start`, this machine has no room for one more process.
    """
    process = await _start(timeout)
    feeding = asyncio.create_task(feed(process, await asyncio.to_thread(packed_letter, letter)))
    try:
        async with asyncio.timeout(timeout):
            answered = await said_by(process, MOST_ANSWERED)
            await feeding
            code = await process.wait()
    except TimeoutError:
        raise Permanent("document.too_slow") from None
    finally:
        feeding.cancel()
        await end(process)
    if code != reading_child.READ:
        raise Permanent("document.unreadable")
    return await asyncio.to_thread(unpacked_documents, answered)


async def _start(timeout: float) -> Process:
    program = (sys.executable, "-I", reading_child.__file__, str(math.ceil(timeout)), str(ROOT))
    try:
        return await asyncio.create_subprocess_exec(
            *program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd="/", env=environment()
        )
    except OSError as error:
        raise Transient("document.cannot_start") from error

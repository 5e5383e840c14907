"""What the practice's software answered: ACK and ZAM files, matched by the message they name.

They are read and left where they are: the folder is another program's. Its word settles our row and
nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Sequence

from store.db.handovers import handovers_open, set_handover
from store.db.open import Connection
from store.errors import Permanent
from store.host.clock import now
from store.host.log import event
from store.model.handover import Handover, HandoverState
from sync.documents.hl7_message import messages
from sync.documents.hl7_receipts import Receipt, receipt

log = logging.getLogger(__name__)
MOST_FILES = 1000
"""Looked at in a folder, the newest first."""
MOST_OCTETS = 256 * 1024
MOST_WORDS = 500
OPENED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Seen = set[tuple[str, int, int]]
"""Path, time and size of files that were read and say nothing to us."""
SAME_TIME_SECONDS = 3
"""Written again within these, a file may have the same time as before: FAT counts by two."""


async def read_answers(db: Connection, seen: Seen) -> int:
    """Settle what has been answered. Returns how many answers are still awaited."""
    awaited = {each.control_id: each for each in handovers_open(db) if each.awaits_answer}
    if not awaited:
        return 0
    folders = sorted({each.answers for each in awaited.values()})
    found = await asyncio.to_thread(_answers, folders, frozenset(awaited), seen)
    for answer in found:
        settled = awaited.pop(answer.of_message, None)
        if settled is not None:
            _settle(db, settled, answer)
    return len(awaited)


def _settle(db: Connection, settled: Handover, answer: Receipt) -> None:
    state = HandoverState.ACCEPTED if answer.succeeded else HandoverState.REFUSED
    reply = "; ".join(f"{each.code} {each.words}".strip() for each in answer.faults)
    set_handover(db, settled, state, now=now(), reply=reply[:MOST_WORDS])
    event(log, logging.INFO, "handover.answered", handover=settled.id, state=state)


def _answers(folders: Sequence[str], awaited: frozenset[str], seen: Seen) -> list[Receipt]:
    found: list[Receipt] = []
    for folder in folders:
        for path, facts in _newest(folder):
            mark = (path, facts.st_mtime_ns, facts.st_size)
            if mark in seen:
                continue
            told = [each for each in _read(path) if each.of_message in awaited]
            found += told
            if not told and facts.st_mtime < now() - SAME_TIME_SECONDS:
                seen.add(mark)
    return [each for each in found if each.succeeded is not None]


def _newest(folder: str) -> list[tuple[str, os.stat_result]]:
    """Plain files that could be an answer; none when the folder cannot be read now."""
    files = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for each in entries:
            with contextlib.suppress(OSError):
                facts = each.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode) and 0 < facts.st_size <= MOST_OCTETS:
                    files.append((each.path, facts))
    files.sort(key=lambda file: -file[1].st_mtime_ns)
    return files[:MOST_FILES]


def _read(path: str) -> list[Receipt]:
    """The answers in a file; none when it is no HL7, or not all of it is there yet."""
    try:
        with os.fdopen(os.open(path, OPENED), "rb") as file:
            octets = file.read(MOST_OCTETS + 1)
        return [told for each in messages(octets) if (told := receipt(each))]
    except (OSError, Permanent):
        return []

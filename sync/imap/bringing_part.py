"""One flight of a part asked for alone: each range is kept as it comes, and offered only whole.

Whatever makes it doubtful (a server that cannot decode it, gives other octets than before, or ends
it early) begins it anew or refuses it; the letter is never asked for instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from store.errors import Permanent
from store.host.log import event
from store.model.structure import PartCame, WantedPart
from sync.replica.facts import Span
from sync.replica.lean import Ask
from sync.replica.seams import Local, Remote

log = logging.getLogger(__name__)
DECODES = "BINARY"


async def bring_part(
    remote: Remote, local: Local, job: Ask, on_kept: Callable[[int], object]
) -> bool:
    """Bring the next ranges. False when nothing of it came, and nothing else is to be tried now.

    on_kept: is told how much of it is held after each range.
    """
    binary = remote.has(DECODES) and not job.part.no_binary
    if job.part.held and bool(job.part.binary) != binary:
        # Another server, or one that has changed: what is held are other octets.
        local.restart_part(job.part, no_binary=bool(job.part.no_binary))
        return True
    taking = _Taking(local, job.part, binary, on_kept)
    try:
        await remote.part_ranges(
            *(job.part.uid, job.part.number, job.spans, taking.take),
            binary=binary,
            ask_size=binary and job.part.size is None,
            on_half=taking.take_half,
        )
    except Permanent as error:
        return _refused(local, job.part, error, binary=binary)
    if taking.differs:
        event(log, logging.WARNING, "part.begun_anew", email=job.part.email_id)
        local.restart_part(job.part, no_binary=bool(job.part.no_binary))
        return False  # a server that gives other octets each time is not asked for ever
    if taking.sizeless:
        local.restart_part(job.part, no_binary=True)
    return taking.given


def _refused(local: Local, part: WantedPart, error: Permanent, *, binary: bool) -> bool:
    """A part that a server cannot decode it may still give as it is (RFC 3516 §4.3)."""
    event(log, logging.WARNING, "part.refused", email=part.email_id, error=error)
    if binary:
        local.restart_part(part, no_binary=True)
        return True
    local.refuse_part(part, error.code)
    return False


class _Taking:
    """What comes in one flight."""

    def __init__(
        self, local: Local, part: WantedPart, binary: bool, on_kept: Callable[[int], object]
    ) -> None:
        self._on_kept = on_kept
        self.local, self.part, self.binary = local, part, binary
        self.held, self.size = part.held, part.size
        self.given = self.differs = self.sizeless = self.ended = False

    def take(self, span: Span, octets: bytes, size: int | None) -> None:
        """Keep a range that follows what is held; after the last one there is nothing to keep."""
        self.given = True
        self.size = size if size is not None else self.size
        if self.ended or self.differs or self.sizeless:
            return
        if self.binary and self.size is None:
            self.sizeless = True
            return
        overlap = self.held - span.offset
        if overlap and octets[:overlap] != self.local.last_part_octets(self.part, overlap):
            self.differs = True
            return
        self.ended = len(octets) < span.length
        came = PartCame(
            offset=self.held,
            octets=octets[overlap:],
            binary=self.binary,
            ends=self.ended,
            size=size,
        )
        self.local.add_part_range(self.part, came)
        self.held += len(came.octets)
        self._on_kept(self.held)

    def take_half(self, span: Span, octets: bytes, size: int | None) -> None:
        """Keep what came of a range in which the line broke; nothing tells whether more follows."""
        overlap = self.held - span.offset
        is_sized = not self.binary or (self.size, size) != (None, None)
        if self.ended or self.differs or not is_sized or len(octets) <= overlap:
            return
        if overlap and octets[:overlap] != self.local.last_part_octets(self.part, overlap):
            return
        came = PartCame(
            offset=self.held, octets=octets[overlap:], binary=self.binary, ends=False, size=size
        )
        self.local.add_part_range(self.part, came)

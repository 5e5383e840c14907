"""How far a pass has come, for whoever looks while it goes (sync/watching.py). Counts, no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from store.model.ids import EmailId
from store.model.work import letter_of, part_of, upload_of
from sync.replica.facts import Counted
from sync.replica.lean import Ask, Begin, Continue, Job, Whole


class AskedNow(NamedTuple):
    """What a person asked for and that comes now."""

    name: str
    """store/model/work.py."""
    held: int
    """Octets."""
    size: int
    """Octets, as far as its server said."""


def asked_by(job: Job | None) -> AskedNow | None:
    """What a person asked for, if that is what comes next."""
    if isinstance(job, Ask):
        part = job.part
        size = part.size if part.binary and part.size is not None else part.length
        return AskedNow(part_of(part.email_id, part.number), part.held, size)
    letter = job.letter if isinstance(job, Continue) else None
    if isinstance(job, Begin | Whole) and job.letters:
        letter = job.letters[0]
    if letter is None or not letter.wanted_at:
        return None
    return AskedNow(letter_of(letter.email_id), letter.held, letter.size)


class UploadNow(NamedTuple):
    """A letter that goes to the server now."""

    name: str
    """store/model/work.py."""
    size: int
    """Octets."""
    said_before: int
    """Octets that had been said over the line when it began."""


@dataclass(slots=True)
class Progress:
    """Written by a pass, read by anybody between two of its awaits."""

    letters: int = 0
    """To come when the mailboxes had been listed."""
    arrived: int = 0
    """Of these, written or about to be."""
    asked: AskedNow | None = None
    upload: UploadNow | None = None
    came: int = 0
    """Octets of letters that nobody asked for, those that come range by range."""
    left: int | None = None
    """Octets of them that are to come; None as long as letters come whole."""

    def note_left(self, left: int) -> None:
        """So much is to come now. That it grew is no step back: more became known."""
        if self.left is not None:
            self.came += max(0, self.left - left)
        self.left = left

    def note_arrived(self) -> None:
        """A letter came whole."""
        self.arrived += 1

    @contextmanager
    def uploading(self, email_id: EmailId, size: int, traffic: Counted) -> Iterator[None]:
        """What is done inside is the upload of that letter."""
        self.upload = UploadNow(upload_of(email_id), size, traffic.octets_said)
        try:
            yield
        finally:
            self.upload = None

    def note_held(self, held: int) -> None:
        """So much is here of what was asked for."""
        if self.asked is not None:
            self.asked = self.asked._replace(held=held)

"""What takes long: how far it has come, how fast it goes, when it may be over. Pure.

A work has a name that outlives the process that does it, so that a wish about it does too:
`letters:3` (the letters of account 3 that are not here), `letter:12` and `part:12/2` (asked for by
a person), `sending:5` (a large letter), `reading` (putting letters into the index), `directory:1`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from store.model.ids import AccountId, EmailId, SubmissionId

ENOUGH_MEASURES = 3
"""Of fewer, no time left is told: the first second of a line says nothing of the next minute."""
SMOOTHED_SECONDS = 20.0
"""What was measured so long ago counts for a third of what is measured now."""
SILENT_SECONDS = 30
"""Nothing came for so long: what was measured before tells nothing of what is left."""
LONGEST_SECONDS = 99 * 3600
"""A longer time left is none: nobody plans by it."""


class WorkKind(StrEnum):
    """What is done."""

    LETTERS = "letters"
    """The letters of an account that nobody asked for one by one: a first sync, an offline copy."""
    LETTER = "letter"
    """All of one letter, asked for."""
    PART = "part"
    """One document, asked for."""
    SENDING = "sending"
    """A large letter on its way out."""
    UPLOAD = "upload"
    """A large letter on its way into a mailbox there: the copy of what was sent, a draft."""
    READING = "reading"
    """Letters that are here, into the index of words."""
    DIRECTORY = "directory"
    """An extract of the directory: fetched, then taken in."""


class Unit(StrEnum):
    """What is counted."""

    OCTETS = "octets"
    LETTERS = "letters"


class WorkState(StrEnum):
    """Where it stands, as the store knows it. Whether a node runs at all is not in here."""

    RUNNING = "running"
    WAITING = "waiting"
    """For its turn."""
    PAUSING = "pausing"
    """The person wished it; what has been asked for of the server still comes."""
    PAUSED = "paused"
    CUT = "cut"
    """Its line is. It goes on by itself."""


NEVER_PAUSED = (WorkKind.SENDING, WorkKind.UPLOAD)
"""Half a letter is nothing to the server that takes it: it would have to begin again."""


def letters_of(account_id: AccountId) -> str:
    """The name of the work that brings the letters of an account."""
    return f"{WorkKind.LETTERS}:{account_id}"


def letter_of(email_id: EmailId) -> str:
    """The name of the work that brings all of one letter."""
    return f"{WorkKind.LETTER}:{email_id}"


def part_of(email_id: EmailId, number: str) -> str:
    """The name of the work that brings one document."""
    return f"{WorkKind.PART}:{email_id}/{number}"


def sending_of(submission_id: SubmissionId) -> str:
    """The name of the work that sends one letter."""
    return f"{WorkKind.SENDING}:{submission_id}"


def upload_of(email_id: EmailId) -> str:
    """The name of the work that takes one letter into a mailbox of the server."""
    return f"{WorkKind.UPLOAD}:{email_id}"


def directory_of(source_id: int) -> str:
    """The name of the work that brings one source of the directory."""
    return f"{WorkKind.DIRECTORY}:{source_id}"


class Floor(NamedTuple):
    """Which letters of a mailbox came after its account was paused: those from `uid` on."""

    uidvalidity: int
    uid: int


READING = WorkKind.READING.value
"""The name of the work that puts letters into the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast something goes: a mean in which the last seconds count most."""

    done: int
    at: float
    """When `done` was so much, in seconds of a clock that only goes forward."""
    rate: float = 0.0
    """A second."""
    measures: int = 0

    def after(self, done: int, at: float) -> Pace:
        """Once `done` is so much. What has been begun anew is measured anew."""
        if done < self.done:
            return Pace(done=done, at=at)
        if done == self.done or at <= self.at:
            return self  # the seconds without anything are counted once something comes
        seconds = at - self.at
        measured = (done - self.done) / seconds
        weight = 1.0 if not self.measures else 1.0 - math.exp(-seconds / SMOOTHED_SECONDS)
        rate = self.rate + weight * (measured - self.rate)
        return replace(self, done=done, at=at, rate=rate, measures=self.measures + 1)


def seconds_left(left: int | None, rate: float, measures: int) -> int | None:
    """For so much that is left; None where nobody can tell yet."""
    if left is None or measures < ENOUGH_MEASURES or rate <= 0:
        return None
    seconds = max(0, left) / rate
    return math.ceil(seconds) if seconds <= LONGEST_SECONDS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One long work."""

    name: str
    kind: WorkKind
    state: WorkState
    unit: Unit = Unit.OCTETS
    done: int = 0
    whole: int | None = None
    """None while nobody knows."""
    rate: float = 0.0
    """A second."""
    measures: int = 0
    heard: int = 0
    """Octets that its line brought since it began; 0 where it uses none."""
    started_at: int = 0
    """Unix seconds; 0 when it has not begun."""
    changed_at: int = 0
    """When anything last came of it, Unix seconds."""
    account: str = ""
    """The name of the account whose line it uses."""
    words: str = ""
    """Words from outside: a subject, the name of a file, to whom."""
    can_pause: bool = True

    @property
    def left(self) -> int | None:
        """How much is to come."""
        return None if self.whole is None else max(0, self.whole - self.done)

    def is_silent(self, now: int) -> bool:
        """Whether it runs and nothing has come for a while."""
        began = self.state in (WorkState.RUNNING, WorkState.PAUSING)
        return began and now - self.changed_at > SILENT_SECONDS

    def silent_in(self, now: int) -> int | None:
        """Seconds until it will be silent, if nothing comes; None where time changes nothing."""
        began = self.state in (WorkState.RUNNING, WorkState.PAUSING)
        return (
            None if not began or self.is_silent(now) else self.changed_at + SILENT_SECONDS + 1 - now
        )

    def seconds_left(self, now: int) -> int | None:
        """Until it is over; None while that is not known, or while it does not go on."""
        if self.state is not WorkState.RUNNING or self.is_silent(now):
            return None
        return seconds_left(self.left, self.rate, self.measures)

"""Every place where a submission is made to go wrong, and how it must end. A frozen table.

A name is `step/fault`. Beside it stands what the pass raises ('' where it goes through), the state
of the letter then, and the state once the line is whole again and the clock has moved on. Nothing
here is *refused* that no server has refused, and nothing is a doubt whose dot did not leave.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.model.submission import SubmissionState as S
from sync.submit.transaction import Patience

CALM = Patience(
    connect_seconds=20, reply_seconds=20, stall_seconds=20, dot_seconds=20, quit_seconds=5
)
"""Longer than a busy machine makes a real server think."""
LOST, LATE, BUSY, GARBLED = "net.lost", "net.timeout", "smtp.busy", "smtp.garbled"
AWAY, REFUSED = "smtp.turned_away", "smtp.login_refused"

Ends = tuple[str, S, S]


def _waits(raised: str) -> Ends:
    """Nothing was tried: the letter is queued as it was, and leaves once the line is whole."""
    return raised, S.QUEUED, S.ACCEPTED


AGAIN: Ends = ("", S.DEFERRED, S.ACCEPTED)
NEVER: Ends = ("", S.REFUSED, S.REFUSED)
DOUBT: Ends = ("", S.UNCERTAIN, S.UNCERTAIN)
DONE: Ends = ("", S.ACCEPTED, S.ACCEPTED)
KILLED: Ends = ("killed", S.SENDING, S.ACCEPTED)
KILLED_BEFORE: Ends = ("killed", S.QUEUED, S.ACCEPTED)
KILLED_IN_DOUBT: Ends = ("killed", S.UNCERTAIN, S.UNCERTAIN)
KILLED_AFTER: Ends = ("killed", S.ACCEPTED, S.ACCEPTED)

BREAKS = ("close", "reset", "stall", "garbage")
BEFORE = dict.fromkeys(BREAKS, AGAIN) | {"later": AGAIN, "refused": NEVER, "kill": KILLED}
"""At any word before the dot."""
DOT = dict.fromkeys(BREAKS, DOUBT) | {"kill": KILLED_IN_DOUBT}
UNSEEN = DOT | {"later": AGAIN, "refused": NEVER}
LOGIN = {
    "close": _waits(LOST),
    "reset": _waits(LOST),
    "stall": _waits(LATE),
    "later": _waits(BUSY),
    "garbage": _waits(GARBLED),
    "kill": KILLED_BEFORE,
}

TABLE: dict[str, dict[str, Ends]] = {
    "connect": {
        "close": _waits(LOST),
        "reset": _waits(LOST),
        "stall": _waits(LATE),
        "kill": KILLED_BEFORE,
    },
    "hello": {
        "close": _waits(LOST),
        "reset": _waits(LOST),
        "stall": _waits(LATE),
        "garbage": _waits("tls.failed"),
        "kill": KILLED_BEFORE,
    },
    "greeting": LOGIN | {"refused": _waits(AWAY)},
    "ehlo": LOGIN | {"refused": _waits(AWAY)},
    "auth": LOGIN | {"refused": _waits(REFUSED)},
    "mail": BEFORE,
    # The other recipient is served; of one whose answer is lost, the letter is not sent at all.
    "rcpt1": BEFORE | {"refused": DONE},
    "rcpt2": BEFORE | {"refused": DONE},
    "bdat": BEFORE,
    "chunk": BEFORE,
    "last_unseen": UNSEEN,
    "last_taken": DOT,
    "data": BEFORE,
    "body": BEFORE,
    "dot_unseen": UNSEEN,
    "dot_taken": DOT,
    "quit": dict.fromkeys((*BREAKS, "later", "refused"), DONE) | {"kill": KILLED_AFTER},
}
BY_DATA = {"data", "body", "dot_unseen", "dot_taken"}
"""What only a client says to a server without CHUNKING."""
IN_THE_MIDDLE = {"chunk", "body"}
"""Of a letter that is larger than what lies between the two programs."""
IMPATIENT = {
    **{step: {"connect_seconds": 1.2} for step in ("connect", "hello", "greeting", "ehlo", "auth")},
    **{f"{step}_unseen": {"dot_seconds": 0.3} for step in ("dot", "last")},
    **{f"{step}_taken": {"dot_seconds": 0.3} for step in ("dot", "last")},
    "quit": {"quit_seconds": 0.3},
}
"""How long a stall is waited for, in place of minutes: by the clock of that step alone."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place where a submission is made to go wrong."""

    step: str
    fault: str
    ends: Ends

    @property
    def name(self) -> str:
        return f"{self.step}/{self.fault}"

    @property
    def masked(self) -> frozenset[bytes]:
        """What the server must not offer for the step to be said."""
        return frozenset({b"CHUNKING"}) if self.step in BY_DATA else frozenset()


POINTS = tuple(
    Point(step, fault, ends) for step, faults in TABLE.items() for fault, ends in faults.items()
)

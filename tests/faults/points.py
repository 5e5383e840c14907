"""The fault points: every place where a pass is made to go wrong, by name. A frozen table.

A name is `step/fault`; beside it stands how the pass must end: the code of its error, or '' where
it must go through. A point is taken out by nobody: a step that is no longer said is a story to
tell, and the test that every point has fired asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.model.account import Profile, Tls

LOST, LATE, BYE = "net.lost", "net.timeout", "imap.bye"
PROTOCOL, SHORT = "imap.protocol", "imap.short_listing"
BUSY, THROUGH = "imap.busy", ""
REFUSED, UNKNOWN = "imap.refused", "imap.not_understood"
NO_STARTTLS, INJECTED, FAILED = "tls.no_starttls", "tls.injected", "tls.failed"
UNTRUSTED = "tls.untrusted"

BROKEN = {
    "stalled": LATE,
    "closed": LOST,
    "cut": LOST,
    "reset": LOST,
    "halved": LOST,
    "goodbye": BYE,
    "wrong_tag": PROTOCOL,
    "garbage": PROTOCOL,
}
"""What may happen to the answer of any command, and must always be understood the same way."""
SOME = {"stalled": LATE, "reset": LOST, "halved": LOST, "wrong_tag": PROTOCOL}
UNSEEN = {"dropped": LATE, "dropped_by_reset": LOST, "halved_command": LOST}
REFUSALS = {"no": THROUGH, "bad": THROUGH, "busy": BUSY, "no_though_done": THROUGH}
NAMING = {
    "no": THROUGH,
    "busy": BUSY,
    "no_though_done": THROUGH,
    "stalled": LATE,
    "halved": LOST,
    "dropped": LATE,
    "halved_command": LOST,
}
"""A mailbox made, or renamed."""
HANDSHAKE = {
    "closed": LOST,
    "reset": LOST,
    "stalled": LATE,
    "captive_portal": FAILED,
    "halved": LOST,
    "untrusted": UNTRUSTED,
    "self_signed": UNTRUSTED,
}

TABLE: dict[str, dict[str, str]] = {
    "connect": {"closed": LOST, "reset": LOST, "stalled": LATE},
    "hello": HANDSHAKE,
    "starttls": {
        "stripped": NO_STARTTLS,
        "stripped_with_login": NO_STARTTLS,
        "preauth": NO_STARTTLS,
        "refused": NO_STARTTLS,
        "misunderstood": NO_STARTTLS,
        "injected": INJECTED,
        "closed": LOST,
        "stalled": LATE,
        "answered_by_nothing": LATE,
    },
    "starttls_hello": {
        "closed": LOST,
        "stalled": LATE,
        "captive_portal": FAILED,
        "untrusted": UNTRUSTED,
    },
    "greeting": {
        "stalled": LATE,
        "closed": LOST,
        "cut": LOST,
        "reset": LOST,
        "halved": LOST,
        "goodbye": BYE,
        "garbage": PROTOCOL,
        "sliced": THROUGH,
    },
    "login": {
        "stalled": LATE,
        "reset": LOST,
        "halved": LOST,
        "wrong_tag": PROTOCOL,
        "goodbye": BYE,
        "dropped": LATE,
        "halved_command": LOST,
        "late": THROUGH,
        "busy": BUSY,
        "no": "imap.login_refused",
        "bad": "imap.no_login",
    },
    "enable": {"stalled": LATE, "no": THROUGH, "bad": THROUGH, "goodbye": BYE},
    "list": {
        "halved_line": LOST,
        "garbage": PROTOCOL,
        "endless_line": PROTOCOL,
        "closed": LOST,
        "stalled": LATE,
        "no": REFUSED,
        "bad": UNKNOWN,
        "busy": BUSY,
        "broken_record": LOST,
        "sliced": THROUGH,
        "slow": THROUGH,
        "late": THROUGH,
        "twice": THROUGH,
    },
    "select": {
        "halved_line": LOST,
        "stalled": LATE,
        "cut": LOST,
        "wrong_tag": PROTOCOL,
        "no": THROUGH,
        "dropped": LATE,
        "goodbye": BYE,
        "sliced": THROUGH,
        "twice": THROUGH,
        "exists_flood": SHORT,
        "expunge_flood": PROTOCOL,
    },
    "listing": {
        "halved_line": LOST,
        "stalled": LATE,
        "no": THROUGH,
        "sliced": THROUGH,
        "twice": THROUGH,
        "exists_flood": SHORT,
        "expunge_flood": PROTOCOL,
    },
    "fetch": {
        "halved_letter": LOST,
        "short_letter": PROTOCOL,
        "long_letter": PROTOCOL,
        "huge_letter": PROTOCOL,
        "stalled": LATE,
        "closed": LOST,
        "cut": LOST,
        "reset": LOST,
        "broken_record": LOST,
        "goodbye": BYE,
        "garbage": PROTOCOL,
        "dropped": LATE,
        "no": THROUGH,
        "sliced": THROUGH,
        "slow": THROUGH,
        "twice": THROUGH,
        "exists_flood": THROUGH,
        "expunge_flood": PROTOCOL,
    },
    "outline": {
        "halved_letter": LOST,
        "short_letter": THROUGH,
        "long_letter": PROTOCOL,
        "stalled": LATE,
        "reset": LOST,
        "no": THROUGH,
        "twice": THROUGH,
        "sliced": THROUGH,
    },
    "range": {
        "halved_letter": LOST,
        "short_letter": THROUGH,
        "long_letter": PROTOCOL,
        "huge_letter": PROTOCOL,
        "stalled": LATE,
        "cut": LOST,
        "reset": LOST,
        "dropped": LATE,
        "no": THROUGH,
        "twice": THROUGH,
        "sliced": THROUGH,
        "slow": THROUGH,
    },
    "store": {**SOME, **UNSEEN, **REFUSALS, "late": THROUGH, "exists_flood": THROUGH},
    "move": {**BROKEN, **UNSEEN, **REFUSALS, "nothing_said": THROUGH, "expunge_flood": PROTOCOL},
    "settle_move": {"stalled": LATE, "reset": LOST, "no": THROUGH, "halved_line": LOST},
    "copy": {**REFUSALS, "dropped": LATE, "stalled": LATE, "reset": LOST, "nothing_said": THROUGH},
    "copy_mark": {"no": THROUGH, "dropped": LATE, "reset": LOST},
    "copy_expunge": {"no": THROUGH, "dropped": LATE, "reset": LOST},
    "mark": {**REFUSALS, "dropped": LATE, "stalled": LATE, "reset": LOST},
    "expunge": {**SOME, **UNSEEN, **REFUSALS, "expunge_flood": PROTOCOL},
    "append": {**BROKEN, **UNSEEN, **REFUSALS, "nothing_said": THROUGH, "slow": THROUGH},
    "append_invited": {
        "no": THROUGH,
        "dropped": LATE,
        "halved_line": LOST,
        "stalled": LATE,
        "reset": LOST,
        "no_though_done": THROUGH,
        "sliced": THROUGH,
    },
    "settle_append": {
        "stalled": LATE,
        "reset": LOST,
        "no": THROUGH,
        "halved_line": LOST,
        "dropped": LATE,
        "garbage": PROTOCOL,
        "twice": THROUGH,
    },
    "status": {"halved_line": LOST, "stalled": LATE, "garbage": PROTOCOL, "no": THROUGH},
    "uids": {"halved_line": LOST, "stalled": LATE, "no": THROUGH, "twice": THROUGH},
    "login_verb": {"no": "imap.login_refused", "reset": LOST, "dropped": LATE},
    "fetch_clear": {
        "halved_letter": LOST,
        "short_letter": PROTOCOL,
        "huge_letter": PROTOCOL,
        "cut": LOST,
        "sliced": THROUGH,
    },
    "compress": {
        "no": THROUGH,
        "bad": THROUGH,
        "busy": THROUGH,
        "dropped": LATE,
        "dropped_by_reset": LOST,
        "stalled": LATE,
        "halved": LOST,
        "wrong_tag": PROTOCOL,
        "goodbye": BYE,
        "late": THROUGH,
        "garbage_after_ok": PROTOCOL,
        "no_though_deflating": LATE,
    },
    "deflated": {
        "halved_block": LOST,
        "stalled_block": LATE,
        "withheld_flush": LATE,
        "ended_stream": PROTOCOL,
        "no_block": PROTOCOL,
        "bomb": PROTOCOL,
        "one_block": THROUGH,
        "full_flush": THROUGH,
        "sliced_block": THROUGH,
    },
    "create": NAMING,
    "rename": NAMING,
    "subscribe": {"no": THROUGH, "busy": BUSY, "no_though_done": THROUGH, "reset": LOST},
    "notify": {"reset": LOST, "dropped": LATE, "garbage": PROTOCOL, "no_watching": LOST},
    "idle": {
        "dropped": LATE,
        "stalled": LATE,
        "reset": LOST,
        "goodbye": BYE,
        "garbage": PROTOCOL,
        "no": REFUSED,
        "halved_line": LOST,
    },
    "logout": {"dropped": THROUGH, "dropped_by_reset": THROUGH, "halved_command": THROUGH},
}
NO_MOVE = frozenset({b"MOVE"})
IN_CLEAR = frozenset({b"COMPRESS=DEFLATE"})
MASKED = {
    "listing": frozenset({b"QRESYNC", b"CONDSTORE"}),
    "append_invited": frozenset({b"LITERAL+", b"LITERAL-"}),
    "status": frozenset({b"LIST-STATUS"}),
    "uids": frozenset({b"QRESYNC"}),
    "login_verb": frozenset({b"AUTH=PLAIN"}),
    "fetch_clear": IN_CLEAR,
    "copy": NO_MOVE,
    "copy_mark": NO_MOVE,
    "copy_expunge": NO_MOVE,
}
"""What the server must not offer for the step to be said."""
LEAN = {"outline", "range"}
"""What only a lean line says: it lists first, and brings letters in parts."""
NAMES = {"create", "rename", "subscribe"}
"""What only somebody says who wishes something of mailboxes."""
WAITING = {"idle", "notify"}
"""What only the node says, which waits for news."""
BEFORE = {"settle_move": "move", "settle_append": "append"}
"""Whose answer must have been lost in the pass before, for the step to be said."""
SAME = {
    "starttls_hello": "hello",
    "settle_move": "search",
    "settle_append": "search",
    "copy_mark": "mark",
    "copy_expunge": "expunge",
    "append_invited": "append",
    "uids": "search",
    "login_verb": "login",
    "fetch_clear": "fetch",
    "deflated": "fetch",
}
"""Steps that are the same command in another story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One place where a pass is made to go wrong."""

    step: str
    fault: str
    ends: str

    @property
    def name(self) -> str:
        return f"{self.step}/{self.fault}"

    @property
    def tls(self) -> Tls:
        return Tls.STARTTLS if self.step.startswith("starttls") else Tls.IMPLICIT

    @property
    def profile(self) -> Profile:
        return Profile.SATELLITE if self.step in LEAN else Profile.ADSL

    @property
    def command(self) -> str:
        """The step as the proxy calls it."""
        return SAME.get(self.step, self.step)

    @property
    def masked(self) -> frozenset[bytes]:
        return MASKED.get(self.step, frozenset())

    @property
    def before(self) -> Point | None:
        """What goes wrong in the pass before."""
        if self.step not in BEFORE:
            return None
        return Point(step=BEFORE[self.step], fault="reset", ends=LOST)


POINTS = tuple(
    Point(step=step, fault=fault, ends=ends)
    for step, faults in TABLE.items()
    for fault, ends in faults.items()
)

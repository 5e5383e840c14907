"""What an SMTP server's words mean for a letter (RFC 5321 §4.2, RFC 3463). Pure.

A reply is read strictly: a half line, a code out of range or a stray word is never taken for an
answer, because the answer to the final dot decides whether a letter leaves once or twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MOST_OCTETS = 32 * 1024
"""A reply longer than this is no reply; RFC 5321 §4.5.3.1.5 needs 512 per line."""
LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?")
ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s|$)")
BELIEVE_5_5_0_AT = 3
"""From which attempt on a "550 5.5.0" is believed."""


class Garbled(ValueError):
    """What arrived is not SMTP."""


class Verdict(StrEnum):
    """What becomes of a letter for one recipient."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"


class Command(StrEnum):
    """What a reply answers. A BDAT that is not the last counts as DATA, BDAT LAST as the dot."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "."


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply. `text` is words from outside, its lines joined by one space."""

    code: int
    text: str = ""

    @property
    def enhanced(self) -> str:
        """RFC 3463 status such as '5.1.1'; '' when the server gave none."""
        found = ENHANCED.match(self.text)
        return found[1] if found else ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


def take_reply(buffer: bytearray) -> Reply | None:
    """Cut the first whole reply off `buffer`; None while it has not all arrived.

    Raises:
        Garbled: these octets can never become a reply.
    """
    words: list[str] = []
    code, start = b"", 0
    while (end := buffer.find(b"\n", start)) >= 0:
        line = LINE.fullmatch(bytes(buffer[start:end]).rstrip(b"\r"))
        if line is None or (code and line[1] != code):
            raise Garbled("not an SMTP reply line")
        code, start = line[1], end + 1
        words.append((line[3] or b"").decode("utf-8", "replace").strip())
        if line[2] != b"-":
            del buffer[:start]
            return Reply(int(code), _joined(words))
    if len(buffer) > MOST_OCTETS:
        raise Garbled("an SMTP reply without end")
    return None


def _joined(words: list[str]) -> str:
    """One line of text: the status code that each line repeats (RFC 2034 §4) is kept once."""
    status = ENHANCED.match(words[0])
    if status is None:
        return " ".join(words).strip()
    rest = [word.removeprefix(status[1]).strip() for word in words]
    return " ".join([status[1], *rest]).strip()


def goes_on(reply: Reply, *, chunk: bool) -> bool:
    """True when the server wants the rest: 354 to DATA, 2xx to a BDAT that is not the last."""
    return reply.code // 100 == 2 if chunk else reply.code == 354


def verdict(reply: Reply, command: Command, attempt: int = 1) -> Verdict | None:
    """What one reply means for the letter.

    Args:
        attempt: how many times the letter has been tried, this one included, from 1.

    Returns:
        None for a reply that means nothing here: an intermediate 3xx to MAIL, RCPT or the dot, or
        a 2xx to DATA. It must never be read as an answer.

        DEFERRED for every 4xx. 421 is one: wherever it stands, the action was not taken and the
        connection closes (RFC 5321 §3.8).

        DEFERRED for some 5xx too: those about the login and not the letter; 552 to RCPT, which
        old servers say for "too many recipients" (RFC 5321 §4.5.3.1.10), unless its status
        speaks of the mailbox or the size; and, at the first two attempts, "550 5.5.0 Service
        unavailable", which Postfix milters answer for outages that pass (reported by Delta Chat,
        chatmail/core src/smtp.rs; not seen by us).
    """
    match reply.code // 100:
        case 2:
            return None if command is Command.DATA else Verdict.ACCEPTED
        case 4:
            return Verdict.DEFERRED
        case 5:
            return Verdict.DEFERRED if _passes(reply, command, attempt) else Verdict.REFUSED
    return None


def _passes(reply: Reply, command: Command, attempt: int) -> bool:
    """A 5xx that is worth another try."""
    if reply.code in (530, 534, 535, 538):
        return True
    if reply.code == 552 and command is Command.RCPT:
        return not reply.enhanced.startswith(("5.2.", "5.3."))
    return reply.code == 550 and reply.enhanced == "5.5.0" and attempt < BELIEVE_5_5_0_AT

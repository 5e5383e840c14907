"""What a server's status line means, and which error it becomes (RFC 3501 §7.1, RFC 5530).

The server's own words travel only in an error's `said`: they are words from outside, and no log
writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from store.errors import MailError, NeedsUser, Permanent, Transient

LINE = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: (.*))?\Z", re.IGNORECASE | re.DOTALL)
CODE = re.compile(rb"\[([^\s\]]+)(?: ([^\]]*))?\] ?(.*)\Z", re.DOTALL)
MOST_SAID = 300


class Untagged(NamedTuple):
    """One untagged response: `* 12 FETCH (...)` is number 12, name FETCH, parts the rest."""

    name: bytes
    """Upper case."""
    number: int | None
    parts: list[bytes]
    """Text, literal, text... of what follows the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """OK, NO, BAD, BYE or PREAUTH, tagged or not."""

    kind: bytes
    """Upper case."""
    code: bytes = b""
    """The response code without its arguments, upper case; b'' when there is none."""
    arguments: bytes = b""
    text: bytes = b""
    """For a person; words from outside."""

    @property
    def ok(self) -> bool:
        """Whether the command was done."""
        return self.kind == b"OK"


def untagged(parts: list[bytes]) -> Untagged:
    """`* 12 FETCH (...)` into its number, its name and the rest.

    Raises:
        Transient: `imap.protocol`.
    """
    word, _, rest = parts[0][2:].partition(b" ")
    number = None
    if word.isdigit():
        if len(word) > 10:
            raise Transient("imap.protocol")
        number = int(word)
        word, _, rest = rest.partition(b" ")
    return Untagged(word.upper(), number, [rest, *parts[1:]])


def capability_names(words: bytes) -> frozenset[str]:
    """What CAPABILITY says, in upper case."""
    return frozenset(words.decode("ascii", "replace").upper().split())


REFUSALS: dict[bytes, tuple[type[MailError], str]] = {
    b"UNAVAILABLE": (Transient, "imap.busy"),
    b"INUSE": (Transient, "imap.busy"),
    b"SERVERBUG": (Transient, "imap.busy"),
    b"THROTTLED": (Transient, "imap.busy"),
    b"EXPUNGEISSUED": (Transient, "imap.busy"),
    b"OVERQUOTA": (NeedsUser, "imap.over_quota"),
    b"EXPIRED": (NeedsUser, "imap.ask_operator"),
    b"CONTACTADMIN": (NeedsUser, "imap.ask_operator"),
    b"PRIVACYREQUIRED": (NeedsUser, "imap.ask_operator"),
    b"NONEXISTENT": (Permanent, "imap.no_mailbox"),
    b"TRYCREATE": (Permanent, "imap.no_mailbox"),
    b"NOPERM": (Permanent, "imap.not_allowed"),
    b"CANNOT": (Permanent, "imap.not_allowed"),
    b"READ-ONLY": (Permanent, "imap.not_allowed"),
    b"TOOBIG": (Permanent, "imap.too_big"),
    b"LIMIT": (Permanent, "imap.too_big"),
}
LOGIN_WAITS = {b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"THROTTLED"}
LOGIN_ASKS = {b"EXPIRED", b"CONTACTADMIN", b"PRIVACYREQUIRED"}


def read_status(line: bytes) -> Status:
    """Parse a status line, without its tag or '*'.

    Raises:
        Transient: `imap.protocol`.
    """
    found = LINE.match(line)
    if found is None:
        raise Transient("imap.protocol")
    kind, rest = found[1].upper(), found[2] or b""
    code = CODE.match(rest)
    if code is None:
        return Status(kind=kind, text=rest)
    return Status(kind=kind, code=code[1].upper(), arguments=code[2] or b"", text=code[3])


def refusal(status: Status, host: str) -> MailError:
    """The error for a command answered NO or BAD."""
    said = _said(status)
    if status.kind == b"BAD":
        return Permanent("imap.not_understood", host=host, said=said)
    kind, code = REFUSALS.get(status.code, (Permanent, "imap.refused"))
    return kind(code, host=host, said=said)


def login_refusal(status: Status, host: str) -> MailError:
    """The error for a login answered NO: busy, blocked, or simply the wrong password."""
    said = _said(status)
    if status.code in LOGIN_WAITS:
        return Transient("imap.busy", host=host, said=said)
    if status.code in LOGIN_ASKS:
        return NeedsUser("imap.ask_operator", host=host, said=said)
    return NeedsUser("imap.login_refused", host=host, said=said)


def goodbye(status: Status, host: str) -> Transient:
    """The error for a connection that the server ends with BYE.

    `for_now`: it says that this is about itself, and passes.
    """
    for_now = status.code in LOGIN_WAITS
    return Transient("imap.bye", host=host, said=_said(status), for_now=for_now)


def _said(status: Status) -> str:
    return status.text[:MOST_SAID].decode("utf-8", "replace")

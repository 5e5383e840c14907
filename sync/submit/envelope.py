"""The words of one mail transaction, and what forbids it before the first of them. Pure.

An address is checked before it meets a command line: CR, LF or `>` in one would add a command or
quietly change who receives a letter (security: SMTP injection). Octets are checked before they
meet DATA: a bare CR or LF would let a letter end early at one server and not at the next (SMTP
smuggling), and mending them would change what was frozen, perhaps signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from store.compose import is_address
from store.errors import Permanent

LONGEST_LINE = 998
"""Octets, CRLF not counted."""
BLOCK_OCTETS = 64 * 1024
"""Looked at together; much more than the longest line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one transaction carries."""

    mail_from: str
    """'' for a receipt: nobody is told that it did not arrive (RFC 8098 §3)."""
    recipients: tuple[str, ...]
    octets: bytes
    """Frozen: on the wire they are these, whatever the extension."""
    envid: str
    """RFC 3461 §4.4: printable ASCII without '+' and '='."""
    copy_to: str = ""
    """Our own mailbox, where what arrives is the Sent copy: the last recipient; '' for none."""

    is_checked: bool = False
    """These very octets have passed `check_octets`."""

    @property
    def everybody(self) -> tuple[str, ...]:
        """All that RCPT names, in that order."""
        return (*self.recipients, self.copy_to) if self.copy_to else self.recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The extensions a server offers that we use."""

    pipelining: bool = False
    """RFC 2920."""
    chunking: bool = False
    """RFC 3030: BDAT."""
    eight_bit: bool = False
    """RFC 6152."""
    dsn: bool = False
    """RFC 3461."""
    size: bool = False
    """RFC 1870."""
    largest: int | None = None
    """Octets; None when the server names no limit."""


def read_offer(extensions: Mapping[str, str]) -> Offer:
    """The offer in an EHLO reply, given as keyword in lower case -> its parameters."""
    limit = extensions.get("size", "").strip()
    return Offer(
        pipelining="pipelining" in extensions,
        chunking="chunking" in extensions,
        eight_bit="8bitmime" in extensions,
        dsn="dsn" in extensions,
        size="size" in extensions,
        # RFC 1870 §4: no number, or 0, is no fixed limit.
        largest=int(limit) if limit.isdecimal() and int(limit) else None,
    )


def check_address(address: str) -> None:
    """Refuse what cannot stand between `<` and `>`. ASCII only, so SMTPUTF8 is never needed.

    Raises:
        Permanent: `submission.bad_address`.
    """
    if not is_address(address):
        raise Permanent("submission.bad_address")


def check_octets(octets: bytes) -> None:
    """Refuse octets that DATA could not carry unchanged (RFC 5321 §2.3.8, §4.5.3.1.6).

    Raises:
        Permanent: `submission.bad_octets`, they are not lines of at most 998 octets ended by CRLF.
    """
    if not octets or b"\0" in octets:
        raise Permanent("submission.bad_octets")
    start = 0
    while start < len(octets):
        end = octets.rfind(b"\r\n", start, start + BLOCK_OCTETS) + len(b"\r\n")
        if end <= start or not _are_lines(octets[start:end]):
            raise Permanent("submission.bad_octets")
        start = end


def _are_lines(block: bytes) -> bool:
    """Whether octets that end in CRLF are lines as DATA carries them.

    A letter is checked before each attempt, and may be big: cut at every CR and LF and put together
    with CRLF, it is as long as before when none of them stood alone. Counting each of the two took
    twice as long.
    """
    lines = block.splitlines()
    together = sum(map(len, lines)) + len(lines) * len(b"\r\n")
    return together == len(block) and max(map(len, lines)) <= LONGEST_LINE


def check(letter: Letter, offer: Offer) -> None:
    """Refuse, before a word is said, what this server can never take.

    Raises:
        Permanent: `submission.bad_address`, `submission.bad_octets`, `submission.eight_bit`,
            `submission.too_large`.
    """
    for address in letter.everybody:
        check_address(address)
    if letter.mail_from:
        check_address(letter.mail_from)
    if not letter.is_checked:
        check_octets(letter.octets)
    if not letter.octets.isascii() and not offer.eight_bit:
        raise Permanent("submission.eight_bit")
    if offer.largest is not None and len(letter.octets) > offer.largest:
        raise Permanent("submission.too_large")


def mail_command(letter: Letter, offer: Offer) -> bytes:
    """MAIL FROM with the parameters the server offers. Ends in CRLF."""
    words = [f"MAIL FROM:<{letter.mail_from}>"]
    if offer.size:
        words.append(f"SIZE={len(letter.octets)}")
    if not letter.octets.isascii():
        words.append("BODY=8BITMIME")
    if offer.dsn:
        words += ["RET=HDRS", f"ENVID={letter.envid}"]
    return _line(words)


def rcpt_commands(letter: Letter, offer: Offer) -> list[bytes]:
    """RCPT TO for each recipient; we want to be told of arrival, failure and delay.

    ORCPT comes back in reports, so that they name who we wrote to, whatever they were forwarded to.
    """
    if not offer.dsn:
        return [_line([f"RCPT TO:<{address}>"]) for address in letter.everybody]
    # Of a receipt nobody may be told (RFC 8098 §3), and our own mailbox shows what it got.
    told = "SUCCESS,FAILURE,DELAY" if letter.mail_from else "NEVER"
    return [
        _line([f"RCPT TO:<{address}>", f"NOTIFY={notify}", f"ORCPT=rfc822;{_xtext(address)}"])
        for address, notify in (
            *((each, told) for each in letter.recipients),
            *([(letter.copy_to, "NEVER")] if letter.copy_to else []),
        )
    ]


def _xtext(address: str) -> str:
    """An address as a parameter holds it (RFC 3461 §4)."""
    return re.sub(r"[^!-*,-<>-~]", lambda found: f"+{ord(found[0]):02X}", address)


def stuffed(octets: bytes) -> bytes:
    """The octets as DATA carries them (RFC 5321 §4.5.2): a dot more before a line's first dot."""
    more = octets.replace(b"\r\n.", b"\r\n..")
    return b"." + more if more.startswith(b".") else more


def _line(words: list[str]) -> bytes:
    return " ".join(words).encode() + b"\r\n"

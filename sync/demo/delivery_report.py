"""What the demo's submission server answers to who asked what became of a letter (RFC 3461, 3464).

It delivers at once, so that it only ever has good news to tell: an unknown recipient is refused
while the letter is handed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime

AS_SENT = compat32.clone(linesep="\r\n")
PARAMETER = re.compile(r" (ENVID|RET|NOTIFY|ORCPT)=(\S+)", re.IGNORECASE)
HEADER_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of one recipient: what RCPT asked."""

    notify: str = ""
    original: str = ""
    """ORCPT as it was said, 'rfc822;' before it."""

    @property
    def success(self) -> bool:
        """Somebody wants to know that it arrived."""
        return "SUCCESS" in self.notify.upper().split(",")


def without_dsn(words: str) -> tuple[str, dict[str, str]]:
    """The arguments of MAIL or RCPT without RFC 3461's, and those by their name in upper case."""
    found = {name.upper(): value for name, value in PARAMETER.findall(words)}
    return PARAMETER.sub("", words), found


def wanted(said: dict[str, str]) -> Wanted:
    """What RCPT asked."""
    return Wanted(notify=said.get("NOTIFY", ""), original=said.get("ORCPT", ""))


def delivered(
    letter: bytes,
    arrived: Iterable[tuple[str, Wanted]],
    *,
    to: str,
    host: str,
    number: str,
    envid: str,
    at: int,
) -> bytes:
    """The report that a letter lies in these mailboxes.

    Args:
        arrived: each recipient with what was asked for it.
        to: who is told.
        number: ours for this letter; names the report too.
        envid: ENVID as it was said; '' for none.
        at: Unix seconds.
    """
    blocks: list[Message | str] = [
        _block([("Original-Envelope-Id", envid), ("Reporting-MTA", f"dns; {host}")])
    ]
    blocks += [_recipient(address, each) for address, each in arrived]
    statement = Message()
    statement["Content-Type"] = "message/delivery-status"
    statement.set_payload(blocks)
    header = Message()
    header["Content-Type"] = "text/rfc822-headers"
    header.set_payload(letter.partition(HEADER_END)[0].decode("ascii", "replace") + "\n")
    words = MIMENonMultipart("text", "plain")
    words.set_payload("The letter has been delivered.\n")
    report = MIMEMultipart("report", f"=_{number}", [words, statement, header])
    report.set_param("report-type", "delivery-status")
    report["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{host}>"
    report["To"] = to
    report["Subject"] = "Successful Mail Delivery Report"
    report["Message-ID"] = f"<{number}@{host}>"
    report["Auto-Submitted"] = "auto-replied"
    return report.as_bytes(policy=AS_SENT)


def _recipient(address: str, asked: Wanted) -> Message:
    fields = [("Original-Recipient", asked.original), ("Final-Recipient", f"rfc822; {address}")]
    return _block([*fields, ("Action", "delivered"), ("Status", "2.0.0")])


def _block(fields: list[tuple[str, str]]) -> Message:
    block = Message()
    for name, value in fields:
        if value:
            block[name] = _plain(value)
    return block


def _plain(xtext: str) -> str:
    """RFC 3461 §4: '+3D' is '='."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), xtext)

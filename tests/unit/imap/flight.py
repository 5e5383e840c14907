"""What a server says that takes the login, ENABLE and LIST in one flight, and a pass over it."""

from __future__ import annotations

from dataclasses import replace

from sync.imap.connect import connect
from sync.imap.session import ImapSession
from tests.unit.imap.liar import CAPABLE, SECRET

KNOWN = "AUTH=PLAIN ENABLE IMAP4REV1 LIST-EXTENDED LIST-STATUS QRESYNC SASL-IR"
GREETS = f"{KNOWN} X-PLI-BEFORE-GREETING"
"""And its greeting said nothing to wait for."""
GREETING = CAPABLE.format("AUTH=PLAIN SASL-IR")
AUTHENTICATE = f"AUTHENTICATE PLAIN {SECRET}"
LIST = 'LIST "" "*" RETURN (STATUS (UIDVALIDITY UIDNEXT MESSAGES HIGHESTMODSEQ))'
OFFERED = "%s OK [CAPABILITY IMAP4rev1 ENABLE QRESYNC LIST-EXTENDED LIST-STATUS] oui\r\n"
INBOX = (
    '* LIST () "/" INBOX\r\n'
    "* STATUS INBOX (UIDVALIDITY 3 UIDNEXT 9 MESSAGES 1 HIGHESTMODSEQ 4)\r\n%s OK\r\n"
)
RULES = {
    "AUTHENTICATE": OFFERED,
    "ENABLE": "* ENABLED QRESYNC\r\n%s OK\r\n",
    "LIST": INBOX,
    "LOGOUT": "* BYE\r\n%s OK\r\n",
}


async def pass_over(to: object, *, known: str = KNOWN, much: bool = False) -> ImapSession:
    """What a pass without changes does; logged out."""
    given = replace(to, capabilities=known)  # type: ignore[type-var]
    session = await connect(
        given,  # type: ignore[arg-type]
        "mot de pässe",
        listing=True,
        much=much,
        timeout=30,
    )
    try:
        assert [each.name for each in await session.list_mailboxes()] == ["INBOX"]
    finally:
        await session.logout()
    return session

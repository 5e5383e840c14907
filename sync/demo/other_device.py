"""Another mail program on the same mailbox: the standard library's, a second opinion on both sides.

It is what a telephone or a webmail would be: what it changes must reach Pli, and what Pli changes
must reach it.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 5.0
FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDevice:
    """How to log in. Its methods block: call them in a thread."""

    host: str
    port: int
    ca: Path
    user: str
    password: str

    def mark(self, message_id: str, flag: str) -> None:
        """Add a flag to one letter of INBOX."""
        with self._inbox() as imap:
            imap.uid("STORE", self._uid(imap, message_id), "+FLAGS", f"({flag})")

    def flags(self, message_id: str) -> frozenset[str]:
        """The flags of one letter of INBOX."""
        with self._inbox() as imap:
            _, rows = imap.uid("FETCH", self._uid(imap, message_id), "(FLAGS)")
        found = FLAGS.search(rows[0] if isinstance(rows[0], bytes) else b"")
        return frozenset(found[1].decode("ascii").split()) if found else frozenset()

    def octets(self, mailbox: str) -> list[bytes]:
        """Every letter of a mailbox, oldest first. `mailbox` in modified UTF-7."""
        with self._session() as imap:
            imap.select(f'"{mailbox}"', readonly=True)
            _, rows = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [row[1] for row in rows if isinstance(row, tuple)]

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4_SSL]:
        trust = ssl.create_default_context(cafile=str(self.ca))
        imap = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=trust, timeout=PATIENCE_SECONDS)
        try:
            imap.login(self.user, self.password)
            yield imap
        finally:
            imap.shutdown()

    @contextmanager
    def _inbox(self) -> Iterator[imaplib.IMAP4_SSL]:
        with self._session() as imap:
            imap.select("INBOX")
            yield imap

    def _uid(self, imap: imaplib.IMAP4_SSL, message_id: str) -> str:
        _, found = imap.uid("SEARCH", "HEADER", "Message-ID", message_id)
        return str(found[0].split()[0], "ascii")

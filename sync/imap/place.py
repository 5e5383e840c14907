"""The selected mailbox, kept up to date by what the server says of its own accord."""

from __future__ import annotations

import asyncio

from store.errors import Transient
from sync.imap.answers import OutlinedEmail
from sync.imap.replies import Untagged
from sync.imap.uidset import UidSet

NEWS = {b"EXISTS", b"EXPUNGE", b"VANISHED", b"FETCH"}


class Place:
    """Watches the stream (`exchange.Watcher`) from its SELECT on."""

    def __init__(self, wire_name: bytes) -> None:
        self.wire_name = wire_name
        self.uidvalidity = 0
        """What its UIDs mean; 0 until SELECT has said it."""
        self.exists = 0
        """EXISTS as of the last answer: what came after it is not part of what was asked."""
        self.permanent: frozenset[str] | None = None
        self.modseqs = False
        """Whether this mailbox keeps mod-sequences."""
        self.ahead: dict[tuple[int, int], OutlinedEmail] = {}
        """What came with SELECT, until it is asked for: by UID, and octets of its beginning."""
        self.vanished: list[UidSet] = []
        """Gone since the list was last emptied."""
        self.news = asyncio.Event()
        self._exists_now = 0
        self._counted = False
        """Whether the server has said how many there are."""

    def begin(self) -> None:
        """What came until now was said of another mailbox (RFC 7162 §3.2.11, [CLOSED])."""
        self.exists = self._exists_now = 0
        self._counted = False
        self.vanished.clear()

    def untagged(self, response: Untagged) -> None:
        """Count what appears and disappears."""
        if response.name in NEWS:
            self.news.set()
        if response.name == b"EXISTS":
            self._exists_now, self._counted = response.number or 0, True
        elif response.name == b"EXPUNGE":
            if self._counted and not 0 < (response.number or 0) <= self._exists_now:
                # Else a mailbox would look empty that is not, and be emptied here.
                raise Transient("imap.protocol")
            self._exists_now = max(self._exists_now - 1, 0)
        elif response.name == b"VANISHED" and not earlier(response):
            gone = UidSet.parse(response.parts[0].strip())
            self.vanished.append(gone)
            self._exists_now = max(self._exists_now - len(gone), 0)

    def answered(self) -> None:
        """A command ended: this is how many there were."""
        self.exists = self._exists_now


def earlier(response: Untagged) -> bool:
    """Whether a VANISHED answers what we asked, and is no news (RFC 7162 §3.2.10)."""
    return response.parts[0][:10].upper() == b"(EARLIER) "

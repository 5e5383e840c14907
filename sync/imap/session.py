"""A logged-in IMAP session: one method per thing the node wants, facts in, facts out.

Every method raises Transient when the line or the server's mood is at fault, so that nothing is
known of the effect, and Permanent when the server clearly said no. Words of the server stay in the
error's params; they are never logged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from store.errors import Transient
from store.model.email import Keywords
from sync.imap import answers, readings, uidset
from sync.imap.answers import (
    AppendedUid,
    FetchedEmail,
    ListedEmail,
    ListedMailbox,
    MailboxStatus,
    Selected,
)
from sync.imap.conversation import SECONDS, Conversation
from sync.imap.stream import Pieces
from sync.imap.utf7 import encode, quote

FETCHED_AT_ONCE = 50
MOST_PIPELINED = 4
STATUS_ITEMS = b"UIDVALIDITY UIDNEXT MESSAGES UNSEEN"


class ImapSession(Conversation):
    """Commands on one stream. Not for concurrent use, except by its own pipelining."""

    # -- mailboxes -----------------------------------------------------------------------------

    async def list_mailboxes(self) -> list[ListedMailbox]:
        """Every mailbox with its STATUS: one turn where LIST-STATUS is offered, else two."""
        lines: list[Pieces] = []
        wanted = STATUS_ITEMS + (b" HIGHESTMODSEQ" if self._modseqs() else b"")
        if {"LIST-EXTENDED", "LIST-STATUS"} <= self.capabilities:
            special = b"SPECIAL-USE " if self.has("SPECIAL-USE") else b""
            await self._do(
                b'LIST "" "*" RETURN (%sSTATUS (%s))\r\n' % (special, wanted), sink=lines.append
            )
            return readings.listed(lines)
        await self._do(b'LIST "" "*"\r\n', sink=lines.append)
        found = [m for m in readings.listed(lines) if m.selectable]
        asked = [
            self._stream.submit(
                [b"STATUS %s (%s)\r\n" % (quote(m.wire_name), wanted)], lines.append
            )
            for m in found
        ]
        await self._all(asked, tolerate=True)
        return readings.listed(lines)

    def _modseqs(self) -> bool:
        return bool({"CONDSTORE", "QRESYNC"} & self.capabilities)

    async def status(self, wire_name: bytes) -> MailboxStatus:
        """STATUS of one mailbox that is not the selected one."""
        lines: list[Pieces] = []
        wanted = STATUS_ITEMS + (b" HIGHESTMODSEQ" if self._modseqs() else b"")
        await self._do(b"STATUS %s (%s)\r\n" % (quote(wire_name), wanted), sink=lines.append)
        found = readings.statuses(lines).get(wire_name)
        if found is None:
            raise Transient("imap.protocol")
        return found

    async def create(self, name: str) -> None:
        """Make a mailbox."""
        await self._do(b"CREATE %s\r\n" % quote(encode(name)))

    async def select(self, wire_name: bytes, *, known: tuple[int, int] | None = None) -> Selected:
        """Open a mailbox, with its changes since `known` (uidvalidity, modseq) under QRESYNC."""
        lines: list[Pieces] = []
        asked = known is not None and "QRESYNC" in self.enabled
        suffix = b""
        if known is not None and asked:
            suffix = b" (QRESYNC (%d %d))" % known
        elif self.has("CONDSTORE"):
            suffix = b" (CONDSTORE)"
        self.exists = 0
        rest = await self._do(b"SELECT %s%s\r\n" % (quote(wire_name), suffix), sink=lines.append)
        selected = readings.selected([*lines, [b"* OK " + rest]], known if asked else None)
        self.exists = selected.exists
        return selected

    # -- listings ------------------------------------------------------------------------------

    async def listing(self, *, changed_since: int | None = None) -> dict[int, ListedEmail]:
        """Keywords and sizes of all Emails, or of those changed since a modseq.

        `exists`, read after this, is EXISTS as of its end: a whole listing has that many.
        """
        found: dict[int, ListedEmail] = {}

        def collect(pieces: Pieces) -> None:
            if (fetched := readings.fetched(pieces)) is None:
                self._stray(pieces)
            elif b"UID" in fetched and b"FLAGS" in fetched:
                email = readings.listed_email(fetched)
                found[email.uid] = email

        modseq = b" MODSEQ" if self._modseqs() else b""
        since = b"" if changed_since is None else b" (CHANGEDSINCE %d)" % changed_since
        if self.exists or changed_since is not None:
            await self._do(
                b"UID FETCH 1:* (UID FLAGS RFC822.SIZE%s)%s\r\n" % (modseq, since),
                sink=collect,
                seconds=SECONDS * 5,
            )
        return found

    async def uids(self) -> set[int]:
        """Every UID of the selected mailbox."""
        found: set[int] = set()

        def collect(pieces: Pieces) -> None:
            words = pieces[0].split()
            if words[1].upper() == b"SEARCH":
                found.update(answers.number(word) for word in words[2:] if word.isdigit())
            elif words[1].upper() == b"ESEARCH":
                upper = [word.upper() for word in words]
                if b"ALL" in upper:
                    for low, high in uidset.parse(words[upper.index(b"ALL") + 1]).ranges:
                        if high - low > self.exists:
                            raise Transient("imap.protocol")
                        found.update(range(low, high + 1))
            else:
                self._stray(pieces)

        short = b"RETURN (ALL) " if self.has("ESEARCH") else b""
        await self._do(b"UID SEARCH %sALL\r\n" % short, sink=collect)
        return found

    async def search_message_id(self, message_id: str, *, from_uid: int) -> list[int]:
        """UIDs of the Emails with this Message-ID, from `from_uid` on, ascending."""
        found: list[int] = []

        def collect(pieces: Pieces) -> None:
            words = pieces[0].split()
            if words[1].upper() == b"SEARCH":
                found.extend(answers.number(word) for word in words[2:] if word.isdigit())
            else:
                self._stray(pieces)

        wanted = quote(b"<%s>" % message_id.encode("ascii", "replace"))
        await self._do(
            b"UID SEARCH UID %d:* HEADER Message-ID %s\r\n" % (from_uid, wanted), sink=collect
        )
        # `n:*` always names the last Email, even when its UID is smaller (RFC 3501 §6.4.8).
        return sorted(uid for uid in found if uid >= from_uid)

    # -- Emails --------------------------------------------------------------------------------

    async def fetch(self, uids: Collection[int], on_email: Callable[[FetchedEmail], None]) -> None:
        """Fetch Emails whole, in several commands under way at once; each is given when complete.

        An Email that vanished meanwhile is simply not given.
        """
        wanted = list(uids)
        batches = [wanted[n : n + FETCHED_AT_ONCE] for n in range(0, len(wanted), FETCHED_AT_ONCE)]
        given: set[int] = set()

        def collect(pieces: Pieces) -> None:
            fetched = readings.fetched(pieces)
            octets = None if fetched is None else fetched.get(b"BODY[]")
            if fetched is None or not isinstance(octets, bytes):
                self._stray(pieces)
                return
            email = readings.whole_email(fetched, octets)
            if email.uid not in given:
                given.add(email.uid)
                on_email(email)

        for n in range(0, len(batches), MOST_PIPELINED):
            asked = [
                self._stream.submit(
                    [
                        b"UID FETCH %s (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n"
                        % uidset.write(batch)
                    ],
                    collect,
                )
                for batch in batches[n : n + MOST_PIPELINED]
            ]
            await self._all_slowly(asked)

    async def store(self, uids: Collection[int], *, add: Keywords, remove: Keywords) -> None:
        """Add and remove keywords, both commands in one flight."""
        named = uidset.write(uids)
        asked = [
            self._stream.submit(
                [b"UID STORE %s %sFLAGS.SILENT (%s)\r\n" % (named, sign, answers.flags(which))],
                self._stray,
            )
            for sign, which in ((b"+", add), (b"-", remove))
            if answers.flags(which)
        ]
        await self._all(asked)

    async def append(
        self, wire_name: bytes, octets: bytes, keywords: Keywords, received_at: int | None = None
    ) -> AppendedUid | None:
        """Upload an Email. None when the server does not say where it went (no UIDPLUS)."""
        at = b"" if received_at is None else b" " + answers.date_time(received_at)
        command = b"APPEND %s (%s)%s" % (quote(wire_name), answers.flags(keywords), at)
        small = len(octets) <= 4096
        if self.has("LITERAL+") or (self.has("LITERAL-") and small):
            chunks = [command + b" {%d+}\r\n%s\r\n" % (len(octets), octets)]
        else:
            chunks = [command + b" {%d}\r\n" % len(octets), octets + b"\r\n"]
        rest = await self._do(*chunks, seconds=SECONDS + len(octets) / 1000)
        found = readings.CODE.search(rest)
        if found is None or found[1].upper() != b"APPENDUID" or not found[2]:
            return None
        words = found[2].split()
        return AppendedUid(uidvalidity=answers.number(words[0]), uid=answers.number(words[1]))

    async def move(self, uids: Collection[int], wire_name: bytes) -> dict[int, int] | None:
        """Move Emails; source UID to target UID, None when the server does not say.

        Without MOVE: copy, mark deleted, and expunge exactly these (RFC 6851 §3.3).
        """
        copied: dict[int, int] = {}
        said = False

        def collect(pieces: Pieces) -> None:
            nonlocal said
            if (mapping := readings.copied(pieces[0])) is None:
                self._stray(pieces)
            else:
                said = True
                copied.update(mapping)

        verb = b"MOVE" if self.has("MOVE") else b"COPY"
        named = uidset.write(uids)
        rest = await self._do(b"UID %s %s %s\r\n" % (verb, named, quote(wire_name)), sink=collect)
        if (mapping := readings.copied(rest)) is not None:
            said = True
            copied.update(mapping)
        if verb == b"COPY":
            await self.expunge(uids)
        return copied if said else None

    async def expunge(self, uids: Collection[int]) -> bool:
        """Remove exactly these. Without UIDPLUS they stay marked deleted, and this says False."""
        named = uidset.write(uids)
        await self._do(b"UID STORE %s +FLAGS.SILENT (\\Deleted)\r\n" % named)
        if not self.has("UIDPLUS"):
            return False
        await self._do(b"UID EXPUNGE %s\r\n" % named)
        return True

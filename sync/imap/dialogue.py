"""Questions and answers over one stream, and what the server is known to be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from store.errors import MailError
from sync.imap.exchange import Exchange, Sink
from sync.imap.lists import ListAsked
from sync.imap.memory import Memory
from sync.imap.place import Place
from sync.imap.quoting import Piece
from sync.imap.replies import Status, Untagged, refusal
from sync.imap.stream import ImapStream
from sync.imap.uidset import UidSet

EVENTS = b"(MessageNew MessageExpunge FlagChange%s)"
WATCHED = b"(selected-delayed %s) (personal %s)" % (EVENTS % b"", EVENTS % b" MailboxName")
SET_OCTETS = 6_000
"""Of UIDs in one command line; servers take lines of 8,192 octets (RFC 7162 §4)."""


class Dialogue:
    """A logged-in stream. The verbs of a session are functions of it, one module per subject."""

    def __init__(self, stream: ImapStream, memory: Memory | None = None) -> None:
        self.stream = stream
        self.memory = memory or Memory()
        """What the last connection knew, and what this one found out about flights."""
        self.remember: Callable[[str], None] | None = None
        """Is told at once what the next connection should find, when a flight was not taken."""
        self.without: frozenset[str] = frozenset()
        """Offered and not to be relied on (sync/imap/quirks.py)."""
        self.before_login: frozenset[str] = frozenset()
        """Offered before the login (`memory.LOGIN`)."""
        self.listing: ListAsked | None = None
        """LIST, written with the login: for whoever asks first."""
        self.place: Place | None = None
        self.inbox_seen: tuple[int | None, ...] | None = None
        """How INBOX looked when it was last looked at, for sync/imap/news.py."""
        self.may_compress = False
        """The line is slow enough, and nobody has asked yet."""
        self.expects_much = False
        """Whatever is asked, much will follow."""
        self._enabling: Exchange | None = None
        self._watching: Exchange | None = None
        self._enabled: frozenset[str] = frozenset()

    @property
    def host(self) -> str:
        """Whom we talk to."""
        return self.stream.endpoint.host

    @property
    def remembered(self) -> str:
        """What the next connection should find in `account.capabilities`."""
        offered = self.stream.capabilities | self.before_login
        return str(replace(self.memory, offered=offered))

    def has(self, capability: str) -> bool:
        """Whether the server offers it, and is known to mean it."""
        return capability in self.stream.capabilities and capability not in self.without

    @property
    def modseqs(self) -> bool:
        """Whether the server keeps mod-sequences, at least in some mailboxes."""
        return self.has("CONDSTORE") or self.has("QRESYNC")

    async def ask(
        self, *pieces: Piece, sink: Sink | None = None, most: int = 0, bulk: bool = False
    ) -> Status:
        """One command; its answer is OK.

        Raises:
            Transient: the line, or the server for now: nothing is known of the effect.
            NeedsUser, Permanent: the server said no: there was no effect (replies.REFUSALS).
        """
        command = await self.stream.exchange(*pieces, sink=sink, most=most, bulk=bulk)
        return self.accepted(await self.stream.answered(command))

    async def ask_all(
        self, commands: Sequence[Sequence[Piece]], *, sink: Sink | None = None, bulk: bool = False
    ) -> list[Status]:
        """Several commands in one flight. All are answered before the first refusal is raised."""
        return [self.accepted(s) for s in await self.tell_all(commands, sink=sink, bulk=bulk)]

    async def tell_all(
        self,
        commands: Sequence[Sequence[Piece]],
        *,
        sink: Sink | None = None,
        bulk: bool = False,
        half: Sink | None = None,
    ) -> list[Status]:
        """Several commands in one flight, and their answers, OK or not."""
        exchange = self.stream.exchange
        said = [await exchange(*each, sink=sink, bulk=bulk, half=half) for each in commands]
        return [await self.stream.answered(command) for command in said]

    def accepted(self, status: Status) -> Status:
        """The same, when it is OK."""
        if not status.ok:
            raise self.refused(status)
        return status

    def refused(self, status: Status) -> MailError:
        """What a NO or BAD means."""
        return refusal(status, self.host)

    async def expect_much(self) -> None:
        """Before much is said, either way: from now on deflated, if that is worth its turn."""
        if self.may_compress and self.has("COMPRESS=DEFLATE"):
            self.may_compress = False
            await self.stream.compress()

    async def begin_enabling(self) -> None:
        """Ask for what makes resynchronising cheap; no turn is spent on waiting for it."""
        if self._enabling is not None:
            return
        wanted = next((name for name in ("QRESYNC", "CONDSTORE") if self.has(name)), None)
        if wanted is not None and self.has("ENABLE"):
            line = b"ENABLE " + wanted.encode("ascii")
            self._enabling = await self.stream.exchange(line, sink=self._note_enabled)

    async def enabled(self) -> frozenset[str]:
        """What the server has switched on (RFC 5161), of what it then says it offers: a guess of
        ours may have been right, and some operators hide what they know to be broken."""
        if self._enabling is not None:
            await self.stream.answered(self._enabling)
            self._enabling = None
        return frozenset(name for name in self._enabled if self.has(name))

    async def begin_watching(self) -> None:
        """Ask to be told of changes in any mailbox (RFC 5465); said before the first LIST, so that
        nothing falls between. Once: Dovecot 2.3 stops watching when told a second time."""
        if self._watching is None and self.has("NOTIFY"):
            self._watching = await self.stream.exchange(b"NOTIFY SET " + WATCHED)

    async def watches_all(self) -> bool:
        """Whether the server tells of every mailbox, and not of the selected one alone."""
        if self._watching is None or not self.stream.notified:
            return False
        return (await self.stream.answered(self._watching)).ok

    def _note_enabled(self, response: Untagged) -> bool:
        if response.name != b"ENABLED":
            return False
        self._enabled |= set(response.parts[0].decode("ascii", "replace").upper().split())
        return True


def pieces_of(uids: UidSet) -> list[bytes]:
    """A UID set as text, in as many pieces as command lines need."""
    return [bytes(piece) for piece in uids.pieces(SET_OCTETS)]

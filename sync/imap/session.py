"""A logged-in session: everything the rest of Pli may ask of an IMAP server.

One method per question, facts as answers; no caller ever sees a tag, a flag or a parenthesis. One
task at a time. Every method raises

    Transient    the line, or the server for now: nothing is known of the effect
    NeedsUser    the server said no and a person can change that: there was no effect
    Permanent    the server said no: there was no effect

and after a Transient of the line (`net.*`, `imap.bye`, `imap.protocol`) the session is over.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence

from store.errors import MailError
from store.model.email import Keywords
from store.model.link import Step
from sync.imap import (
    changes,
    enumerating,
    fetching,
    mailboxes,
    news,
    one_part,
    opening,
    outlining,
)
from sync.imap.answers import (
    AppendedUid,
    FetchedEmail,
    Identity,
    ListedEmail,
    ListedMailbox,
    MailboxStatus,
    OutlinedEmail,
    Selected,
)
from sync.imap.dialogue import Dialogue
from sync.imap.exchange import Traffic
from sync.link.recorder import Recorder, recorded
from sync.replica.facts import Ahead, Span, ToUpload

LOGOUT_SECONDS = 5.0
"""For the line to take the last few octets."""


class ImapSession:
    """Made by `connect.connect`; ended by `logout`."""

    def __init__(self, dialogue: Dialogue, recorder: Recorder | None = None) -> None:
        self._dialogue = dialogue
        self.recorder = recorder or Recorder()
        """Knows what each method called so far took."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server says it offers once we are logged in, upper case; see `has`."""
        return self._dialogue.stream.capabilities

    def has(self, capability: str) -> bool:
        """Whether the server offers it and means it: 'MOVE', 'UIDPLUS'..."""
        return self._dialogue.has(capability)

    @property
    def remembered(self) -> str:
        """What the next `connect` should find in `account.capabilities`."""
        return self._dialogue.remembered

    @property
    def traffic(self) -> Traffic:
        """Octets and turns since the connection was made."""
        return self._dialogue.stream.traffic

    @property
    def selected(self) -> tuple[bytes, int] | None:
        """Wire name and UIDVALIDITY of the selected mailbox."""
        place = self._dialogue.place
        return None if place is None else (place.wire_name, place.uidvalidity)

    @property
    def exists(self) -> int:
        """How many Emails the selected mailbox had when the last question was answered."""
        place = self._dialogue.place
        return 0 if place is None else place.exists

    @recorded(Step.LIST)
    async def list_mailboxes(self) -> list[ListedMailbox]:
        """Every mailbox, what it is for, and its STATUS where it can be selected."""
        return await mailboxes.list_mailboxes(self._dialogue)

    @recorded(Step.LOOK)
    async def status(self, wire_name: bytes) -> MailboxStatus:
        """STATUS of one mailbox."""
        return await mailboxes.status(self._dialogue, wire_name)

    @recorded(Step.PUSH)
    async def create_mailbox(self, wire_name: bytes) -> None:
        """Make a mailbox, unless it is there."""
        await mailboxes.create(self._dialogue, wire_name)

    @recorded(Step.PUSH)
    async def rename_mailbox(self, wire_name: bytes, to: bytes) -> None:
        """Give a mailbox another name, and so to those below it."""
        await mailboxes.rename(self._dialogue, wire_name, to)

    @recorded(Step.PUSH)
    async def subscribe(self, wire_name: bytes, *, on: bool) -> None:
        """Subscribe to a mailbox, or no longer."""
        await mailboxes.subscribe(self._dialogue, wire_name, on=on)

    @recorded(Step.LOOK)
    async def select(
        self,
        wire_name: bytes,
        *,
        known: tuple[int, int] | None = None,
        sample: Sequence[tuple[int, int]] = (),
        newest_from: int = 0,
        ahead: Ahead | None = None,
    ) -> Selected:
        """Make it the mailbox that the methods below are about.

        known: (UIDVALIDITY, HIGHESTMODSEQ) as of the last time, `answers.Known`; the answer then
            says what changed since, if the server can tell (QRESYNC).
        sample: (rank, UID) of some Emails held then, ascending; spares it naming all that is gone.
        newest_from: rank from which on the answer brings what a list says of each Email; 0: none.
        ahead: what `outlines` is then given without another turn, as far as it is there.
        """
        return await opening.select(self._dialogue, wire_name, known, sample, newest_from, ahead)

    @recorded(Step.LOOK)
    async def listing(self, *, changed_since: int | None = None) -> dict[int, ListedEmail]:
        """Every Email by UID, or those changed since a mod-sequence.

        A whole listing is complete when it has `exists` Emails; else something was in motion.
        """
        return await enumerating.listing(self._dialogue, changed_since=changed_since)

    @recorded(Step.LOOK)
    async def uids(self) -> set[int]:
        """Every UID; complete when there are `exists`."""
        return await enumerating.uids(self._dialogue)

    @recorded(Step.LOOK)
    async def search_message_id(self, message_id: str, *, from_uid: int) -> list[int]:
        """UIDs from `from_uid` on of the Emails with that Message-ID (without brackets)."""
        return await enumerating.search_message_id(self._dialogue, message_id, from_uid=from_uid)

    @recorded(Step.FETCH)
    async def fetch(self, uids: Collection[int], on_email: Callable[[FetchedEmail], None]) -> None:
        """Give each of these Emails, whole, to `on_email`; those that are gone are not given."""
        await fetching.fetch(self._dialogue, uids, on_email)

    @recorded(Step.LOOK)
    async def identities(self, uids: Collection[int]) -> list[Identity]:
        """By what each of these Emails can be recognised; those that are gone are left out."""
        return await fetching.identities(self._dialogue, uids)

    @recorded(Step.FETCH)
    async def outlines(
        self, uids: Collection[int], on_outline: Callable[[OutlinedEmail], None], *, begin: int = 0
    ) -> None:
        """Give of each of these Emails what its line in a list says, and its first octets."""
        await outlining.outlines(self._dialogue, uids, on_outline, begin=begin)

    @recorded(Step.FETCH)
    async def ranges(
        self,
        uids: Collection[int],
        offset: int,
        length: int,
        on_range: Callable[[int, bytes], None],
        *,
        describe: Collection[int] = (),
        on_structure: Callable[[int, outlining.Structure], None] | None = None,
        on_half: Callable[[int, bytes], None] | None = None,
    ) -> None:
        """Give those octets of each of these Emails: fewer at its end, none behind it.

        In the same flight, give the parts of those in `describe`, where the server says them. When
        the line breaks within a range, `on_half` is given what came of it.
        """
        await outlining.ranges(
            *(self._dialogue, uids, offset, length, on_range),
            describe=describe,
            on_structure=on_structure,
            on_half=on_half,
        )

    @recorded(Step.FETCH)
    async def part_ranges(
        self,
        uid: int,
        section: str,
        spans: Sequence[Span],
        on_range: Callable[[Span, bytes, int | None], None],
        *,
        binary: bool,
        ask_size: bool = False,
        on_half: Callable[[Span, bytes, int | None], None] | None = None,
    ) -> None:
        """Give ranges of one part of an Email, decoded by the server or as it is encoded.

        With `ask_size`, the first one comes with the decoded octets of all of it. When the line
        breaks within one, `on_half` is given what came of it.
        """
        await one_part.part_ranges(
            *(self._dialogue, uid, section, spans, on_range),
            binary=binary,
            ask_size=ask_size,
            on_half=on_half,
        )

    @recorded(Step.PUSH)
    async def store(self, uids: Collection[int], *, add: Keywords, remove: Keywords) -> None:
        """Add and remove keywords; what the mailbox does not keep is left out."""
        await changes.store(self._dialogue, uids, add=add, remove=remove)

    @recorded(Step.UPLOAD)
    async def append(
        self, wire_name: bytes, octets: bytes, keywords: Keywords, received_at: int | None = None
    ) -> AppendedUid | None:
        """Add a letter to any mailbox. None when the server does not say which UID it got.

        received_at: becomes its INTERNALDATE, Unix seconds.
        """
        return await changes.append(self._dialogue, wire_name, octets, keywords, received_at)

    @recorded(Step.UPLOAD)
    async def append_all(
        self, wire_name: bytes, letters: Sequence[ToUpload]
    ) -> list[AppendedUid] | None:
        """Add letters to any mailbox, all or none; only where the server offers MULTIAPPEND.

        None when it does not say which UIDs they got.
        """
        return await changes.append_all(self._dialogue, wire_name, letters)

    @recorded(Step.PUSH)
    async def move(self, uids: Collection[int], wire_name: bytes) -> dict[int, int] | None:
        """Move Emails elsewhere: source UID to target UID; None when the server does not say."""
        return await changes.move(self._dialogue, uids, wire_name)

    @recorded(Step.PUSH)
    async def expunge(self, uids: Collection[int]) -> bool:
        """Remove just these. False when the server can only mark them deleted, which is done."""
        return await changes.expunge(self._dialogue, uids)

    @recorded(Step.IDLE)
    async def idle(self, seconds: float, *, until: asyncio.Event | None = None) -> bool:
        """Wait for news, for `seconds` or until that event. True when there is some.

        Of INBOX, and of every mailbox when `watches_all`.
        """
        return await news.idle(self._dialogue, seconds, until=until)

    async def watches_all(self) -> bool:
        """Whether `idle` hears of every mailbox: asked for by `connect`, and granted."""
        return await self._dialogue.watches_all()

    @recorded(Step.LOGOUT)
    async def logout(self) -> None:
        """Say goodbye and end the connection, whatever state it is in. Never raises a MailError.

        Nobody waits for the server's goodbye: on a satellite that would be one turn in two.
        """
        stream = self._dialogue.stream
        try:
            with contextlib.suppress(MailError, TimeoutError):
                stream.leaving = True
                async with asyncio.timeout(LOGOUT_SECONDS):
                    await stream.exchange(b"LOGOUT")
                    await stream.flush()
        finally:
            await stream.close()

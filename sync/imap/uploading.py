"""Letters written here go to the server: say, APPEND, hear. Many of them in one command.

MULTIAPPEND (RFC 3502) keeps all of a command or none. It saves turns and proves nothing: what was
said of each letter stays on its own row, and each is looked for by itself when an answer is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from store.errors import MailError
from store.host.log import event
from store.model.email import NO_KEYWORDS, Placement
from store.model.ids import PlacementId
from store.model.mailbox import Mailbox
from sync.imap.progress import Progress
from sync.imap.settle import Finder
from sync.replica import merge
from sync.replica.facts import ToUpload, Uploaded
from sync.replica.seams import NO, Local, Remote

log = logging.getLogger(__name__)
NOT_WHOLE = "email.not_whole"
TOGETHER_OCTETS = 64 * 1024
"""In one command: eight seconds of a slow line, what a cut costs at most. A longer letter goes
alone."""
Refused = Callable[[Sequence[Placement], Callable[[Placement, str], Placement], MailError], None]


class _Ready(NamedTuple):
    """A letter and its octets."""

    id: PlacementId
    octets: bytes
    received_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploading:
    """Uploads letters into the selected mailbox."""

    remote: Remote
    local: Local
    mailbox: Mailbox
    uidnext: int
    """UIDNEXT when the mailbox was selected, 0 if unsaid: our uploads will be at or above it."""
    refused: Refused
    """Notes that the server said no, and why."""
    uploaded: Callable[[int], None]
    """Counts the letters the server has taken."""
    progress: Progress

    async def __call__(self, ids: Sequence[PlacementId]) -> bool:
        """False when the server has one and does not show it: the next visit looks for it."""
        whole, alone = True, list(ids)
        if len(ids) > 1 and self.remote.has("MULTIAPPEND"):
            whole, alone = await self._together(ids)
        for placement_id in alone:
            whole &= await self._alone(placement_id)
        return whole

    async def _together(self, ids: Sequence[PlacementId]) -> tuple[bool, list[PlacementId]]:
        """Whether all that was uploaded is shown, and what has to go alone."""
        whole, alone = True, list[PlacementId]()
        ready, octets = list[_Ready](), 0
        for held in self.local.now(ids):
            letter = self._ready(held)
            if letter is None:
                alone.append(held.id)
                continue
            if octets + len(letter.octets) > TOGETHER_OCTETS:
                whole &= await self._flight(ready, alone)
                ready, octets = [], 0
            ready.append(letter)
            octets += len(letter.octets)
        whole &= await self._flight(ready, alone)
        return whole, alone

    def _ready(self, held: Placement) -> _Ready | None:
        try:
            return _Ready(held.id, *self.local.letter(held.email_id))
        except NO:
            return None  # alone, it says why

    async def _flight(self, ready: Sequence[_Ready], alone: list[PlacementId]) -> bool:
        """One command; what it did not upload is added to `alone`."""
        if len(ready) < 2:
            alone += [each.id for each in ready]
            return True
        said = {held.id: held for held in self._say([each.id for each in ready])}
        letters = [each for each in ready if each.id in said]
        if not letters:
            return True
        carried = [
            ToUpload(each.octets, said[each.id].sent or NO_KEYWORDS, each.received_at)
            for each in letters
        ]
        try:
            answers = await self.remote.append_all(self.mailbox.wire_name, carried)
        except NO:
            # One of them is at fault, or the server takes no more: each is looked for, then tried.
            alone += [held.id for held in said.values() if await self._refind(held) is None]
            return True
        self.uploaded(len(letters))
        uids = self._uids(letters, answers)
        heard = self.local.change(list(said), lambda held: merge.appended(held, uids.get(held.id)))
        return await self._all_seen(heard)

    def _uids(
        self, letters: Sequence[_Ready], answers: Sequence[Uploaded] | None
    ) -> dict[PlacementId, int]:
        if answers is None or len(answers) != len(letters):
            return {}
        told = zip(letters, answers, strict=True)
        return {
            each.id: answer.uid
            for each, answer in told
            if answer.uidvalidity == self.mailbox.uidvalidity
        }

    async def _alone(self, placement_id: PlacementId) -> bool:
        said = self._say([placement_id])
        if not said:
            return True
        (letter,) = said
        try:
            octets, received_at = self.local.letter(letter.email_id)
        except NO as error:
            how = merge.kept_here if error.code == NOT_WHOLE else merge.not_appended
            self.refused(said, how, error)
            return True
        keywords = letter.sent or NO_KEYWORDS
        try:
            with self.progress.uploading(letter.email_id, len(octets), self.remote.traffic):
                answer = await self.remote.append(
                    self.mailbox.wire_name, octets, keywords, received_at
                )
        except NO as error:
            # A server that kept it all the same must not be given another.
            if await self._refind(letter) is None:
                self.refused(said, merge.not_appended, error)
            return True
        self.uploaded(1)
        is_told = answer is not None and answer.uidvalidity == self.mailbox.uidvalidity
        uid = answer.uid if answer is not None and is_told else None
        return await self._all_seen(
            self.local.change([placement_id], partial(merge.appended, uid=uid))
        )

    def _say(self, ids: Sequence[PlacementId]) -> Sequence[Placement]:
        return self.local.change(ids, partial(merge.append_said, from_uid=self.uidnext))

    async def _refind(self, letter: Placement) -> int | None:
        """After a no: the UID of a letter that is there all the same."""
        uid = await self._finder().find(letter, self.uidnext)
        if uid is not None:
            self.local.change([letter.id], partial(merge.appended, uid=uid))
        return uid

    async def _all_seen(self, heard: Sequence[Placement]) -> bool:
        """The server has them, and did not say where of each: those are looked for."""
        finder, seen = self._finder(), True
        for letter in heard:
            if letter.uid is not None:
                continue
            uid = await finder.find(letter, self.uidnext)
            if uid is None:
                event(log, logging.WARNING, "letter.unseen", placement=letter.id)
                seen = False
            else:
                found = partial(merge.found_again, uid=uid, theirs=letter.base)
                self.local.change([letter.id], found)
        return seen

    def _finder(self) -> Finder:
        return Finder(self.remote, self.local, self.mailbox.id)

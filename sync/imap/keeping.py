"""Letters on their way into the store: few in memory, and none thrown away that came whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from store.errors import MailError
from store.model.ids import MailboxId
from sync.imap.halving import Given, Noes, by_halves
from sync.imap.line import NONSENSE
from sync.replica.facts import Arrived
from sync.replica.seams import Local, Remote

COMMIT_OCTETS = 8 * 1024 * 1024
"""Letters are committed when this much has come, or at the end of their window."""


class Keeper:
    """Takes letters as they come and commits them in batches, so that few are in memory."""

    def __init__(
        self,
        local: Local,
        mailbox_id: MailboxId,
        wanted: set[int],
        on_letter: Callable[[], object],
    ) -> None:
        self._on_letter = on_letter
        self.local, self.mailbox_id, self.wanted = local, mailbox_id, wanted
        self.new = self._octets = 0
        self._waiting: list[Arrived] = []

    async def fetch(self, remote: Remote, uids: Sequence[int], noes: Noes) -> None:
        """Fetch these from the selected mailbox. What is not given stays in `wanted`."""

        async def ask(part: Sequence[int]) -> None:
            with self.keeping():
                await remote.fetch(part, self.take)

        given = Given(remote, self.local, self.mailbox_id)
        await by_halves(uids, self.wanted, ask, noes, given)

    def take(self, email: Arrived) -> None:
        """One letter; anything not asked for is not ours to take."""
        if email.uid not in self.wanted:
            return
        self.wanted.remove(email.uid)
        self._waiting.append(email)
        self._on_letter()
        self._octets += len(email.octets)
        if self._octets >= COMMIT_OCTETS:
            self.commit()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Letters come in here; what came whole is committed, also when the line breaks."""
        try:
            yield
        except MailError as error:
            if error.code != NONSENSE:
                self.commit()
            raise
        self.commit()

    def commit(self) -> None:
        """Write what has come, in one transaction."""
        if self._waiting:
            self.new += self.local.add(self.mailbox_id, self._waiting)
        self._waiting, self._octets = [], 0

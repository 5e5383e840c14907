"""While the older letters of an account are paused, new ones come all the same. Decides by UIDs.

What is new is what came after the pause: it has a UID at or above the UIDNEXT that its mailbox had
then (`work_floor`). A pause is looked for before each window, and never breaks one off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from store.model.email import Unwhole
from store.model.ids import MailboxId
from store.model.mailbox import Mailbox
from store.model.structure import WantedPart
from store.model.work import Floor, letter_of, letters_of, part_of
from sync.replica.facts import Numbered, Opened
from sync.replica.seams import Local

ABOVE_ALL = 2**32
"""No UID is so high (RFC 3501 §2.3.1.1)."""


@dataclass(frozen=True, slots=True)
class Pausing:
    """What a person paused of one account, as one pass obeys it."""

    local: Local
    listed: Mapping[MailboxId, Numbered]
    """What the server said of its mailboxes when the pass began."""

    @property
    def holds_letters(self) -> bool:
        """Whether only new letters may come unasked."""
        return self._holds(self.local.obey_pauses())

    def _holds(self, paused: frozenset[str]) -> bool:
        if letters_of(self.local.account_id) not in paused:
            return False
        if self.listed and not self.local.floors():
            # It was paused since: what comes into a mailbox from its beginning on is new.
            self.local.save_floors(
                {id_: Floor(each.uidvalidity, each.uidnext) for id_, each in self.listed.items()}
            )
        return True

    def floor(self, mailbox: Mailbox, opened: Opened) -> int:
        """The lowest UID that may come now; 0 when all may."""
        if not self.holds_letters:
            return 0
        known = self.local.floors().get(mailbox.id)
        if known is None or known.uidvalidity != opened.uidvalidity:
            # Not listed when it was paused, or numbered anew since: what is there now is not new.
            known = Floor(opened.uidvalidity, opened.uidnext or ABOVE_ALL)
            self.local.save_floors({mailbox.id: known})
        return known.uid

    def may_come(
        self, letters: Iterable[Unwhole], parts: Sequence[WantedPart]
    ) -> tuple[list[Unwhole], list[WantedPart]]:
        """Of letters that are not whole, and of parts asked for, what may come now."""
        paused = self.local.obey_pauses()
        if not paused:
            return list(letters), list(parts)
        floors = self.local.floors() if self._holds(paused) else None

        def may(each: Unwhole) -> bool:
            if each.wanted_at:
                return letter_of(each.email_id) not in paused
            if each.urgent or floors is None:
                return True
            floor = floors.get(each.mailbox_id)
            return floor is not None and each.uid >= floor.uid

        going = [each for each in parts if part_of(each.email_id, each.number) not in paused]
        return [each for each in letters if may(each)], going

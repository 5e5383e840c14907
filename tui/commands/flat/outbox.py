"""The outbox of the flat mode. A number is of what was said, though others have left since."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from store import reasons
from store.db.drafts import draft, drafts, drafts_waiting, unsend_draft
from store.db.submissions import enough, outbox, retry, submission
from store.errors import Usage
from store.host import clock
from store.host.i18n import sentence
from store.model.ids import DraftId
from store.model.submission import EmailSubmission, SubmissionState
from store.outbox_words import retried
from tui.commands.flat.words import numbered, of_submission
from tui.commands.flat.writing import agreed
from tui.plain import Plain, plain_words, said
from tui.when import long_date

if TYPE_CHECKING:
    from tui.commands.flat.session import Flat

MOST = 20


class FlatOutbox:
    """What leaves, what left; which of them is meant is said before anything is done to it."""

    def __init__(self, flat: Flat) -> None:
        self.flat, self.talk, self.db = flat, flat.talk, flat.db
        self.said: list[EmailSubmission] = []

    def outbox(self, rest: str) -> None:
        """What is written, what leaves, what left; what each number of it says."""
        self.said = outbox(self.db, limit=MOST)
        waiting, kept = len(drafts_waiting(self.db)), len(list(drafts(self.db)))
        self.talk.say(said("flat.outbox", waiting=waiting, drafts=kept))
        lines = [of_submission(each) for each in self.said]
        self.talk.say(numbered(lines) if lines else said("flat.outbox_none"))
        chosen: list[Callable[[], None]] = [partial(self._explain, each) for each in self.said]
        self.flat.chosen = chosen

    def _explain(self, entry: EmailSubmission) -> None:
        lines = [of_submission(entry), reasons.of_state_explained(entry)]
        for each in entry.recipients:
            words = f"{sentence(f'recipient.{each.state.value}')} {each.reply}".rstrip()
            lines.append(said("flat.line", about=each.email, subject=words))
        self.talk.say(Plain("\n".join(lines)))

    def cancel(self, rest: str) -> None:
        """Take a letter out of it; without a number, one that waits to leave."""
        if not rest:
            self._take_back()
            return
        entry = self._one_of(rest)
        code = enough(self.db, entry.id, now=clock.now())
        self.talk.say(said(code or "flat.withdrawn"))

    def _take_back(self) -> None:
        """The letter that waits; of several, the one whose number is said next."""
        waiting = drafts_waiting(self.db)
        if not waiting:
            self.talk.say(said("flat.nothing_waits"))
        elif len(waiting) == 1:
            self._unsend(waiting[0][0])
        else:
            lines = [
                said("flat.leaves", subject=self._subject(draft_id), at=long_date(send_at))
                for draft_id, send_at, _ in waiting
            ]
            self.talk.say(said("flat.which_waits"))
            self.talk.say(numbered(lines))
            self.flat.chosen = [partial(self._unsend, draft_id) for draft_id, _, _ in waiting]

    def _unsend(self, draft_id: DraftId) -> None:
        subject = self._subject(draft_id)
        done = unsend_draft(self.db, draft_id)
        self.talk.say(said("flat.taken_back" if done else "flat.nothing_waits", subject=subject))

    def _subject(self, draft_id: DraftId) -> Plain:
        return plain_words(draft(self.db, draft_id)[1].subject) or said("tui.letter.no_subject")

    def retry(self, rest: str) -> None:
        """Let the same octets leave again; one in doubt only once confirmed."""
        entry = self._one_of(rest)
        in_doubt = entry.shown_state is SubmissionState.UNCERTAIN
        words = "tui.ask.retry_copied" if entry.is_asked else "tui.ask.retry_uncertain"
        if in_doubt and not agreed(self.talk, said(words)):
            return
        retry(self.db, entry.id, now=clock.now())
        self.talk.say(retried(entry, long_date, now=clock.now()))

    def _one_of(self, number: str) -> EmailSubmission:
        """As it is now."""
        if not number.isdecimal() or not 1 <= int(number) <= len(self.said):
            raise Usage("flat.which_submission")
        entry = submission(self.db, self.said[int(number) - 1].id)
        self.talk.say(of_submission(entry))
        return entry

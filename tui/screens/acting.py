"""What keys do to the letters chosen on a screen: the one being read, the selection, or the row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from store.db.answering import others_at
from store.db.claims import keyword_here
from store.db.emails import EmailRow
from store.db.glance import shown_in
from store.db.labels import label_named, labels, labels_of
from store.db.mailboxes import mailboxes
from store.db.open import Connection
from store.model.email import FLAGGED, SEEN, pack_keywords
from store.model.ids import PlacementId
from store.model.mailbox import Mailbox, Role
from tui import filing
from tui.claiming import who_since
from tui.filing import Done
from tui.later import Later
from tui.later import choices as usual_times
from tui.plain import Plain, plain_words, said
from tui.screens.ask import PickMailbox, Question
from tui.screens.screen import PliScreen
from tui.widgets.email_list import EmailList


class Meant(NamedTuple):
    """What a key is meant for."""

    letters: list[PlacementId]
    row: EmailRow | None
    """The one under the cursor, or being read."""


class ActingScreen(PliScreen):
    """A list of letters, of which some are chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.open_row: EmailRow | None = None

    @property
    def emails(self) -> EmailList:
        """The list."""
        return self.query_one("#emails", EmailList)

    @property
    def is_reading(self) -> bool:
        """Whether a key is meant for the letter that is open."""
        return False

    @property
    def chosen(self) -> EmailRow | None:
        """The letter a key is meant for: the one being read, else the one under the cursor."""
        return self.open_row if self.is_reading and self.open_row else self.emails.current

    def close_letter(self) -> None:
        """Show the list again."""

    def act(self, work: Callable[[Meant], Awaitable[None]]) -> None:
        """Do something to the letters a key is meant for: the one read, the selection, the row's.

        They are those of the moment the key is pressed, whatever arrives until it is done.
        """
        row, source = self.chosen, self.emails.source
        reading = self.is_reading and self.open_row is not None
        chosen = [] if reading else list(self.emails.selected)
        if not chosen and row is not None:
            chosen = [row.placement_id]

        async def errand() -> None:
            letters = chosen if reading or source is None else await source.within(chosen)
            if letters:
                await work(Meant(letters, row))

        self.pli.errand(errand, group="wish")

    def action_archive(self) -> None:
        """Into the archive."""
        self.act(self._archive)

    async def _archive(self, meant: Meant) -> None:
        done = await self.pli.desk.wish(filing.move_to_role, meant.letters, Role.ARCHIVE)
        await self._gone(meant, done)

    def action_delete(self) -> None:
        """Into the trash; for good, once confirmed, when they are there already."""
        self.act(self._delete)

    async def _delete(self, meant: Meant) -> None:
        desk = self.pli.desk
        if not await desk.read(filing.deletion_is_final, meant.letters):
            done = await desk.wish(filing.move_to_role, meant.letters, Role.TRASH)
        elif await self.pli.ask(Question(_final(len(meant.letters)))):
            done = await desk.wish(filing.delete, meant.letters)
        else:
            return
        await self._gone(meant, done)

    def action_move(self) -> None:
        """Into a mailbox to be chosen."""
        self.act(self._move)

    async def _move(self, meant: Meant) -> None:
        target = await self.pli.ask(
            PickMailbox(await self.pli.desk.read(_elsewhere, meant.letters))
        )
        if target is not None:
            done = await self.pli.desk.wish(filing.move_to, meant.letters, target)
            await self._gone(meant, done)

    def action_snooze(self) -> None:
        """Out of the list until a time to be chosen; what is put off comes back now."""
        self.act(self._snooze)

    async def _snooze(self, meant: Meant) -> None:
        from tui.screens.pick import PickWhen

        now = self.pli.now()
        until_at = await self.pli.ask(PickWhen(usual_times(now), now))
        if until_at is None:
            return
        at = None if until_at is Later.NOW else int(until_at)
        await self._gone(meant, await self.pli.desk.wish(filing.put_off, meant.letters, at))

    async def _gone(self, meant: Meant, done: Done) -> None:
        """Letters have left this list."""
        if self.open_row is not None:
            self.close_letter()
        self.emails.select_none()
        n = len(meant.letters)
        self.pli.did(done._replace(row=meant.row if n == 1 else None, letters=0 if n == 1 else n))
        await self.look_now()

    def action_label(self) -> None:
        """Put a label on, or take it off."""
        self.act(self._label)

    async def _label(self, meant: Meant) -> None:
        from tui.screens.pick import PickLabel

        has = set(labels_of(meant.row.keywords)) if meant.row else set()
        known = await self.pli.desk.read(labels)
        known |= {keyword: keyword for keyword in has if keyword not in known}
        answer = await self.pli.ask(PickLabel(known, has))
        if not answer:
            return
        keyword = answer if answer in known else ""
        if not keyword:
            keyword = await self.pli.desk.wish(label_named, answer)
        name = plain_words(known.get(keyword, answer))
        on = keyword not in has
        wish = self.pli.desk.wish
        self.pli.did(await wish(filing.change_label, meant.letters, keyword, name, on=on))
        await self.look_now()

    def action_flag(self) -> None:
        """Put the star, or take it off."""
        self._toggle(FLAGGED)

    def action_toggle_seen(self) -> None:
        """Read, or not read."""
        self._toggle(SEEN)

    def action_claim(self) -> None:
        """Say to those who share the mailbox that one answers, or no longer."""
        if self.chosen is not None:
            self.pli.errand(partial(self._claim, self.chosen.placement_id), group="claim")

    async def _claim(self, placement_id: PlacementId) -> None:
        name = self.pli.settings.claim_name
        keyword = await self.pli.desk.fetch(keyword_here, placement_id, name)
        people = await self.pli.desk.read(others_at, [placement_id], keyword)
        row = self.chosen
        if not people or row is None or keyword in row.keywords.split():
            self._toggle(keyword)
            return
        who = who_since(people, self.pli.now())
        if await self.pli.ask(Question(said("claim.ask_take_over", who=who))):
            self.pli.did(await self.pli.desk.wish(filing.take_over, [placement_id], keyword))
            await self.look_now()

    def _toggle(self, keyword: str) -> None:
        row = self.chosen
        if row is None:
            return
        on = keyword not in row.keywords.split()
        if self.is_reading or row.placement_id in (self.emails.selected or {row.placement_id}):
            changed = with_keyword(row, keyword, on=on)
            self.emails.put(changed)
            self.open_row = changed if self.open_row is row else self.open_row

        async def work(meant: Meant) -> None:
            self.pli.did(
                await self.pli.desk.wish(filing.change_keyword, meant.letters, keyword, on=on)
            )
            self.look()

        self.act(work)


def with_keyword(row: EmailRow, keyword: str, *, on: bool) -> EmailRow:
    """A row as the person has just wished it."""
    keywords = set(row.keywords.split())
    changed = keywords | {keyword} if on else keywords - {keyword}
    return row._replace(keywords=pack_keywords(changed))


def _final(n: int) -> Plain:
    return said("tui.ask.delete") if n == 1 else said("tui.ask.delete_many", n=n)


def _elsewhere(db: Connection, letters: list[PlacementId]) -> list[Mailbox]:
    """Mailboxes of their account they are not all in; none where they are of several accounts.

    Raises:
        Usage: `placement.unknown`.
    """
    here = {shown.id: shown for shown in (shown_in(db, letter) for letter in letters)}
    owners = {shown.account_id for shown in here.values()}
    return [
        m
        for owner in owners
        if len(owners) == 1
        for m in mailboxes(db, owner)
        if m.missing_at is None and set(here) != {m.id}
    ]

"""That a letter leaves as a health document: whom it is about is asked, what the node says shown.

The screen chooses; the node builds it, with the same pieces as `pli send --as xdm`, and says while
the letter is written what still lacks (sync/dispatch/composing.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.author_kinds import kinds_in
from store.db.authors import author_content
from store.db.health_wishes import Look, Said, look_now
from store.db.open import Connection
from store.db.patients import fullest_traits, patients_of_email
from store.dispatch_words import dispatch_words
from store.errors import NeedsUser, Usage
from store.health_words import day_words, traits_words
from store.host.i18n import sentence
from store.model.draft import Attachment, Draft, HealthWish
from store.model.health import PatientRow
from store.model.ids import AccountId, DraftId, PatientId
from tui.gestures import Answered
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.health_wish import PickPatient, TickWish
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.screens.letter_form import LetterForm

MOST_LINES = 3
"""Of reasons; the others are counted."""
TOLD = ("to_patient", "closes", "to_dmp", "checked", "again")


async def choose_about(screen: LetterForm) -> None:
    """Ask whom the letter is about, then what is to be done with its document.

    Raises:
        NeedsUser: `dispatch.no_author`.
        Usage: `document.patient_unknown`.
    """
    screen.look_at_people()  # what is ticked is said of them
    pli, account = screen.pli, screen.account
    content = await pli.desk.read(author_content, account.id)
    if not content:
        raise NeedsUser("dispatch.no_author", account=account.name)
    wish = screen.ways.how.health
    if wish is None:
        first = await pli.desk.read(_first_of, screen.answered)
        chosen = await pli.ask(PickPatient(pli, first))
        if chosen is None:
            return
        wish = await pli.desk.read(_begun, chosen.id, screen.attachments, pli.now())
    answer = await pli.ask(TickWish(wish, kinds_in(content), pli.now()))
    non_medical = "" if answer else screen.ways.how.non_medical
    screen.ways.change(health=answer, non_medical=non_medical)
    screen.about.wish = answer
    screen.about.show(None)
    await screen.keep_quietly()


def of_other_documents(screen: LetterForm) -> None:
    """Others are attached: what the person had seen in those before is said of those alone."""
    wish = screen.ways.how.health
    if wish is not None and (wish.checked or wish.again):
        screen.about.wish = replace(wish, checked=False, again=False)
        screen.ways.change(health=screen.about.wish)
        screen.about.show(None)


def of_other_people(screen: LetterForm, people: frozenset[str]) -> None:
    """To send a document again was said of those who were there, and of nobody who comes since."""
    before, screen.about.people = screen.about.people, people
    wish = screen.ways.how.health
    if before is not None and wish is not None and wish.again and not people <= before:
        screen.about.wish = replace(wish, again=False)
        screen.ways.change(health=screen.about.wish)
        screen.about.show(None)


def _first_of(db: Connection, answered: Answered | None) -> list[PatientRow]:
    """Whom the letter that is answered is about."""
    return patients_of_email(db, answered.email_id) if answered else []


def _begun(
    db: Connection, patient_id: PatientId, attached: Iterable[Attachment], now: int
) -> HealthWish:
    """Nothing is ticked. The day is today's where no results can say one."""
    traits = fullest_traits(db, patient_id)
    if traits is None:
        raise Usage("document.patient_unknown", id=patient_id)
    only_pdf = all(each.media_type == "application/pdf" for each in attached)
    today = datetime.fromtimestamp(now, UTC).astimezone().date().isoformat()
    return HealthWish(patient=traits, service_day=today if only_pdf else "")


class AboutPatient(Words):
    """Under the ways: whom it is about, where the document goes, what the node found."""

    def __init__(self, wish: HealthWish | None) -> None:
        super().__init__(id="about_patient")
        self.wish = wish
        self.look: Look | None = None
        self.people: frozenset[str] | None = None
        """To whom the letter was when last looked at."""
        self.display = False

    def show(self, look: Look | None) -> None:
        """Show what the node found; None where it has not looked at the letter as it is now."""
        self.look = look
        self.display = self.wish is not None
        self.say(Plain("\n".join(self._lines())) if self.wish else NOTHING)

    def _lines(self) -> list[Plain]:
        assert self.wish
        who = plain_words(traits_words(self.wish.patient))
        told = [_act(self.wish), *(each for each in TOLD if getattr(self.wish, each))]
        words = [told[0], *(sentence(f"composed.told.{each}") for each in told[1:])]
        lines = [said("composed.line", who=who), plain_words(" · ".join(words))]
        if self.look is None:
            return [*lines, said("composed.not_looked")]
        lines += [_line("×", each) for each in self.look.reasons[:MOST_LINES]]
        if (more := len(self.look.reasons) - MOST_LINES) > 0:
            lines.append(said("composed.more_one" if more == 1 else "composed.more", n=more))
        if not self.look.reasons:
            lines += [_line("!", each) for each in self.look.remarks[:MOST_LINES]]
            lines += [] if self.look.remarks else [said("composed.ready")]
        return lines


def _act(wish: HealthWish) -> str:
    if not wish.service_day:
        return sentence("composed.day_of_results")
    return sentence("composed.day_said", day=day_words(wish.service_day))


def _line(sign: str, what: Said) -> Plain:
    return plain_words(f"{sign} {dispatch_words(*what)}")


def looked(
    db: Connection, draft_id: DraftId | None, account_id: AccountId, written: Draft
) -> Look | None:
    """What the node found of the letter as it is now."""
    if draft_id is None or written.health is None:
        return None
    return look_now(db, draft_id, account_id, written)


def check_document(look: Look | None) -> None:
    """Whether nothing is known that keeps it here; the node looks again when it leaves.

    Raises:
        NeedsUser: the first of the reasons.
    """
    if look is not None and look.reasons:
        code, params = look.reasons[0]
        raise NeedsUser(code, **dict(params))

"""A draft of another machine leaves as it was wanted there, or the person is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.db.drafts import attach, discard_draft, leave_draft, save_draft
from store.db.emails import octets_of, page_of_emails
from store.db.listing import save_listing
from store.model.document import Traits
from store.model.draft import WISHES_FIELD, Draft, HealthWish
from store.model.email import EmailAddress
from store.model.mailbox import Role
from sync.imap.drafting import file_drafts
from tests.tui.conftest import Opened, Person
from tests.tui.practice import ALICE, LISTING, NOW, ListedName, Practice
from tests.tui.test_drafts import drafts_of, going_on, reading
from tests.tui.test_health_letter import about, clinic
from tests.tui.test_writing import kept, leaving
from tests.unit.documents.invented import PDF_OCTETS
from tui.about_patient import AboutPatient
from tui.screens.composer import ComposerScreen
from tui.widgets.ways import Ways

__all__ = ["clinic"]
WHO = Traits(
    birth_name="LEROUX-ESSAI", given_names=("ANAIS",), birth_day="1985-03-14", used_name="LEROUX"
)
WISH = HealthWish(patient=WHO, service_day="2026-11-24", to_dmp=True)
WRITTEN = Draft(
    sender=EmailAddress(name="Dr Alice Martin", email=ALICE),
    to=(EmailAddress(email="x@chu.example"),),
    subject="Avis",
    body="Voici.",
    receipt=True,
)


@pytest.fixture
def desk(clinic: Practice) -> Practice:
    """With a mailbox for drafts."""
    listing = [*LISTING, ListedName(b"Drafts", "Drafts", "/", Role.DRAFTS)]
    save_listing(clinic.db, clinic.account_id, listing, now=NOW)
    return clinic


def left_elsewhere(desk: Practice, written: Draft, *, garbled: bool = False) -> None:
    """What the node of another machine has put among the drafts."""
    db = desk.db
    file = attach(db, "cr.pdf", "application/pdf", PDF_OCTETS)
    draft_id = save_draft(db, desk.account_id, replace(written, attachments=(file,)), now=NOW)
    leave_draft(db, draft_id, NOW)
    assert file_drafts(db, desk.account_id, now=NOW, may_go=lambda _: True) == 1
    (row,) = page_of_emails(db, drafts_of(desk))
    octets = octets_of(db, row.email_id)
    discard_draft(db, draft_id)
    if garbled:
        octets = octets.replace(WISHES_FIELD.encode() + b": ", WISHES_FIELD.encode() + b": !")
    desk.deliver(octets + b"\r\n", mailbox=drafts_of(desk))


async def taken_up(person: Person, desk: Practice) -> None:
    await reading(person, desk)
    await going_on(person)


async def test_a_health_draft_of_another_machine_leaves_as_one(
    desk: Practice, opened: Opened
) -> None:
    left_elsewhere(desk, replace(WRITTEN, health=WISH))
    async with opened((120, 30)) as person:
        await taken_up(person, desk)
        await about(person, "LEROUX", "acte du 24", "aussi au DMP")
        await person.sees("comme il a été voulu sur un autre poste : LEROUX")
        assert person.find(Ways).how.receipt
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
    [written] = leaving(desk.db)
    assert written.health == WISH
    assert written.receipt


async def test_what_was_stated_there_is_to_be_stated_anew(desk: Practice, opened: Opened) -> None:
    wish = replace(WISH, qualified=True, checked=True)
    left_elsewhere(desk, replace(WRITTEN, health=wish))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await person.press("r")
        await person.sees("à affirmer de nouveau ici : INS qualifiée, document vu")
        await person.press("n")
        await person.settles()
        assert not isinstance(person.app.screen, ComposerScreen)
        await person.press("r")
        await person.sees("à affirmer de nouveau ici")
        await person.press("o")
        await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
        await person.types("!")
        await person.press("escape")
        await person.until(lambda: bool(kept(desk.db)))
    assert kept(desk.db)[0].health == WISH


@pytest.mark.parametrize("garbled", [True, False], ids=["garbled", "made"])
async def test_what_cannot_be_gone_on_with_here_is_asked_before_it_is_an_ordinary_letter(
    desk: Practice, opened: Opened, garbled: bool
) -> None:
    made = replace(WRITTEN, patient="180032B12345678")
    left_elsewhere(desk, replace(WRITTEN, health=WISH) if garbled else made, garbled=garbled)
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await person.press("r")
        await person.sees("devait partir en document de santé (dossier, DMP)")
        await person.press("o")
        await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
        assert not person.find(AboutPatient).display

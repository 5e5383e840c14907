"""Letters in the mailbox for drafts: gone on with here, whoever began them."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from textual.widgets import Input, TextArea

from store.db.authors import set_author
from store.db.draft_copies import TWICE, draft_at, last_left
from store.db.drafts import discard_draft, draft, drafts, drafts_waiting, leave_draft, save_draft
from store.db.emails import page_of_emails
from store.db.listing import save_listing
from store.db.mailboxes import mailboxes
from store.db.notes import add_note
from store.db.open import write
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import DraftId, MailboxId, PlacementId
from store.model.mailbox import Role
from sync.imap.drafting import file_drafts
from tests.tui.conftest import Opened, Person
from tests.tui.practice import ALICE, LISTING, NOW, ListedName, Practice, letter
from tui.screens.composer import ComposerScreen
from tui.widgets.mailbox_list import MailboxList

BEGUN = Draft(sender=EmailAddress(name="Dr Alice Martin", email=ALICE), subject="Avis", body="Un")


@pytest.fixture
def desk(practice: Practice) -> Practice:
    """A practice whose account has a mailbox for drafts."""
    listing = [*LISTING, ListedName(b"Drafts", "Drafts", "/", Role.DRAFTS)]
    save_listing(practice.db, practice.account_id, listing, now=NOW)
    return practice


def begun_elsewhere(subject: str = "Ordonnance", html: str = "") -> bytes:
    """What another client left among the drafts."""
    made = EmailMessage()
    made["From"], made["To"], made["Bcc"] = (
        f"Dr Alice Martin <{ALICE}>",
        "bob@labo.example",
        "z@z.example",
    )
    made["Subject"], made["Message-ID"] = subject, f"<{subject}@ailleurs.example>"
    made["In-Reply-To"] = "<question@labo.example>"
    made.set_content(html or "Bonjour", subtype="html" if html else "plain")
    if not html:
        made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bilan.pdf")
    return made.as_bytes()


def kept(practice: Practice) -> list[Draft]:
    return [draft(practice.db, each)[1] for each in drafts(practice.db)]


def in_drafts(practice: Practice) -> list[PlacementId]:
    return [row.placement_id for row in page_of_emails(practice.db, drafts_of(practice))]


def drafts_of(practice: Practice) -> MailboxId:
    found = mailboxes(practice.db, practice.account_id)
    return next(each.id for each in found if each.role is Role.DRAFTS)


async def reading(person: Person, practice: Practice) -> None:
    """List the drafts and open the first."""
    await person.press("shift+tab")
    person.find(MailboxList).point_at(drafts_of(practice))
    await person.press("enter")
    await person.sees("Brouillons : 1")
    await person.settles()
    await person.press("enter")
    await person.settles()


async def going_on(person: Person) -> None:
    await person.press("r")
    await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
    await person.settles()


async def test_a_draft_begun_elsewhere_is_gone_on_with_whole(
    desk: Practice, opened: Opened
) -> None:
    desk.deliver(begun_elsewhere(), mailbox=drafts_of(desk))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        assert "r reprendre" in person.text
        assert "Cachée z@z.example" in person.text
        await going_on(person)
        screen = person.app.screen
        assert screen.query_one("#bcc", Input).value == "z@z.example"
        assert screen.query_one("#text", TextArea).text == "Bonjour"
        assert kept(desk) == [], "looking changes nothing"
        await person.types("!")
        await person.press("escape")
        await person.sees("Brouillon gardé")
        assert last_left(desk.db, desk.account_id, person.app.now()), "it may go at once"
        [written] = kept(desk)
        assert (written.to[0].email, written.bcc[0].email) == ("bob@labo.example", "z@z.example")
        assert written.in_reply_to == "question@labo.example"
        assert [a.name for a in written.attachments] == ["bilan.pdf"]
        assert draft_at(desk.db, in_drafts(desk)[0]) in drafts(desk.db)
        await going_on(person)
        assert screen is not person.app.screen
        assert "!" in person.app.screen.query_one("#text", TextArea).text, "the newer one is here"


async def test_r_says_reply_again_outside_the_drafts(desk: Practice, opened: Opened) -> None:
    desk.deliver(begun_elsewhere(), mailbox=drafts_of(desk))
    desk.deliver(letter("Un avis"))
    async with opened((120, 30)) as person:
        assert "r répondre" in person.text
        await reading(person, desk)
        assert "r répondre" not in person.text
        await person.press("escape", "shift+tab")
        person.find(MailboxList).point_at(desk.inbox)
        await person.press("enter")
        await person.sees("r répondre")


async def test_a_draft_begun_elsewhere_and_sent_is_gone_there(
    desk: Practice, opened: Opened
) -> None:
    desk.deliver(begun_elsewhere(), mailbox=drafts_of(desk))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await going_on(person)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s pour bob@labo.example, z@z.example")
    [(draft_id, _, _)] = drafts_waiting(desk.db)
    assert in_drafts(desk), "until it is frozen it may be called back"
    discard_draft(desk.db, draft_id)
    assert in_drafts(desk) == [], "as it is once it is frozen: the draft is no more"


async def test_an_answer_begun_elsewhere_claims_and_marks_the_letter_it_answers(
    desk: Practice, opened: Opened
) -> None:
    set_author(desk.db, desk.account_id, '[mailbox]\nkind = "organization"\n', now=NOW)
    asked = letter("Potassium", message_id="question").replace(b"question@port", b"question@labo")
    desk.deliver(asked)
    desk.deliver(begun_elsewhere(), mailbox=drafts_of(desk))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await going_on(person)
        assert desk.keywords(Role.INBOX) == ["$pli-claim-dr-alice-martin"]
        await person.press("escape")
        await person.until(lambda: not isinstance(person.app.screen, ComposerScreen))
        assert desk.keywords(Role.INBOX) == ["$pli-claim-dr-alice-martin"], "the draft is there"
        await going_on(person)
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
    assert desk.keywords(Role.INBOX) == ["$answered"]


async def test_a_draft_begun_elsewhere_and_thrown_away_is_gone_there(
    desk: Practice, opened: Opened
) -> None:
    desk.deliver(begun_elsewhere(), mailbox=drafts_of(desk))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await going_on(person)
        await person.press("ctrl+d")
        await person.sees("Jeter ce brouillon ?")
        await person.press("o")
        await person.until(lambda: in_drafts(desk) == [])


async def test_the_layout_of_a_draft_is_lost_only_once_confirmed(
    desk: Practice, opened: Opened
) -> None:
    desk.deliver(begun_elsewhere(html="<p><b>Bonjour</b></p>"), mailbox=drafts_of(desk))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await person.press("r")
        await person.sees("seul son texte sera gardé")
        await person.press("n")
        await person.settles()
        assert not isinstance(person.app.screen, ComposerScreen)
        await person.press("r")
        await person.sees("seul son texte sera gardé")
        await person.press("o")
        await person.until(lambda: isinstance(person.app.screen, ComposerScreen))


async def test_an_encrypted_draft_is_not_gone_on_with(desk: Practice, opened: Opened) -> None:
    sealed = b"Subject: x\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nMIAG"
    desk.deliver(sealed, mailbox=drafts_of(desk))
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await person.press("r")
        await person.sees("Ce brouillon est chiffré")
        assert not isinstance(person.app.screen, ComposerScreen)


def ours(practice: Practice) -> DraftId:
    """A draft of ours, with its letter among the drafts."""
    draft_id = save_draft(practice.db, practice.account_id, BEGUN, now=NOW)
    leave_draft(practice.db, draft_id, NOW)
    file_drafts(practice.db, practice.account_id, now=NOW, may_go=lambda _: True)
    practice.deliver()
    return draft_id


async def test_what_was_chosen_for_a_draft_is_said_above_it(desk: Practice, opened: Opened) -> None:
    ours(desk)
    row = page_of_emails(desk.db, drafts_of(desk))[0]
    with write(desk.db):
        add_note(desk.db, row.email_id, TWICE, now=NOW)
    async with opened((120, 30)) as person:
        await reading(person, desk)
        assert "Ce brouillon a été changé à deux endroits" in person.text


@pytest.mark.parametrize("pressed", ["escape", "ctrl+s"])
async def test_a_draft_done_away_with_while_it_is_written_is_kept_apart_and_said(
    desk: Practice, opened: Opened, pressed: str
) -> None:
    draft_id = ours(desk)
    async with opened((120, 30)) as person:
        await reading(person, desk)
        await going_on(person)
        assert person.app.screen.query_one("#subject", Input).value == "Avis"
        await person.types("bob@labo.example")
        discard_draft(desk.db, draft_id)
        await person.press(pressed)
        await person.sees("gardé à part")
        assert [each.to[0].email for each in kept(desk)] == ["bob@labo.example"]
        assert drafts_waiting(desk.db) == [], "the other version may have been sent"


async def test_the_outbox_says_where_a_draft_is_kept(desk: Practice, opened: Opened) -> None:
    ours(desk)
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("il sera mis dans les brouillons du serveur")
        with write(desk.db):
            desk.db.execute("UPDATE placement SET uid = 9, base = keywords")
        await person.sees("gardé ici et dans les brouillons du serveur")
        with write(desk.db):
            desk.db.execute("DELETE FROM placement")
        await person.sees("il a été envoyé, changé ou jeté ailleurs")

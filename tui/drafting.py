"""Beginning to write: a new letter, an answer, a draft taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.compose import forward_draft, reply_draft
from store.db.accounts import account, accounts
from store.db.drafts import attach, discard_draft, draft, unsend_draft
from store.db.emails import email
from store.db.open import Connection
from store.db.parts import part_octets
from store.db.placements import placements_of
from store.errors import Permanent, Usage
from store.host.i18n import sentence
from store.model.account import Account
from store.model.draft import Attachment, Draft
from store.model.email import ANSWERED, FORWARDED, Email, EmailAddress
from store.model.ids import DraftId, EmailId
from tui.file_names import safe_name
from tui.gestures import Answered
from tui.plain import plain_words, said
from tui.screens.ask import Question
from tui.screens.composer import ComposerScreen
from tui.when import long_date
from tui.widgets.letter_pane import lines_of

if TYPE_CHECKING:
    from tui.app import PliApp


async def write_new(pli: PliApp) -> None:
    """Write a letter from nothing."""
    everyone = await pli.desk.read(accounts)
    if not everyone:
        raise Usage("tui.no_account")
    sender = _sender(everyone[0])
    await pli.push_screen(ComposerScreen(pli, everyone[0], Draft(sender=sender)))


async def write_to(pli: PliApp, whom: EmailAddress) -> None:
    """Write a letter to somebody of the directory."""
    everyone = await pli.desk.read(accounts)
    if not everyone:
        raise Usage("tui.no_account")
    written = Draft(sender=_sender(everyone[0]), to=(whom,))
    await pli.push_screen(ComposerScreen(pli, everyone[0], written))


async def answer(pli: PliApp, email_id: EmailId, how: str) -> None:
    """Answer a letter ('reply', 'reply_all'), or send it on with its documents ('forward')."""
    if how == "forward":
        by, written = await pli.desk.wish(_forwarded, email_id)
    else:
        by, written = await pli.desk.read(_replied, email_id, how == "reply_all")
    answered = Answered(email_id, FORWARDED if how == "forward" else ANSWERED)
    await pli.push_screen(ComposerScreen(pli, by, written, answered=answered))


async def go_on(pli: PliApp, draft_id: DraftId) -> None:
    """Take up a draft again; one that was told to leave is first held back."""
    await pli.desk.wish(unsend_draft, draft_id)
    by, written = await pli.desk.read(_draft, draft_id)
    await pli.push_screen(ComposerScreen(pli, by, written, draft_id=draft_id))


async def withdraw(pli: PliApp, draft_id: DraftId, *, waiting: bool) -> None:
    """Hold back a letter told to leave; throw away an unfinished one, once confirmed."""
    if waiting:
        held = await pli.desk.wish(unsend_draft, draft_id)
        pli.say(said("tui.undone.sent" if held else "tui.undone.sent_too_late"))
    elif await pli.ask(Question(said("tui.ask.discard"))):
        await pli.desk.wish(discard_draft, draft_id)


def _sender(by: Account) -> EmailAddress:
    return EmailAddress(name=by.display_name, email=by.address)


def _account_of(db: Connection, email_id: EmailId) -> Account:
    """The account a letter came by, else the first one."""
    found = placements_of(db, email_id)
    return account(db, found[0][1]) if found else accounts(db)[0]


def _replied(db: Connection, email_id: EmailId, everyone: bool) -> tuple[Account, Draft]:
    by, answered = _account_of(db, email_id), email(db, email_id)
    if not answered.is_whole and not answered.body:
        # Its text comes behind its header: without it, not all to whom it was written are known.
        raise Permanent("email.not_whole")
    return by, reply_draft(
        answered, sender=_sender(by), all=everyone, attribution=attribution(answered)
    )


def _forwarded(db: Connection, email_id: EmailId) -> tuple[Account, Draft]:
    by, sent_on = _account_of(db, email_id), email(db, email_id)
    if not sent_on.is_whole:
        raise Permanent("email.not_whole")
    attachments = tuple(_attached_anew(db, sent_on))
    introduction = f"{sentence('tui.composer.forwarded')}\n{lines_of(sent_on)}"
    return by, forward_draft(
        sent_on, sender=_sender(by), introduction=introduction, attachments=attachments
    )


def _attached_anew(db: Connection, sent_on: Email) -> list[Attachment]:
    attachments = []
    for part in sent_on.parts:
        if not part.is_body:
            octets = part_octets(db, sent_on.id, part.number)
            name = safe_name(part.name, part.number)
            attachments.append(attach(db, name, part.media_type, octets))
    return attachments


def _draft(db: Connection, draft_id: DraftId) -> tuple[Account, Draft]:
    account_id, written = draft(db, draft_id)
    return account(db, account_id), written


def attribution(answered: Email) -> str:
    """'Le 3 nov 2026, 14:05, labo@labo.example a écrit :'."""
    at = answered.received_at if answered.sent_at is None else answered.sent_at
    who = plain_words(answered.sender.name or answered.sender.email)
    return sentence("tui.composer.attribution", at=long_date(at), who=who)

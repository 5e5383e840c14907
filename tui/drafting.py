"""Beginning to write: a new letter, an answer, a draft taken up again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.compose import draft_of, forward_draft, new_body, reply_draft
from store.db import answering
from store.db.accounts import account, accounts
from store.db.carried_wishes import CarriedWishes, carried_by, with_wishes
from store.db.draft_copies import draft_at
from store.db.drafts import attach, discard_draft, draft, unsend_draft
from store.db.emails import EmailRow, email, email_named, octets_of
from store.db.glance import shown_in
from store.db.open import Connection
from store.db.opened import came_sealed
from store.db.parts import part_octets
from store.db.placements import placements_of
from store.db.sender_identities import identity
from store.errors import Permanent, Usage
from store.health_words import traits_words
from store.host.i18n import sentence
from store.model.account import Account
from store.model.draft import Attachment, Draft
from store.model.email import ANSWERED, FORWARDED, Email, EmailAddress
from store.model.ids import AccountId, DraftId, EmailId, PlacementId
from store.model.mailbox import Role
from tui import claiming
from tui.file_names import safe_name
from tui.gestures import Answered, Place, place_of
from tui.plain import NOTHING, Plain, plain_words, said
from tui.screens.ask import Question
from tui.screens.composer import ComposerScreen
from tui.when import long_date
from tui.widgets.letter_pane import lines_of

if TYPE_CHECKING:
    from tui.app import PliApp

SEALED = {
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
    "application/pgp-encrypted",
}
"""What comes encrypted cannot be gone on with: in clear it would go back to the server."""


async def write_new(pli: PliApp) -> None:
    """Write a letter from nothing."""
    everyone = await pli.desk.read(accounts)
    if not everyone:
        raise Usage("tui.no_account")
    await _begin(pli, everyone[0])


async def write_to(pli: PliApp, whom: EmailAddress) -> None:
    """Write a letter to somebody of the directory."""
    everyone = await pli.desk.read(accounts)
    if not everyone:
        raise Usage("tui.no_account")
    await _begin(pli, everyone[0], whom)


async def _begin(pli: PliApp, by: Account, *whom: EmailAddress) -> None:
    how = await pli.desk.read(identity, by.id)
    written = Draft(sender=_sender(by), to=whom, body=new_body(how))
    await pli.push_screen(ComposerScreen(pli, by, written))


async def answer(pli: PliApp, row: EmailRow, how: str) -> None:
    """Answer a letter ('reply', 'reply_all'), or send it on with its documents ('forward').

    Nobody answers a draft: it is gone on with.
    """
    email_id = row.email_id
    if how != "forward" and await pli.desk.read(_is_draft, row.placement_id):
        await resume(pli, row)
        return
    if how == "forward":
        by, written = await pli.desk.wish(forwarded, email_id)
    else:
        by, written = await pli.desk.read(replied, email_id, how == "reply_all")
    answered = Answered(email_id, FORWARDED if how == "forward" else ANSWERED)
    claimed = None if how == "forward" else await claiming.begun(pli, email_id, by.id)
    screen = ComposerScreen(pli, by, written, answered=answered, claimed=claimed)
    await pli.push_screen(screen)


async def go_on(pli: PliApp, draft_id: DraftId) -> None:
    """Take up a draft again; one that was told to leave is first held back."""
    await pli.desk.wish(unsend_draft, draft_id)
    by, written = await pli.desk.read(_draft, draft_id)
    await _show_again(pli, by, written, await pli.desk.read(place_of, draft_id))


async def _show_again(pli: PliApp, by: Account, written: Draft, place: Place) -> None:
    """Go on with a draft; the letter it answers, where it is here, is claimed and marked."""
    answered = await pli.desk.read(_answered, by.id, written)
    claimed = await claiming.taken_up(pli, answered.email_id, by.id) if answered else None
    screen = ComposerScreen(pli, by, written, place=place, answered=answered, claimed=claimed)
    await pli.push_screen(screen)


async def resume(pli: PliApp, row: EmailRow) -> None:
    """Go on with a letter among the drafts of a server, whoever began it, on whatever machine."""
    draft_id = await pli.desk.read(draft_at, row.placement_id)
    if draft_id is not None:
        await go_on(pli, draft_id)
        return
    begun = await pli.desk.read(email, row.email_id)
    if begun.body_from_html and not await pli.ask(Question(said("tui.ask.draft_html"))):
        return
    by, written, carried = await pli.desk.wish(_resumed, row)
    if carried and (asked := _to_ask(carried)) and not await pli.ask(Question(asked)):
        return
    await _show_again(pli, by, written, Place(instead_of=row.placement_id))
    if written.health is not None:
        who = plain_words(traits_words(written.health.patient))
        pli.call_next(pli.say, said("composed.carried", who=who))


def _to_ask(carried: CarriedWishes) -> Plain:
    """What a person must know before they go on with it here; '' where all of it is carried."""
    if not carried.is_all:
        return said("tui.ask.draft_ordinary")
    what = ", ".join(sentence(f"composed.stated.{each}") for each in carried.to_state)
    return said("tui.ask.draft_restate", what=plain_words(what)) if what else NOTHING


async def withdraw(pli: PliApp, draft_id: DraftId, *, waiting: bool) -> None:
    """Hold back a letter told to leave; throw away an unfinished one, once confirmed."""
    if waiting:
        held = await pli.desk.wish(unsend_draft, draft_id)
        pli.say(said("tui.undone.sent" if held else "tui.undone.sent_too_late"))
    elif await pli.ask(Question(said("tui.ask.discard"))):
        by, written = await pli.desk.read(_draft, draft_id)
        answered = await pli.desk.read(_answered, by.id, written)
        claimed = await claiming.own(pli, answered.email_id) if answered else None
        await pli.desk.wish(discard_draft, draft_id)
        await pli.desk.wish(answering.end, claimed)


def _sender(by: Account) -> EmailAddress:
    return EmailAddress(name=by.display_name, email=by.address)


def _account_of(db: Connection, email_id: EmailId) -> Account:
    """The account a letter came by, else the first one."""
    found = placements_of(db, email_id)
    return account(db, found[0][1]) if found else accounts(db)[0]


def _is_draft(db: Connection, placement_id: PlacementId) -> bool:
    return shown_in(db, placement_id).role is Role.DRAFTS


def _resumed(db: Connection, row: EmailRow) -> tuple[Account, Draft, CarriedWishes | None]:
    begun = email(db, row.email_id)
    if not begun.is_whole:
        raise Permanent("email.not_whole")
    if any(part.media_type in SEALED for part in begun.parts):
        raise Permanent("tui.composer.sealed")
    sealed = came_sealed(db, row.email_id)
    everyone = {each.address.lower(): each for each in accounts(db)}
    by = everyone.get(begun.sender.email.lower()) or _account_of(db, row.email_id)
    written = draft_of(begun, sender=_sender(by), attachments=_attached_anew(db, begun))
    written, carried = replace(written, was_sealed=sealed), carried_by(octets_of(db, row.email_id))
    return by, with_wishes(written, carried) if carried else written, carried


def replied(db: Connection, email_id: EmailId, everyone: bool) -> tuple[Account, Draft]:
    """The answer to a letter, and the account it leaves by."""
    by, answered = _account_of(db, email_id), email(db, email_id)
    ours = frozenset(each.address.lower() for each in accounts(db))
    if not answered.is_whole and not answered.body:
        # Its text comes behind its header: without it, not all to whom it was written are known.
        raise Permanent("email.not_whole")
    written = reply_draft(
        answered,
        sender=_sender(by),
        all=everyone,
        attribution=attribution(answered),
        identity=identity(db, by.id),
        ours=ours,
    )
    return by, replace(written, was_sealed=came_sealed(db, email_id))


def forwarded(db: Connection, email_id: EmailId) -> tuple[Account, Draft]:
    """A letter to be sent on, and the account it leaves by."""
    by, sent_on = _account_of(db, email_id), email(db, email_id)
    if not sent_on.is_whole:
        raise Permanent("email.not_whole")
    attachments = tuple(_attached_anew(db, sent_on))
    introduction = f"{sentence('tui.composer.forwarded')}\n{lines_of(sent_on)}"
    written = forward_draft(
        sent_on,
        sender=_sender(by),
        introduction=introduction,
        attachments=attachments,
        identity=identity(db, by.id),
    )
    return by, replace(written, was_sealed=came_sealed(db, email_id))


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


def _answered(db: Connection, account_id: AccountId, written: Draft) -> Answered | None:
    """The letter that a draft answers, where it is here."""
    found = email_named(db, account_id, written.in_reply_to) if written.in_reply_to else None
    return None if found is None else Answered(found, ANSWERED)


def attribution(answered: Email) -> str:
    """'Le 3 nov 2026, 14:05, labo@labo.example a écrit :'."""
    at = answered.received_at if answered.sent_at is None else answered.sent_at
    who = plain_words(answered.sender.name or answered.sender.email)
    return sentence("tui.composer.attribution", at=long_date(at), who=who)

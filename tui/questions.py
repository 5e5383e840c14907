"""What the node asks of a person, in words, and the gesture that answers on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.losses import forget_lost, keep_lost
from store.model.loss import Question
from store.model.mailbox import Mailbox, Role
from tui.plain import Plain, plain_words, said

if TYPE_CHECKING:
    from tui.app import PliApp


def question_words(question: Question) -> Plain:
    """What is asked: keep these letters here, or take them out."""
    name = mailbox_title(question.mailbox)
    return said(question.code, lost=question.lost, held=question.held, mailbox=name)


def how_to_answer(question: Question) -> Plain:
    """The two commands that answer it."""
    return said("guard.how", mailbox=plain_words(f"{question.account}/{question.mailbox.name}"))


def mailbox_title(mailbox: Mailbox) -> Plain:
    """Its role in the person's language, else its whole name."""
    if mailbox.role is not Role.NONE:
        return said(f"tui.role.{mailbox.role.value}")
    return plain_words(mailbox.name)


async def answer(app: PliApp) -> None:
    """Put each question to the person, the oldest first, until one is left for later."""
    from tui.screens.ask import KeepOrForget
    from tui.screens.ask import Question as YesOrNo

    if not app.glance.questions:
        app.say(said("guard.no_question"))
    for question in app.glance.questions:
        keeps = await app.ask(KeepOrForget(question_words(question)))
        if keeps is None:
            return
        if keeps:
            kept = await app.desk.wish(keep_lost, question.mailbox.id)
            app.say(said("guard.kept", n=kept))
        elif await app.ask(YesOrNo(said("tui.ask.forget", n=question.lost))):
            gone = await app.desk.wish(forget_lost, question.mailbox.id)
            app.say(said("guard.forgotten", n=gone))

"""The gesture that answers, on the screen, what the node asks of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.losses import forget_lost, keep_lost
from store.questions import question_words
from tui.plain import said

if TYPE_CHECKING:
    from tui.app import PliApp


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

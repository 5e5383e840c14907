"""The gesture that answers, on the screen, what the node asks of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import receipt_words
from store.db.asked import answer as answer_asked
from store.db.asked import asked_in
from store.db.losses import forget_lost, keep_lost
from store.questions import question_words
from tui.plain import said

if TYPE_CHECKING:
    from tui.app import PliApp


async def answer(app: PliApp) -> None:
    """Put each question to the person, the oldest first, until one is left for later."""
    from tui.screens.ask import KeepOrForget
    from tui.screens.ask import Question as YesOrNo

    if not app.glance.questions and not app.glance.count("asking"):
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
    for asked in await app.desk.read(asked_in, None, ("ask",)):
        yes = await app.ask(YesOrNo(receipt_words.question_words(asked)))
        await app.desk.wish(answer_asked, asked.email_id, yes=bool(yes), now=app.now())
        app.say(said("receipt.answered_yes" if yes else "receipt.answered_no"))

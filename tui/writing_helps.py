"""What helps to write a letter: templates, spelling, another editor, another hour.

Each is one errand of the composer: it asks, and changes the form.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.widgets import Input

from store.asking.dates import moment_typed
from store.db.sender_identities import identity
from store.db.templates import templates
from store.errors import Usage
from store.filling import Filled, fill, next_missing
from store.host.i18n import sentence
from tui.outside_editor import edited, run_here
from tui.plain import NOTHING, Plain, plain_block, plain_words, said
from tui.screens.ask import Field
from tui.screens.choose import Choose
from tui.spelling import Doubt, doubts
from tui.when import long_day

if TYPE_CHECKING:
    from tui.screens.composer import ComposerScreen

MOST_SUGGESTIONS = 8


async def insert_template(screen: ComposerScreen) -> None:
    """Put a template at the cursor, filled in as far as the letter knows."""
    pli = screen.pli
    known = await pli.desk.read(templates)
    if not known:
        raise Usage("template.none")
    lines = [plain_words(f"{each.name}   {each.subject}") for each in known]
    chosen = await pli.ask(Choose(said("tui.ask.which_template"), lines))
    if chosen is None:
        return
    values = _values(screen)
    subject = screen.query_one("#subject", Input)
    if not subject.value.strip():
        subject.value = plain_words(fill(known[chosen].subject, values))
    start = screen.text.offset_of(min(screen.text.selection))
    screen.text.put(plain_block(fill(known[chosen].body, values)))
    if not show_missing(screen, start):
        screen.text.focus()


def _values(screen: ComposerScreen) -> dict[Filled, str]:
    """What the letter knows by itself. Whom it is about is nobody's guess."""
    to = screen.recipients()
    first = to[0].name or to[0].email if to else ""
    return {
        Filled.DATE: long_day(screen.pli.now()),
        Filled.RECIPIENT: first,
        Filled.SENDER: screen.sender.name or screen.sender.email,
    }


def show_missing(screen: ComposerScreen, after: int) -> bool:
    """Select the next field to fill in; whether there was one, in the subject or in the text."""
    found = next_missing(screen.text.text, after)
    if found is not None:
        screen.text.choose(*found)
        return True
    subject = screen.query_one("#subject", Input)
    in_subject = next_missing(subject.value, 0)
    if in_subject is not None:
        subject.focus()
        subject.selection = type(subject.selection)(*in_subject)
    return in_subject is not None


async def edit_outside(screen: ComposerScreen) -> None:
    """Go on with the text in $EDITOR; what is written so far is kept first.

    Where the store was locked meanwhile, what the editor left waits behind the field.

    Raises:
        Usage: `editor.none`, `editor.failed`, `editor.no_terminal`.
    """
    before = screen.text.text
    try:
        async with screen.pli.aside():
            after = await asyncio.to_thread(edited, before, screen.pli.home.root, run_here)
            screen.text.put_all(plain_block(after))
    except SuspendNotSupported as error:
        raise Usage("editor.no_terminal") from error
    screen.text.focus()


async def check_spelling(screen: ComposerScreen) -> None:
    """The doubtful words, one after the other, with what the dictionary would write.

    Raises:
        Usage: those of `tui.spelling.doubts`.
    """
    pli = screen.pli
    how = await pli.desk.read(identity, screen.account.id)
    kept: set[str] = set()
    while True:
        found = await doubts(screen.text.text, how.dictionary)
        found = [each for each in found if each.word not in kept]
        if not found:
            pli.say(said("tui.spelling.none"))
            return
        chosen = await pli.ask(Choose(said("tui.ask.spelling", n=len(found)), _lines(found)))
        if chosen is None:
            return
        if not await _settle(screen, found[chosen], kept):
            return


def _lines(found: list[Doubt]) -> list[Plain]:
    return [plain_words(f"{each.word}   {', '.join(each.suggestions[:4])}") for each in found]


async def _settle(screen: ComposerScreen, doubt: Doubt, kept: set[str]) -> bool:
    """Write a word otherwise, or keep it; False to correct it by hand."""
    end = doubt.start + len(doubt.word)
    screen.text.choose(doubt.start, end)
    offered = doubt.suggestions[:MOST_SUGGESTIONS]
    lines = [*map(plain_words, offered), said("tui.spelling.keep"), said("tui.spelling.by_hand")]
    chosen = await screen.pli.ask(Choose(said("tui.ask.spelt", word=doubt.word), lines))
    if chosen is None or chosen == len(offered):
        kept.add(doubt.word)
    elif chosen < len(offered):
        screen.text.put(plain_words(offered[chosen]))
    else:
        return False
    return True


async def ask_when(screen: ComposerScreen, question: Plain) -> int | None:
    """A moment to come, Unix seconds; None when the person would rather not say."""
    typed, trouble = NOTHING, None
    while True:
        answer = await screen.pli.ask(Field(question, typed, trouble))
        if not answer or not answer.strip():
            return None
        at = moment_typed(answer, screen.pli.now())
        if at is not None:
            return at
        typed, trouble = plain_words(answer), plain_words(sentence("tui.composer.no_moment"))

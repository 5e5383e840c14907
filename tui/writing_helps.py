"""What helps to write a letter: templates, spelling, another editor, another hour.

Each is one errand of the composer: it asks, and changes the form.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.widgets import Input

from store.asking.dates import moment_typed
from store.compose import is_address
from store.db.own_words import add_word, own_words
from store.db.sender_identities import identity
from store.db.templates import templates
from store.errors import Usage
from store.filling import Filled, fill, next_missing
from store.host.i18n import sentence
from tui.hang_up import is_gone
from tui.outside_editor import Editing
from tui.plain import NOTHING, Plain, plain_block, plain_words, said
from tui.screens.ask import Field
from tui.screens.choose import Choose
from tui.spelling import MOST_DOUBTS, Doubt, doubts, looked_at
from tui.when import long_day
from tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from tui.screens.composer import ComposerScreen

MOST_SUGGESTIONS, MOST_AROUND = 8, 30
TURNS_TO_HEAR = 3
"""Of the loop: a signal to all of us is told to us after the end of the editor that it ended."""


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
    """Go on with the text in $EDITOR; what is written so far is kept first, then what it saves.

    Where the store was locked meanwhile, what the editor left waits behind the field.

    Raises:
        Usage: `editor.none`, `editor.failed`, `editor.no_terminal`.
    """
    screen.elsewhere = editing = Editing(screen.text.text)
    screen.query_one(KeyLine).hush()
    try:
        async with screen.pli.aside():
            screen.text.put_all(plain_block(await _left_by(editing, screen)))
    except SuspendNotSupported as error:
        raise Usage("editor.no_terminal") from error
    finally:
        screen.elsewhere = None
    screen.text.focus()
    if editing.was_killed:
        screen.pli.say(said("editor.killed"))


async def _left_by(editing: Editing, screen: ComposerScreen) -> str:
    """What the editor left; where the line broke, what was saved, whatever it says as it ends."""
    try:
        return await asyncio.to_thread(editing.edited, screen.pli.home.root)
    except Usage:
        for _ in range(TURNS_TO_HEAR):
            await asyncio.sleep(0)
        # An editor may hear before us that nobody reads it any more, and end as if one had said no.
        if not screen.pli.forgets and not (sys.__stdin__ and is_gone(sys.__stdin__.fileno())):
            raise
        return editing.saved()


async def check_spelling(screen: ComposerScreen) -> None:
    """From the cursor on, one doubtful word after the other, with what the dictionary would write.

    Raises:
        Usage: those of `tui.spelling.doubts`.
    """
    pli, text = screen.pli, screen.text
    how = await pli.desk.read(identity, screen.account.id)
    while True:
        known = await pli.desk.read(own_words)
        found = await doubts(text.text, how.dictionary)
        found = [each for each in found if not screen.underlining.knows(each.word, known)]
        if not found:
            pli.say(said(f"tui.spelling.none.{looked_at(text.text).value}"))
            return
        after = text.offset_of(max(text.selection))
        doubt = next((each for each in found if each.start >= after), found[0])
        n = f"≥ {MOST_DOUBTS}" if len(found) >= MOST_DOUBTS else len(found)
        where = looked_at(text.text).value
        if not await _settle(screen, doubt, said(f"tui.spelling.found.{where}", n=n)):
            return


async def _settle(screen: ComposerScreen, doubt: Doubt, found: Plain) -> bool:
    """Write a word otherwise, or know it from now on; False to correct it by hand, or to stop."""
    pli, text = screen.pli, screen.text
    text.choose(doubt.start, doubt.start + len(doubt.word))
    offered = [plain_words(each) for each in doubt.suggestions[:MOST_SUGGESTIONS]]
    others = [said("tui.spelling.keep"), said("tui.spelling.add"), said("tui.spelling.by_hand")]
    lines = [*offered, *others]
    question = said("tui.ask.spelt", word=plain_words(doubt.word), found=found)
    around = plain_words(around_word(text.text, doubt.start, len(doubt.word)))
    chosen = await pli.ask(Choose(Plain(f"{question}\n{around}"), lines))
    if chosen is None or chosen == len(lines) - 1:
        return False
    if chosen < len(offered):
        text.put(offered[chosen])
        return True
    if chosen == len(offered) + 1:
        await pli.desk.wish(add_word, doubt.word, pli.now())
    screen.underlining.learn(doubt.word)
    text.move_cursor(max(text.selection))
    return True


def around_word(text: str, start: int, length: int) -> str:
    """A word with what stands before and after it on its line, which the question hides."""
    begins = max(text.rfind("\n", 0, start) + 1, start - MOST_AROUND)
    line_ends = text.find("\n", start)
    ends = min(len(text) if line_ends < 0 else line_ends, start + length + MOST_AROUND)
    before = "… " if begins and text[begins - 1] != "\n" else ""
    after = " …" if text[ends : ends + 1] not in ("", "\n") else ""
    return f"{before}{text[begins:ends].strip()}{after}"


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


async def ask_whom(screen: ComposerScreen) -> str:
    """Who is told when no answer comes; '' when the person would rather tell nobody."""
    typed, trouble = NOTHING, None
    while answer := (
        await screen.pli.ask(Field(said("tui.ask.answer_whom"), typed, trouble)) or ""
    ).strip():
        if is_address(answer):
            return answer
        typed, trouble = plain_words(answer), said("tui.composer.no_address")
    return ""

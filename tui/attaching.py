"""Attaching a document to the letter that is being written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from store.db.drafts import attach
from store.db.letter_sizes import size_of
from store.errors import Usage
from store.model.draft import Attachment, Draft
from tui.file_names import named_paths, read_document
from tui.plain import NOTHING, Plain, explained, plain_words, said
from tui.screens.ask import Question
from tui.screens.ask_path import PathField
from tui.when import size

if TYPE_CHECKING:
    from tui.app import PliApp

MOST_USUAL = 25 * 1024 * 1024
"""Octets of a letter that most operators take, where ours never said."""


async def ask_for_document(pli: PliApp) -> list[Attachment]:
    """The documents a person names, kept in the store; [] when they would rather not.

    Usually one; a path may be pasted here as a file manager gives it, and several of them.
    """
    path, trouble = NOTHING, None
    while True:
        answer = await pli.ask(PathField(said("tui.ask.attach"), path, trouble))
        if not answer or not answer.strip():
            return []
        try:
            named = await asyncio.to_thread(named_paths, answer.strip())
            read = [await asyncio.to_thread(read_document, each) for each in named]
        except Usage as error:
            path, trouble = plain_words(answer), explained(error)
            continue
        return [await pli.desk.wish(attach, *each) for each in read]


def check_size(written: Draft, largest: int | None) -> None:
    """Whether the server it leaves by takes a letter so large, as far as it ever said.

    Raises:
        Usage: `tui.attach.letter_too_large`.
    """
    now = size_of(written)
    if largest is not None and now > largest:
        raise Usage("tui.attach.letter_too_large", size=size(now), most=size(largest))


def attached_words(written: Draft, largest: int | None) -> Plain:
    """What is attached, and whether the letter is too large with it; '' for nothing."""
    names = [f"{plain_words(a.name)} ({size(a.size)})" for a in written.attachments]
    if not names:
        return NOTHING
    words = said("tui.composer.attached", names=plain_words(", ".join(names)))
    try:
        check_size(written, largest)
    except Usage as error:
        return Plain(f"× {explained(error)}\n{words}")
    if largest is None and size_of(written) > MOST_USUAL:
        return Plain(f"! {said('tui.attach.perhaps_too_large')}\n{words}")
    return words


async def ask_for_pasted(pli: PliApp, paths: Sequence[str]) -> list[Attachment] | None:
    """The documents whose paths were pasted, once the person agrees; None when they were text.

    Raises:
        Usage: those of `read_document`: none of them is attached.
    """
    names = ", ".join(Path(path).name for path in paths)
    question = said("tui.ask.attach_pasted", n=len(paths), names=plain_words(names))
    if not await pli.ask(Question(question)):
        return None
    read = [await asyncio.to_thread(read_document, path) for path in paths]
    return [await pli.desk.wish(attach, *each) for each in read]

"""Attaching a document to the letter that is being written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from store.db.drafts import attach
from store.errors import Usage
from store.model.draft import Attachment
from tui.file_names import read_document
from tui.plain import NOTHING, explained, plain_words, said
from tui.screens.ask import Question
from tui.screens.ask_path import PathField

if TYPE_CHECKING:
    from tui.app import PliApp


async def ask_for_document(pli: PliApp) -> Attachment | None:
    """The document a person names, kept in the store; None when they would rather not."""
    path, trouble = NOTHING, None
    while True:
        answer = await pli.ask(PathField(said("tui.ask.attach"), path, trouble))
        if not answer or not answer.strip():
            return None
        try:
            name, kind, octets = await asyncio.to_thread(read_document, answer.strip())
        except Usage as error:
            path, trouble = plain_words(answer), explained(error)
            continue
        return await pli.desk.wish(attach, name, kind, octets)


async def ask_for_pasted(pli: PliApp, paths: Sequence[str]) -> list[Attachment] | None:
    """The documents whose paths were pasted, once the person agrees; None when they were text.

    Raises:
        Usage: `tui.attach.missing`, `tui.attach.too_large`: none of them is attached.
    """
    names = ", ".join(Path(path).name for path in paths)
    question = said("tui.ask.attach_pasted", n=len(paths), names=plain_words(names))
    if not await pli.ask(Question(question)):
        return None
    read = [await asyncio.to_thread(read_document, path) for path in paths]
    return [await pli.desk.wish(attach, *each) for each in read]

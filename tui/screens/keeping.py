"""Keep a search as a view in the left column, or keep it no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.saved_views import forget_view, save_view, saved_views
from tui.plain import plain_words, said
from tui.screens.ask import Field, Question

if TYPE_CHECKING:
    from tui.app import PliApp


async def keep_view(pli: PliApp, query: str) -> None:
    """Ask what a search is to be called, and keep it."""
    if not query.strip():
        pli.say(said("view.no_query"))
        return
    name = await pli.ask(Field(said("tui.ask.view_name"), plain_words(query.strip())))
    if name is None:
        return
    await pli.desk.wish(save_view, name, query)
    pli.say(said("tui.done.view_kept", name=plain_words(name)))


async def drop_view(pli: PliApp, query: str) -> None:
    """Ask, and keep a view no longer; no letter is touched."""
    names = [view.name for view in await pli.desk.read(saved_views) if view.query == query]
    if not query or not names:
        pli.say(said("view.not_kept"))
    for name in names[:1]:
        if await pli.ask(Question(said("tui.ask.forget_view", name=plain_words(name)))):
            await pli.desk.wish(forget_view, name)
            pli.say(said("tui.done.view_forgotten", name=plain_words(name)))

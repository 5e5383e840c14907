"""Moving what has ended where the ledger says, with the reason beside it."""

from __future__ import annotations

from store.host.i18n import sentence
from store.model.drop import DropItem, ItemState
from sync.drop import away
from sync.drop.files import Root
from sync.drop.kernel import flush
from sync.drop.letter import local_day, local_time
from sync.drop.reasons import Reason


def put_away(root: Root, ended: list[tuple[DropItem, str]]) -> None:
    """Move ended documents where their state says, with the reason beside it when there is one."""
    for item, words in ended:
        note = _note(item, words) if item.reason else ""
        if item.state is ItemState.SENT:
            day = local_day(item.updated_at)
            away.to_sent(root, item.claim, item.name, day=day, note=note)
        else:
            away.to_failed(root, item.claim, item.name, note=note)
    flush(root.folder)


def _note(item: DropItem, words: str) -> str:
    """Why a document did not simply leave, for whoever opens the folder."""
    lacks = [f"- {sentence(code)}" for code in item.lacks]
    lines = [sentence(item.reason), *lacks, f"({item.reason}, {local_time(item.updated_at)})"]
    if words and item.reason in (Reason.SERVER_REFUSED, Reason.PARTLY_REFUSED):
        safe = "".join(c if c.isprintable() else " " for c in words)
        lines.append(sentence("drop.note.server", words=safe))
    return "\n".join(lines) + "\n"

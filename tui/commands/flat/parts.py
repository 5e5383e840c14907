"""What the flat mode shows beside letters: documents, the watched folders."""

from __future__ import annotations

from pathlib import Path

from store import reasons
from store.db.drops import items, rules
from store.db.open import Connection
from store.db.opened import came_sealed
from store.db.parts import part_octets, part_text
from store.errors import Usage
from store.host.i18n import sentence
from store.model.drop import DropItem, DropRule
from store.model.email import Email, Part
from store.plain import plain_block
from tui.commands.flat.talk import Talk
from tui.commands.flat.words import numbered
from tui.file_names import safe_name, save_new
from tui.plain import Plain, said
from tui.when import long_date
from tui.widgets.letter_pane import documents_of
from tui.widgets.part_list import part_words

MOST = 20
NO_TEXT = {
    "none": "flat.text_none",
    "wanted": "flat.text_wanted",
    "unreadable": "flat.text_none",
}


def read_document(talk: Talk, db: Connection, opened: Email, rest: str) -> None:
    """Say the text of a document."""
    part = _document(opened, rest)
    state, text = part_text(db, opened.id, part.number)
    if state == "ready":
        talk.say(plain_block(text))
        talk.say(said("flat.end_of_document"))
    else:
        talk.say(said(NO_TEXT[state]))


def save_document(talk: Talk, db: Connection, opened: Email, rest: str) -> None:
    """Save a document where the person says, in clear: that is said."""
    number, _, path = rest.partition(" ")
    part = _document(opened, number)
    octets = part_octets(db, opened.id, part.number)
    path = path.strip() or talk.ask(said("tui.ask.save", name=part_words(part))).strip()
    if not path:
        return
    try:
        where = Path(path).expanduser().absolute()
        where = where / safe_name(part.name, part.number) if where.is_dir() else where
    except (OSError, RuntimeError, ValueError) as error:
        raise Usage("tui.save.failed", path=path) from error
    save_new(where, octets)
    sealed = came_sealed(db, opened.id)
    talk.say(said("tui.done.saved_opened" if sealed else "tui.done.saved", path=where))


def _document(opened: Email, number: str) -> Part:
    found = documents_of(opened)
    if not found:
        raise Usage("tui.part.no_document")
    at = int(number) if number.isdecimal() else 1 if not number and len(found) == 1 else 0
    if not 1 <= at <= len(found):
        raise Usage("flat.which_document", n=len(found))
    return found[at - 1]


def show_drops(talk: Talk, db: Connection) -> None:
    """Each watched folder, and what it took last."""
    found = rules(db)
    if not found:
        talk.say(said("tui.drop.empty"))
    for rule in found:
        talk.say(_of_rule(rule))
        taken = items(db, rule.id, limit=MOST)
        talk.say(numbered([_of_item(each) for each in taken]) if taken else said("flat.drop_none"))


def _of_rule(rule: DropRule) -> Plain:
    state, to = sentence(f"drop.rule.{rule.state.value}"), ", ".join(rule.to)
    about = f"{state}, {rule.folder}, {sentence('flat.to_whom', who=to)}"
    words = said("flat.line", about=rule.name, subject=about)
    return Plain(f"{words}. {reasons.of_rule(rule)}") if rule.last_error else words


def _of_item(item: DropItem) -> Plain:
    name = item.name.decode("utf-8", errors="replace")
    state = sentence(f"activity.drop.{item.state.value}")
    words = said("flat.line", about=f"{name}, {long_date(item.seen_at)}", subject=state)
    return Plain(f"{words}. {said(item.reason)}") if item.reason else words

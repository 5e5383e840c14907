"""What the node asks of a person, in words.

In the store because the screen, `pli status` and `pli doctor` ask the same, and `sync` and `tui`
never import each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.host.i18n import sentence
from store.model.loss import Question
from store.model.mailbox import Lies, Mailbox, Role
from store.plain import Plain, plain_words, said


def question_words(question: Question) -> Plain:
    """What is asked: keep these letters here, or take them out."""
    name = mailbox_title(question.mailbox)
    return said(question.code, lost=question.lost, held=question.held, mailbox=name)


def how_to_answer(question: Question) -> Plain:
    """The two commands that answer it."""
    return said("guard.how", mailbox=plain_words(f"{question.account}/{question.mailbox.name}"))


def mailbox_title(mailbox: Mailbox) -> Plain:
    """Its role in the person's language, else its whole name."""
    return _title(mailbox.role, mailbox.name)


def places_words(places: Iterable[Lies]) -> Plain:
    """'cabinet, Réception ; labo, Envoyés'."""
    each = (f"{lies.account}, {_title(lies.role, lies.mailbox)}" for lies in places)
    return plain_words(sentence("place.between").join(each))


def _title(role: Role, name: str) -> Plain:
    return plain_words(name) if role is Role.NONE else said(f"tui.role.{role.value}")

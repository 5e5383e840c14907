"""What the node asks of a person, in words.

In the store because the screen, `pli status` and `pli doctor` ask the same, and `sync` and `tui`
never import each other.
"""

from __future__ import annotations

from store.model.loss import Question
from store.model.mailbox import Mailbox, Role
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
    if mailbox.role is not Role.NONE:
        return said(f"tui.role.{mailbox.role.value}")
    return plain_words(mailbox.name)

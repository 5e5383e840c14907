"""The commands of the flat mode, and the words that call them."""

from __future__ import annotations

from store.db.fold import fold
from store.errors import Usage
from store.host.i18n import sentence

OF_HEALTH = ("results", "values", "patient", "alerts", "seen")
"""Methods of `FlatHealth`."""
OF_LISTS = ("mailboxes", "more", "search")
"""Methods of `FlatLists`."""
OF_FILING = ("move", "label", "star", "unread", "snooze")
"""Methods of `FlatFiling`."""
OF_OUTBOX = ("outbox", "cancel", "retry")
"""Methods of `FlatOutbox`."""
OF_WORKS = ("works", "pause")
"""Methods of `FlatWorks`."""
COMMANDS = (
    *OF_LISTS,
    *("reply", "reply_all", "forward", "write", "archive", "delete"),
    *OF_FILING,
    *OF_HEALTH,
    "claim",
    *(
        "document",
        "save",
        *OF_OUTBOX,
        "drops",
        *OF_WORKS,
        "undo",
        "fetch",
        "status",
        "restart",
        "help",
        "quit",
    ),
)
"""Each other one is a method of `Flat`; the words of all are `flat.command.<name>`, the whole one
first."""


def command_called(word: str) -> str:
    """The command that a word means, with or without its accents.

    Raises:
        Usage: `flat.unknown`.
    """
    wanted = fold(word).casefold()
    for name in COMMANDS:
        if wanted in [fold(each).casefold() for each in words_of(name)]:
            return name
    raise Usage("flat.unknown", word=word[:40])


def words_of(name: str) -> list[str]:
    """The words that call a command, the whole one first."""
    return sentence(f"flat.command.{name}").split()


def about_of(name: str) -> str:
    """What a command does."""
    return sentence(f"flat.about.{name}")

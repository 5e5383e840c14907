"""SenderIdentity: how an account writes, beside name and address (Identity, RFC 8621 §6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Quote(StrEnum):
    """Where an answer repeats what it answers."""

    BELOW = "below"
    ABOVE = "above"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIdentity:
    """What the person chose for one account."""

    signature: str = ""
    """What ends its letters, on as many lines as it has; '' for nothing."""
    quote: Quote = Quote.BELOW
    dictionary: str = ""
    """The name of a dictionary of the machine (`fr_FR`); '' for the language of Pli, NO_CHECK."""


NO_CHECK = "none"
"""The dictionary of those who want no spelling looked at."""
DICTIONARY = re.compile(r"[A-Za-z]{2,8}(?:[_-][A-Za-z0-9]{1,8}){0,3}")
"""What the name of a dictionary may be: it becomes an argument of a command."""

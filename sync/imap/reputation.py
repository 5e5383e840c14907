"""What a server surely offers behind its login, told from the words of its greeting. Pure.

The first connection to a server nobody remembers would spend a turn on the login and the next on
LIST. Some servers say who they are before that, and what they offer once somebody is logged in has
been the same for years: to these even the first login flies (sync/imap/login.py). It saves a turn
and is no more than a guess: what is offered after all is what the server then says, and one that
takes the flight badly is asked step by step, as any other that does.
"""

from __future__ import annotations

import re

KNOWN = (
    (
        # Since 2.2 of 2013; NOTIFY and COMPRESS depend on its settings, and are refused politely.
        re.compile(rb"\bDovecot\b"),
        frozenset(
            {
                "COMPRESS=DEFLATE",
                "CONDSTORE",
                "ENABLE",
                "LIST-EXTENDED",
                "LIST-STATUS",
                "NOTIFY",
                "QRESYNC",
                "SPECIAL-USE",
            }
        ),
    ),
)


def surely_offers(greeting: bytes) -> frozenset[str]:
    """What the server of that greeting is taken to offer; nothing of one that is not known."""
    found = [offered for words, offered in KNOWN if words.search(greeting)]
    return frozenset().union(*found)

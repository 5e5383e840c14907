"""Words spelled nearly as the one typed: one letter more, less, other, or two exchanged.

Nothing is kept for it: each of the few hundred spellings one slip away is looked for among the
words of the directory, as the beginning of one, so that it works while the word is being typed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from store.db.open import Connection

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LEAST = 4
"""Letters a word must have: nearly everything is one slip from a shorter one."""
MOST_SPELLINGS = 24


def spellings(listings: Connection, word: str) -> list[str]:
    """The beginnings of words of the directory that are one slip away; at most MOST_SPELLINGS."""
    if len(word) < LEAST or not word.isascii() or word.isdigit():
        return []
    near = list(dict.fromkeys(one_slip_from(word)))
    rows = listings.execute(
        "SELECT near.value FROM json_each(?) AS near WHERE EXISTS (SELECT 1 FROM word"
        " WHERE term >= near.value AND term < near.value || '{') LIMIT ?",
        (json.dumps(near), MOST_SPELLINGS),
    )
    return [str(spelling) for (spelling,) in rows]


def one_slip_from(word: str) -> Iterator[str]:
    """The commonest slips first: two letters exchanged, one left out, one too many, another."""
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1 and b[0] != b[1])
    yield from (a + letter + b for a, b in cuts for letter in LETTERS)
    yield from (a + b[1:] for a, b in cuts if b)
    yield from (a + letter + b[1:] for a, b in cuts if b for letter in LETTERS if letter != b[0])

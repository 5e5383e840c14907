"""Fold words so that a French reader finds what they type: `oedeme` finds `œdème`.

FTS5's unicode61 folds accents but neither ligatures nor compatibility forms; both the index and
the query pass through here first.
"""

from __future__ import annotations

import re
import unicodedata

LIGATURES = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "’": "'"}
FACT = "\ue000"
"""Begins a word of the index that is none of the letter's: a character of private use, which is
part of a word for FTS5 and is left out of everything that letters say."""
HYPHENED = re.compile(r"[^\W\d_]{2,30}(?:-[^\W\d_]{2,30}){1,3}(?![\w-])")
"""`post-opératoire`, `Saint-Jean-de-Luz`; not the name of a file, nor a number."""


def fold(words: str) -> str:
    """`words` in the one form used by the index and by queries."""
    return _spread(unicodedata.normalize("NFKC", words))


def indexed(words: str) -> str:
    """`words` as the index of words takes them: what a hyphen joins is there as one word too.

    Whoever types `postoperatoire` finds `post-opératoire`. Last, so that what stands next to each
    other stays so.
    """
    folded = fold(words).replace(FACT, " ")
    if "-" not in folded:
        return folded
    joined = dict.fromkeys(found.replace("-", "") for found in HYPHENED.findall(folded))
    return f"{folded} {' '.join(joined)}" if joined else folded


def _spread(words: str) -> str:
    for one, many in LIGATURES.items():  # one by one is ten times as fast as `translate`
        words = words.replace(one, many)
    return words


PLAIN_ASCII = str.maketrans(
    {
        **{chr(code): " " for code in range(128) if not chr(code).isalnum()},
        **{chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)},
    }
)


class _Plain(dict[int, str]):
    """Each letter without its case and its accent; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        marked = unicodedata.normalize("NFKD", LIGATURES.get(chr(code), chr(code))).lower()
        kept = "".join(c if c.isalnum() else " " for c in marked if not unicodedata.combining(c))
        self[code] = kept.translate(PLAIN_ASCII)
        return self[code]


PLAIN = _Plain()


def bare(words: str) -> str:
    """`words` without case, accent or sign, one space between them: 'MÜLLER-Lœb' is 'muller loeb'.

    The form in which the directory is sorted and searched: half a million names pass through here.
    """
    return " ".join(words.translate(PLAIN_ASCII if words.isascii() else PLAIN).split())

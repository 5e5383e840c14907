"""The fields of a template: filled in from the letter, and what is left to be filled in. Pure.

`{patient}` in a template becomes the patient where they are known, else `[[patient]]` in the
letter: it can be seen, and no letter leaves with one in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from store.db.fold import bare

FIELD = re.compile(r"\{([^\W\d_][^\W_]*(?:[ '’-][^\W_]+){0,5})\}")
MISSING = re.compile(r"\[\[([^\[\]\n]{1,60})\]\]")
SUBJECT = re.compile(r"(?i)(?:objet|subject)[ \xa0]*:[ \t]*(.*)(?:\n|$)")


class Filled(StrEnum):
    """What a letter knows by itself."""

    PATIENT = "patient"
    DATE = "date"
    RECIPIENT = "recipient"
    SENDER = "sender"


NAMES = {
    "patient": Filled.PATIENT,
    "date": Filled.DATE,
    **dict.fromkeys(("destinataire", "recipient", "confrere"), Filled.RECIPIENT),
    **dict.fromkeys(("expediteur", "sender", "signature"), Filled.SENDER),
}
"""Bare; any other name is a field that the person fills in."""


def fill(text: str, values: Mapping[Filled, str]) -> str:
    """`text` with its fields filled in; `[[name]]` for each that has no value."""

    def value(match: re.Match[str]) -> str:
        known = NAMES.get(bare(match[1]))
        return (values.get(known, "") if known else "") or f"[[{match[1]}]]"

    return FIELD.sub(value, text)


def missing(text: str) -> tuple[str, ...]:
    """The fields left to be filled in, each once; what is quoted is somebody else's."""
    own = (line for line in text.split("\n") if not line.startswith(">"))
    return tuple(dict.fromkeys(name for line in own for name in MISSING.findall(line)))


def next_missing(text: str, after: int) -> tuple[int, int] | None:
    """Where the next field to fill in stands, from `after` on and then from the beginning."""
    found = MISSING.search(text, after) or MISSING.search(text)
    return found.span() if found else None


def read_template(text: str) -> tuple[str, str]:
    """The subject and the body of a template in a file: `Objet: …` may be its first line."""
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    if found := SUBJECT.match(text):
        return found[1].strip(), text[found.end() :].lstrip("\n").rstrip() + "\n"
    return "", text.rstrip() + "\n"

"""Labels: keywords that are the person's own, with the names they are shown by.

The server keeps the keyword, so each client that shows keywords shows it; only its name, which may
have accents and spaces, is kept here. What another client made is shown under its own keyword.
"""

from __future__ import annotations

import re

from store.db.fold import bare
from store.db.open import Connection, write
from store.errors import Usage
from store.model.email import SYSTEM_KEYWORDS

MOST_CHARACTERS = 40
NOT_A_KEYWORD = re.compile(r"[^a-z0-9]+")


def labels(db: Connection) -> dict[str, str]:
    """Keyword -> name, of each label that was given one; by name."""
    rows = db.execute("SELECT keyword, name FROM label ORDER BY lower(name)")
    return {str(keyword): str(name) for keyword, name in rows}


def labels_of(packed: str) -> list[str]:
    """The keywords of a letter that are labels, and nothing a client sets by itself."""
    return [k for k in packed.split() if k not in SYSTEM_KEYWORDS and not k.startswith("$")] + [
        k for k in packed.split() if k.startswith("$label")
    ]


def label_named(db: Connection, name: str) -> str:
    """The keyword of the label called `name`, made when there is none.

    Raises:
        Usage: `label.no_name`, nothing of it can be a keyword.
    """
    name = " ".join(name.split())[:MOST_CHARACTERS].strip()
    known = {bare(known): keyword for keyword, known in labels(db).items()}
    if (keyword := known.get(bare(name))) is not None:
        return keyword
    keyword = NOT_A_KEYWORD.sub("-", bare(name)).strip("-")
    if not keyword:
        raise Usage("label.no_name")
    if keyword in SYSTEM_KEYWORDS:  # « Junk » would have other clients throw the letter away
        keyword = f"label-{keyword}"
    with write(db):
        db.execute(
            "INSERT INTO label (keyword, name) VALUES (?, ?)"
            " ON CONFLICT (keyword) DO UPDATE SET name = excluded.name",
            (keyword, name),
        )
    return keyword

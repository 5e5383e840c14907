"""The practice's own words: names, places, abbreviations that no dictionary has."""

from __future__ import annotations

from store.db.open import Connection, write


def add_word(db: Connection, word: str, now: int) -> None:
    """Never doubt this word again, however its letters are cased."""
    with write(db):
        db.execute(
            "INSERT INTO own_word (word, added_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (word.casefold(), now),
        )


def forget_word(db: Connection, word: str) -> bool:
    """Doubt it again; False when it was none of them."""
    with write(db):
        done = db.execute("DELETE FROM own_word WHERE word = ?", (word.casefold(),))
        return bool(done.rowcount)


def own_words(db: Connection) -> frozenset[str]:
    """All of them, case folded."""
    return frozenset(row[0] for row in db.execute("SELECT word FROM own_word"))

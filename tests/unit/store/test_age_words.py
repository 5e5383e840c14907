"""How long something has waited."""

from __future__ import annotations

import pytest

from store.age_words import DAY, HOUR, age_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "depuis 0 min"),
        (59 * 60, "depuis 59 min"),
        (HOUR, "depuis 1 h"),
        (47 * HOUR, "depuis 47 h"),
        (2 * DAY, "depuis 2 jours"),
        (13 * DAY + 23 * HOUR, "depuis 13 jours"),
        (765 * HOUR, "depuis 4 semaines"),
    ],
)
def test_an_age_is_said_as_a_person_says_it(seconds: int, words: str) -> None:
    assert age_words(seconds) == words

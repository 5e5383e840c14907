"""Days and moments as they are typed."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.asking.dates import day_typed, moment_typed

NOW = int(datetime(2026, 10, 26, 7, 30).timestamp())
"""A Monday, half past seven in the morning."""

DAYS = {
    "26/10/2026": (2026, 10, 26),
    "26/10": (2026, 10, 26),
    "27/10": (2025, 10, 27),
    "2026-10-05": (2026, 10, 5),
    "2026-10": (2026, 10, 1),
    "10/2026": (2026, 10, 1),
    "2024": (2024, 1, 1),
    "hier": (2026, 10, 25),
    "Avant-hier": (2026, 10, 24),
    "aujourd'hui": (2026, 10, 26),
    "aujourd’hui": (2026, 10, 26),
    "today": (2026, 10, 26),
    "lundi": (2026, 10, 26),
    "dimanche": (2026, 10, 25),
    "15j": (2026, 10, 11),
    "2 semaines": (2026, 10, 12),
    "1 an": (2025, 10, 26),
}


@pytest.mark.parametrize(("typed", "day"), DAYS.items())
def test_a_day_that_has_been(typed: str, day: tuple[int, int, int]) -> None:
    assert day_typed(typed, NOW) == int(datetime(*day).timestamp())


MOMENTS = {
    "demain 8h": (2026, 10, 27, 8, 0),
    "Demain à 8h30": (2026, 10, 27, 8, 30),
    "tomorrow 8:15": (2026, 10, 27, 8, 15),
    "après-demain 14 h": (2026, 10, 28, 14, 0),
    "demain": (2026, 10, 27, 8, 0),
    "demain matin": (2026, 10, 27, 8, 0),
    "ce soir": (2026, 10, 26, 18, 0),
    "aujourd'hui 18h": (2026, 10, 26, 18, 0),
    "18h": (2026, 10, 26, 18, 0),
    "7h": (2026, 10, 27, 7, 0),
    "tomorrow at 8 pm": (2026, 10, 27, 20, 0),
    "tomorrow 12:30 am": (2026, 10, 27, 0, 30),
    "demain 8": None,
    "lundi 9h": (2026, 11, 2, 9, 0),
    "vendredi": (2026, 10, 30, 8, 0),
    "dans 2 h": (2026, 10, 26, 9, 30),
    "dans 30 min": (2026, 10, 26, 8, 0),
    "12/11 8h": (2026, 11, 12, 8, 0),
    "12/03 8h": (2027, 3, 12, 8, 0),
    "le 12/03/2027 à 8h05": (2027, 3, 12, 8, 5),
    "2026-11-02 10:00": (2026, 11, 2, 10, 0),
    "hier 8h": None,
    "25h": None,
    "31/02 8h": None,
    "quand il pleut": None,
    "": None,
    "aujourd'hui 6h": None,
}


@pytest.mark.parametrize(("typed", "moment"), MOMENTS.items())
def test_a_moment_to_come(typed: str, moment: tuple[int, ...] | None) -> None:
    expected = None if moment is None else int(datetime(*moment).timestamp())  # type: ignore[arg-type]
    assert moment_typed(typed, NOW) == expected


@given(st.text(max_size=30) | st.text(alphabet="0123456789/-:hj dansin", max_size=20))
def test_whatever_is_typed_a_day_or_a_moment_to_come_or_nothing(typed: str) -> None:
    day_typed(typed, NOW)
    moment = moment_typed(typed, NOW)
    assert moment is None or moment > NOW

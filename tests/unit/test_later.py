"""When a letter put off comes back, as a person says it."""

from __future__ import annotations

from datetime import datetime

import pytest

from store.asking.dates import moment_typed
from tests.tui.practice import NOW
from tui.later import Later, choices


@pytest.fixture(autouse=True)
def paris(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()


def spoken(at: int | Later | None) -> str:
    """A time as a clock in Paris shows it."""
    assert isinstance(at, int)
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"


def test_the_usual_times_are_to_come_and_in_order() -> None:
    at = [choice.at for choice in choices(NOW)]
    assert at[-1] is Later.NOW
    times = [each for each in at if isinstance(each, int)]
    assert times == sorted(times)
    assert times[0] > NOW
    assert [spoken(each) for each in times] == [
        "2026-10-26 18:00",
        "2026-10-27 08:00",
        "2026-11-02 08:00",
        "2026-11-25 08:00",
    ]


def test_in_the_evening_there_is_no_this_evening() -> None:
    assert spoken(choices(NOW + 12 * 3600)[0].at) == "2026-10-27 08:00"


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("12/11", "2026-11-12 08:00"),
        ("12/11 14h", "2026-11-12 14:00"),
        ("12/11/2027 7:30", "2027-11-12 07:30"),
        ("2026-11-12 14:30", "2026-11-12 14:30"),
        ("1.1", "2027-01-01 08:00"),
        ("25/10", "2027-10-25 08:00"),
        ("29/2/2028", "2028-02-29 08:00"),
    ],
)
def test_a_date_is_read_as_it_is_written(words: str, at: str) -> None:
    assert spoken(moment_typed(words, NOW)) == at


@pytest.mark.parametrize("words", ["", "hier", "32/1", "1/13", "12/11/2020", "1/1 25h", "29/2"])
def test_what_is_no_date_to_come_is_refused(words: str) -> None:
    assert moment_typed(words, NOW) is None


def test_a_day_of_25_hours_still_begins_at_eight() -> None:
    assert spoken(choices(NOW - 2 * 86_400)[1].at) == "2026-10-25 08:00"

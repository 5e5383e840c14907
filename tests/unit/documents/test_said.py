"""A number or a day is read only where it can mean one thing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents import said


@pytest.mark.parametrize(
    ("value", "comparator", "number"),
    [
        ("164", "", "164"),
        ("1,2", "", "1.2"),
        ("1.2", "", "1.2"),
        ("-0.5", "", "-0.5"),
        ("0.120", "", "0.120"),
        ("2,19 *", "", "2.19"),
        ("4450000", "", "4450000"),
        ("4 450 000", "", "4450000"),
        ("4.450.000", "", "4450000"),
        ("1.234,5", "", "1234.5"),
        ("< 0.12", "<", "0.12"),
        ("<=5", "<=", "5"),
        ("≥ 60", ">=", "60"),
        ("inf. à 400", "<", "400"),
        ("Sup à 90", ">", "90"),
        ("2.920", "", None),
        ("2,920", "", None),
        ("< 1.000", "<", None),
        ("1:128", "", None),
        ("Positif", "", None),
        ("inférence", "", None),
        ("1e9", "", None),
        ("", "", None),
        ("9" * 400, "", None),
    ],
)
def test_a_value_is_taken_apart(value: str, comparator: str, number: str | None) -> None:
    found = said.quantity(value)
    assert (found.comparator, found.number) == (comparator, Decimal(number) if number else None)


def test_where_the_format_says_how_decimals_are_written_three_of_them_are_decimals() -> None:
    assert said.point_number("2.920") == Decimal("2.920")
    assert said.point_number("2,920") is said.point_number("Infinity") is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("22/05/2013", "2013-05-22"),
        ("2/5/2013", "2013-05-02"),
        ("22 05 2013", "2013-05-22"),
        ("2013-05-22", "2013-05-22"),
        ("22.05.2013 08:30", "2013-05-22"),
        ("22/05/13", "2013-05-22"),
        ("22/05/97", "1997-05-22"),
        ("20130522", "2013-05-22"),
        ("22052013", "2013-05-22"),
        ("31/02/2013", ""),
        ("hier", ""),
    ],
)
def test_the_day_of_a_file(words: str, day: str) -> None:
    assert said.day_of(words) == day


@pytest.mark.parametrize(
    ("words", "seen", "day"),
    [
        ("18/12/2009", "", "2009-12-18"),
        ("18/12/79", "2026-11-24", "1979-12-18"),
        ("18/12/21", "2026-11-24", ""),
        ("18/12/03", "2026-11-24", "2003-12-18"),
        ("18/12/79", "", ""),
    ],
    ids=["four digits", "cannot be to come", "a child or 105", "123 is too old", "seen on no day"],
)
def test_a_birth_has_a_century_only_when_the_other_is_impossible(
    words: str, seen: str, day: str
) -> None:
    assert said.birth_day_of(words, seen) == day


def test_an_hl7_time_is_as_precise_as_it_is_said() -> None:
    assert [
        said.hl7_day(each) for each in ("1979", "197903", "19790328", "197903281030", "1979032")
    ] == [*("1979", "1979-03", "1979-03-28", "1979-03-28", "")]
    exact = said.hl7_moment("20261124101500+0100")
    assert exact is not None
    assert exact.at == 1795511700
    assert said.hl7_moment("202611241015").at is None


def test_a_range_is_two_ends_or_words() -> None:
    assert said.bounds("10 - 40") == ("10", "40")
    assert said.bounds("3,5 à 5,0") == ("3,5", "5,0")
    assert said.bounds("<0.014") is said.bounds("jusqu'à 1 an : 0 à 15") is None


@pytest.mark.parametrize(
    ("words", "beside", "numbers"),
    [
        (("0,270", "4,200"), (), ("0.270", "4.200")),
        (("4.000", "10.000"), (), None),
        (("4.000", "10.000"), ("7.95",), ("4.000", "10.000")),
        (("4.000", "10.000"), ("7,95",), None),
        (("4", "5,5"), (), ("4", "5.5")),
        (("4", "env. 5"), (), None),
        ((), (), ()),
    ],
)
def test_the_ends_of_a_range_are_numbers_only_where_they_can_mean_one_thing(
    words: tuple[str, ...], beside: tuple[str, ...], numbers: tuple[str, ...] | None
) -> None:
    found = said.numbers_of(words, beside)
    assert found == (None if numbers is None else tuple(map(Decimal, numbers)))


@given(st.text(max_size=60))
def test_any_words_may_be_asked(words: str) -> None:
    said.numbers_of((words,), (words,))
    said.quantity(words)
    said.day_of(words)
    said.birth_day_of(words, "2026-11-24")
    said.hl7_moment(words)
    said.bounds(words)

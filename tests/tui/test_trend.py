"""The trend, character for character; what it takes and what it leaves to the table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from store.model.document import Abnormality, Status
from store.model.health import Value
from store.model.ids import DocumentId, EmailId
from tui.health.trend import ASCII, FINE, Signs, bound, drawable, trend

FINE_LINES = """\
6.9┤                     ⣀⡠⠤⠔⠒▲⢆
   │              ⢀⣀⠤⠔⠒⠉⠉       ⢣
   │         ⣀⠤▲⠊⠉⠁              ⠱⡀               ⡠●
5.1┤····⢀⡠⠔⠊⠉·····················⠘⡄···········⣀⠔⠊··
   │●⠤⠒⠉⠁··························⠈⢆·······⢀⠤⠊·····
   │·································⢣···⢀⡠⠒⠁·······
3.1┤                                  ⠱▼⠔⠁
   └────────────────────────────────────────────────
    10/01/2026                            25/10/2026"""


def value(day: str, written: str, judged: str = "", **more: object) -> Value:
    """A potassium."""
    one = Value(
        document_id=DocumentId(1),
        email_id=EmailId(1),
        label="Potassium",
        value=written,
        number=Decimal(written.lstrip("<> ").replace(",", ".")),
        comparator=written[0] if written[0] in "<>" else "",
        unit="mmol/L",
        unit_key="mmol/L",
        low="3.5",
        high="5.1",
        abnormality=Abnormality(judged),
        status=Status.FINAL,
        day=day,
        at=None,
        superseded=False,
        author="Labo",
    )
    return replace(one, **more)  # type: ignore[arg-type]


YEAR = [
    value("2026-01-10", "4.2"),
    value("2026-03-20", "5.6", "H"),
    value("2026-06-20", "6.9", "HH"),
    value("2026-08-10", "3.1", "L"),
    value("2026-10-25", "5.7", "N"),
]


def drawn(values: list[Value], signs: Signs = FINE, width: int = 52, height: int = 7) -> list[str]:
    return trend(drawable(values, "mmol/L"), width, height, signs)


def test_a_trend_is_drawn_character_for_character() -> None:
    assert "\n".join(drawn(YEAR)) == FINE_LINES


def test_in_ascii_only_ascii_is_drawn() -> None:
    lines = drawn(YEAR, ASCII)
    assert all(line.isascii() for line in lines)
    assert [line.count(mark) for line in ("".join(lines),) for mark in "HLo"] == [2, 1, 2]
    assert lines[3] == "5.1+" + "." * 48


@pytest.mark.parametrize("width", [26, 36, 79, 200])
@pytest.mark.parametrize("height", [3, 5, 16])
def test_no_line_is_wider_than_there_is_room_for_and_all_values_are_in_it(
    width: int, height: int
) -> None:
    lines = drawn(YEAR, ASCII, width, height)
    assert len(lines) == height + 2
    assert max(map(len, lines)) <= width
    assert sum("".join(lines[:height]).count(mark) for mark in "HLo") == len(YEAR)


def test_where_there_is_no_room_nothing_is_drawn() -> None:
    assert drawn(YEAR, width=25) == drawn(YEAR, height=2) == []


def test_the_order_they_come_in_changes_nothing() -> None:
    assert drawn(YEAR[::-1]) == drawn(YEAR)


@pytest.mark.parametrize(
    "left_out",
    [
        value("2026-05-01", "9.9", superseded=True),
        value("2026-05-01", "9.9", status=Status.DELETED),
        value("2026-05-01", "9.9", unit="mg/L", unit_key="mg/L"),
        value("2026-05-01", "9.9", number=None),
        value("2026-05", "9.9"),
        value("", "9.9"),
        value("2026-05-01", "9.9", number=Decimal("NaN")),
        value("2026-05-01", "9.9", number=Decimal("Infinity")),
    ],
)
def test_what_is_not_current_not_a_number_or_of_another_unit_is_not_drawn(left_out: Value) -> None:
    assert drawable([*YEAR, left_out], "mmol/L") == YEAR
    assert drawn([*YEAR, left_out]) == drawn(YEAR)


def test_one_value_is_no_trend() -> None:
    assert drawn(YEAR[:1]) == []
    assert drawn([]) == []


def test_a_value_that_is_only_a_bound_is_drawn_as_one() -> None:
    lines = drawn([value("2026-01-01", "< 3.0"), value("2026-02-01", "4.0")], ASCII)
    assert lines[6].startswith("3.0+<")
    assert sum(line.count("o") for line in lines[:7]) == 1


def test_where_two_fall_on_one_cell_the_graver_is_seen() -> None:
    close = [value("2026-01-01", "6.0", "N"), value("2026-01-01", "6.0", "HH")]
    lines = drawn([*close, value("2026-06-01", "4.0")], ASCII)
    assert lines[0].startswith("6.0+H")
    assert drawn([*close[::-1], value("2026-06-01", "4.0")], ASCII) == lines


def test_values_that_are_all_the_same_are_one_line_without_a_division() -> None:
    same = [value(f"2026-0{n}-01", "4", low="", high="") for n in (1, 2, 3)]
    lines = drawn(same, ASCII)
    assert [n for n, line in enumerate(lines[:7]) if "o" in line] == [3]


def test_a_range_with_one_bound_goes_to_the_edge() -> None:
    only_high = [replace(each, low="", high="5,1") for each in YEAR]
    lines = drawn(only_high, ASCII)
    assert ["." in line[4:] for line in lines[:7]] == [False, False, False, True, True, True, True]
    assert lines[3].startswith("5,1+")


def test_a_row_called_by_a_value_out_of_the_range_is_not_of_the_range() -> None:
    lines = drawn(YEAR, ASCII)
    assert lines[6].startswith("3.1+ ")
    assert "." not in lines[6][4:]
    within = [replace(each, low="3.1") for each in YEAR]
    assert drawn(within, ASCII)[6].startswith("3.1+.")


def test_hours_of_one_day_tell_values_apart() -> None:
    hour = 3_600
    noon = 1_793_000_000
    lines = drawn(
        [value("2026-10-26", "4", at=noon), value("2026-10-26", "5", at=noon + 6 * hour)], ASCII
    )
    assert any(line.rstrip().endswith("o") for line in lines)
    assert any("+o" in line or "|o" in line for line in lines)


def test_a_bound_is_a_number_or_nothing() -> None:
    assert [bound(words) for words in ("3,5", " 5.1 ", "< 5", "", "négatif", "nan", "1e999")] == [
        3.5,
        5.1,
        *[None] * 5,
    ]

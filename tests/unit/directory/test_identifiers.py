"""Check keys: right ones, wrong ones, and Corsica."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.identifiers import (
    luhn_digit,
    problem_with_adeli,
    problem_with_finess,
    problem_with_ins,
    problem_with_national_id,
    problem_with_rpps,
)


@pytest.mark.parametrize("rpps", ["10002422979", "99700218896", "01234567897"])
def test_the_keys_of_these_rpps_are_right(rpps: str) -> None:
    assert problem_with_rpps(rpps) == ""
    assert problem_with_national_id(f"8{rpps}") == ""


@pytest.mark.parametrize(
    ("rpps", "problem"),
    [
        ("10003461033", "identifier.rpps_key"),  # of the national agency's own document
        ("1000242297", "identifier.rpps_shape"),
        ("1000242297a", "identifier.rpps_shape"),
        ("١٠٠٠٢٤٢٢٩٧٩", "identifier.rpps_shape"),
        ("", "identifier.rpps_shape"),
    ],
)
def test_what_is_wrong_with_an_rpps_is_said(rpps: str, problem: str) -> None:
    assert problem_with_rpps(rpps) == problem


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(0, 10))
def test_one_mistyped_digit_of_an_rpps_is_always_noticed(stem: str, place: int) -> None:
    rpps = stem + luhn_digit(stem)
    assert problem_with_rpps(rpps) == ""
    for digit in set("0123456789") - {rpps[place]}:
        wrong = rpps[:place] + digit + rpps[place + 1 :]
        assert problem_with_rpps(wrong) == "identifier.rpps_key"


@pytest.mark.parametrize("check", [problem_with_adeli, problem_with_finess])
def test_nine_places_the_second_of_which_may_be_corsican(check) -> None:
    for stem in ("99267459", "2A000001", "2b000002"):
        digits = stem.upper().translate(str.maketrans("AB", "12"))
        assert check(stem + luhn_digit(digits)) == ""
        wrong = str((int(luhn_digit(digits)) + 1) % 10)
        assert check(stem + wrong).endswith("_key")
    assert check("2C0000014").endswith("_shape")
    assert check("12345678").endswith("_shape")


@pytest.mark.parametrize("ins", ["279035121518989", "295109912611193"])
def test_the_key_of_an_ins_is_97_less_the_rest(ins: str) -> None:
    assert problem_with_ins(ins) == ""
    assert problem_with_ins(ins[:-1] + str((int(ins[-1]) + 1) % 10)) == "identifier.ins_key"


@pytest.mark.parametrize(("department", "digits"), [("2A", "19"), ("2B", "18"), ("2a", "19")])
def test_corsica_counts_as_19_and_18_in_an_ins(department: str, digits: str) -> None:
    key = 97 - int(f"18001{digits}004001") % 97
    assert problem_with_ins(f"18001{department}004001{key:02d}") == ""


@pytest.mark.parametrize("ins", ["", "27903512151898", "2790351215189890", "2790A5121518989"])
def test_what_is_no_ins_is_said(ins: str) -> None:
    assert problem_with_ins(ins) == "identifier.ins_shape"


@pytest.mark.parametrize(
    ("national", "problem"), [("012345678", "adeli_shape"), ("5x", "national")]
)
def test_a_national_id_says_what_it_is_by_its_first_place(national: str, problem: str) -> None:
    assert problem_with_national_id(national).startswith(f"identifier.{problem}")

"""What an LDAP entry says, and what it never makes us do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Usage
from sync.directory.ldap import ATTRIBUTES, endpoint_of, filter_of, person_of

ENTRY = {
    "mail": [b"zoe@x.example"],
    "cn": [b"Zoe Muller"],
    "sn": [b"Muller"],
    "givenName": [b"Zoe"],
}


@pytest.mark.parametrize(
    ("numbers", "national_id"),
    [
        ([b"99000000010"], "899000000010"),
        ([b"899000000010"], "899000000010"),
        ([b"99000000011"], ""),
        ([b"zmuller"], ""),
    ],
)
def test_a_number_with_the_shape_and_the_key_of_an_rpps_is_one(numbers, national_id) -> None:
    person = person_of({**ENTRY, "employeeNumber": numbers})
    assert person is not None
    assert person.national_id == national_id


def test_who_has_no_address_is_nobody_to_write_to() -> None:
    assert person_of({"cn": [b"Zoe"], "mail": [b"no address", b"a@b\r\nc"]}) is None


@given(st.dictionaries(st.sampled_from([*ATTRIBUTES, "x"]), st.lists(st.binary(max_size=9))))
def test_whatever_an_entry_holds_it_is_somebody_or_nobody(attributes) -> None:
    person = person_of({**attributes, "mail": [b"zoe@x.example"]})
    assert person is not None
    assert all(der[:1] == b"\x30" for der in person.certificates)


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4))
def test_a_filter_has_as_many_parentheses_as_ours(words: list[str]) -> None:
    made = filter_of(words)
    assert made.count("(") == made.count(")") == 2 + len(words) * 9
    assert "\x00" not in made


@pytest.mark.parametrize("url", ["http://x", "ldap://", "ldaps://x:99999", "ldap://x\x00", "x"])
def test_what_is_no_ldap_address_is_said(url: str) -> None:
    with pytest.raises(Usage, match=r"directory\.bad_url"):
        endpoint_of(url)

"""Addresses are read as written; nothing that is not there is read into them."""

from __future__ import annotations

import pytest

from sync.mime.addresses import read_addresses


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", []),
        ("zoe@x.example", [("", "zoe@x.example")]),
        ("Zoé <zoe@x.example>", [("Zoé", "zoe@x.example")]),
        (
            '"Durand, Zoé" <z@x.example>, b@y.example',
            [("Durand, Zoé", "z@x.example"), ("", "b@y.example")],
        ),
        (r'"a \"b\" c" <z@x.example>', [('a "b" c', "z@x.example")]),
        ("=?utf-8?q?Durand=2C_Zo=C3=A9?= <z@x.example>", [("Durand, Zoé", "z@x.example")]),
        ('"=?utf-8?q?Zo=C3=A9?=" <z@x.example>', [("Zoé", "z@x.example")]),
        ("Dr. A. B. <z@x.example> (labo)", [("Dr. A. B.", "z@x.example")]),
        ("z@x.example (Zoé (la grande))", [("Zoé (la grande)", "z@x.example")]),
        (
            "Labo: a@x.example, b@x.example; c@y.example",
            [("", "a@x.example"), ("", "b@x.example"), ("", "c@y.example")],
        ),
        ("undisclosed-recipients:;", []),
        ("<@a.example,@b.example:z@x.example>", [("", "z@x.example")]),
        ("Zoé\t<zoe@x.example >", [("Zoé", "zoe@x.example")]),
        ("moi", [("moi", "")]),
        ("<>", [("", "")]),
    ],
)
def test_a_list_is_read(written: str, read: list[tuple[str, str]]) -> None:
    assert [(a.name, a.email) for a in read_addresses(written.encode())] == read


@pytest.mark.parametrize(
    "written",
    [
        b"alice@x.example)eve@y.example",
        b'"alice@x.example" <eve@y.example>',
        b"alice@x.example eve@y.example",
        b"alice@x.example <eve@y.example>",
        b"<alice@x.example",
    ],
)
def test_an_address_is_never_cut_out_of_something_else(written: bytes) -> None:
    emails = {address.email for address in read_addresses(written)}
    assert "alice@x.example" not in emails or written == b"<alice@x.example"


def test_a_thousand_addresses_are_enough() -> None:
    assert len(read_addresses(b"a@x.example, " * 5000)) == 1000

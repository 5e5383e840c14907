"""The words of a transaction, and what is refused before the first of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Permanent
from sync.submit.envelope import (
    Letter,
    Offer,
    check,
    check_address,
    check_octets,
    mail_command,
    rcpt_commands,
    read_offer,
    stuffed,
)

EVERYTHING = read_offer(
    {"pipelining": "", "chunking": "", "8bitmime": "", "dsn": "", "size": "1000"}
)
NOTHING = read_offer({})


def letter(octets: bytes = b"Subject: a\r\n\r\nb\r\n", *recipients: str) -> Letter:
    return Letter(
        mail_from="labo@tilleuls.test",
        recipients=recipients or ("alice@aubepine.test",),
        octets=octets,
        envid="00ff",
    )


def refusal(each: Letter, offer: Offer) -> str:
    with pytest.raises(Permanent) as caught:
        check(each, offer)
    return caught.value.code


def test_the_offer_is_read_from_ehlo() -> None:
    assert Offer() == NOTHING
    assert EVERYTHING.largest == 1000
    assert read_offer({"size": "0"}).largest is None
    assert read_offer({"size": ""}) == Offer(size=True)
    assert read_offer({"size": "many"}).largest is None


def test_every_parameter_the_server_offers_is_used() -> None:
    octets = "é\r\n".encode()
    assert mail_command(letter(octets), EVERYTHING) == (
        b"MAIL FROM:<labo@tilleuls.test> SIZE=4 BODY=8BITMIME RET=HDRS ENVID=00ff\r\n"
    )
    assert rcpt_commands(letter(), EVERYTHING) == [
        b"RCPT TO:<alice@aubepine.test> NOTIFY=SUCCESS,FAILURE,DELAY"
        b" ORCPT=rfc822;alice@aubepine.test\r\n"
    ]


def test_of_a_receipt_nobody_is_told_and_our_own_copy_is_asked_for_last() -> None:
    receipt = replace(letter(), mail_from="")
    assert mail_command(receipt, EVERYTHING).startswith(b"MAIL FROM:<> ")
    assert b" NOTIFY=NEVER " in rcpt_commands(receipt, EVERYTHING)[0]
    ours = replace(letter(), recipients=("a+b=c@aubepine.test",), copy_to="labo@tilleuls.test")
    first, last = rcpt_commands(ours, EVERYTHING)
    assert first.endswith(b" ORCPT=rfc822;a+2Bb+3Dc@aubepine.test\r\n")
    assert last.startswith(b"RCPT TO:<labo@tilleuls.test> NOTIFY=NEVER ")


def test_a_server_that_offers_nothing_is_told_nothing_more() -> None:
    assert mail_command(letter(), NOTHING) == b"MAIL FROM:<labo@tilleuls.test>\r\n"
    assert rcpt_commands(letter(), NOTHING) == [b"RCPT TO:<alice@aubepine.test>\r\n"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "@aubepine.test",
        "alice@",
        "a@b@c.test",
        "alice@aubepine.test\r\nRCPT TO:<eve@intrus.test>",
        "alice@aubepine.test\n",
        "alice@aubepine.test> NOTIFY=NEVER",
        "<alice@aubepine.test>",
        "alice @aubepine.test",
        "alice@aube\x00pine.test",
        "alice@aubepine.test,eve@intrus.test",
        "a" * 65 + "@aubepine.test",
        "chloé@aubepine.test",
    ],
)
def test_an_address_that_could_say_more_than_an_address_is_refused(address: str) -> None:
    with pytest.raises(Permanent, match=r"submission\.bad_address"):
        check_address(address)
    assert refusal(letter(b"a\r\n", address), EVERYTHING) == "submission.bad_address"


def test_an_unusual_address_is_one() -> None:
    check_address("a.b+c=d'e@sous.domaine.test")


@given(st.text(max_size=40))
def test_an_address_that_passes_is_one_word_of_one_line(text: str) -> None:
    try:
        check_address(text)
    except Permanent:
        return
    assert not re.search(r"[\s<>\x00-\x1f\x7f]", text)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"no end",
        b"a\nb\r\n",
        b"a\rb\r\n",
        b"a\r\n.\n\r\n",
        b"a\n.\r\n",
        b"a\0b\r\n",
        b"x" * 999 + b"\r\n",
    ],
)
def test_octets_that_data_would_change_or_end_early_are_refused(octets: bytes) -> None:
    with pytest.raises(Permanent, match=r"submission\.bad_octets"):
        check_octets(octets)


def test_a_line_of_998_octets_passes() -> None:
    check_octets(b"x" * 998 + b"\r\n")


@given(st.lists(st.sampled_from([0, 1, 2, 500, 997, 998, 999, 1000, 1001]), max_size=6))
def test_a_line_too_long_is_found_wherever_it_lies(lengths: list[int]) -> None:
    octets = b"".join(b"x" * length + b"\r\n" for length in lengths) or b"\r\n"
    if max(lengths, default=0) <= 998:
        check_octets(octets)
    else:
        with pytest.raises(Permanent, match=r"submission\.bad_octets"):
            check_octets(octets)


@given(st.text("a\0\r\n", max_size=9))
def test_only_lines_ended_by_both_pass(text: str) -> None:
    octets = text.encode()
    *lines, rest = octets.split(b"\r\n")
    right = lines and not rest and not set(b"".join(lines)) & set(b"\0\r\n")
    try:
        check_octets(octets)
    except Permanent:
        assert not right
    else:
        assert right


@given(st.lists(st.text(".ab\0\r\n", max_size=4), max_size=6))
def test_octets_that_pass_come_out_of_data_as_they_went_in(lines: list[str]) -> None:
    octets = "".join(f"{line}\r\n" for line in lines).encode()
    try:
        check_octets(octets)
    except Permanent:
        return
    wire = stuffed(octets) + b".\r\n"
    received, rest = server_reads(wire)
    assert received == octets
    assert not rest


def server_reads(wire: bytes) -> tuple[bytes, bytes]:
    """What RFC 5321 §4.5.2 makes of it, line by line."""
    received = b""
    while wire:
        line, _, wire = wire.partition(b"\r\n")
        if line == b".":
            return received, wire
        received += line.removeprefix(b".") + b"\r\n"
    raise AssertionError("no final dot")


def test_what_a_server_can_never_take_is_refused_before_a_word() -> None:
    accents = letter("é\r\n".encode())
    assert refusal(accents, NOTHING) == "submission.eight_bit"
    assert refusal(letter(b"a\r\n" * 400), EVERYTHING) == "submission.too_large"
    check(accents, EVERYTHING)
    check(letter(b"a\r\n" * 400), NOTHING)

"""What SMTP replies mean: read strictly, judged by code, status and command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.submit.reply import MOST_OCTETS, Command, Garbled, Reply, Verdict, take_reply, verdict

ACCEPTED, DEFERRED, REFUSED = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REFUSED


def read(octets: bytes) -> Reply | None:
    return take_reply(bytearray(octets))


@pytest.mark.parametrize("octets", [b"", b"25", b"250", b"250 OK", b"250-OK\r\n", b"250-a\r\n25"])
def test_half_a_reply_is_no_reply_yet(octets: bytes) -> None:
    assert read(octets) is None


def test_a_reply_of_several_lines_is_one_and_its_status_is_said_once() -> None:
    reply = read(b"550-5.1.1 Boite inconnue\r\n550 5.1.1 chez nous\r\n")
    assert reply == Reply(550, "5.1.1 Boite inconnue chez nous")
    assert reply.enhanced == "5.1.1"


@pytest.mark.parametrize(
    "octets",
    [
        b"25\r\n",
        b"2500 OK\r\n",
        b"199 OK\r\n",
        b"600 OK\r\n",
        b" 25 OK\r\n",
        b"HTTP/1.1 302 Found\r\n",
        b"\r\n",
        b"250-a\r\n550 b\r\n",
        b"250" + b"x" * MOST_OCTETS,
    ],
)
def test_what_is_not_smtp_is_never_taken_for_an_answer(octets: bytes) -> None:
    with pytest.raises(Garbled):
        read(octets)


def test_a_reply_without_a_text_is_a_reply() -> None:
    assert read(b"250\r\n") == Reply(250, "")


def test_octets_that_are_not_utf8_do_not_hide_a_refusal() -> None:
    assert read(b"550 refus\xe9\r\n") == Reply(550, "refus�")


replies = st.lists(
    st.tuples(st.integers(200, 599), st.text("abc é.", max_size=8).map(str.strip)), max_size=5
)


@given(replies, st.lists(st.integers(1, 9)))
def test_replies_arrive_the_same_however_they_are_sliced(
    said: list[tuple[int, str]], cuts: list[int]
) -> None:
    octets = b"".join(f"{code} {text}\r\n".encode() for code, text in said)
    heard, buffer = [], bytearray()
    while octets:
        step = cuts.pop() if cuts else len(octets)
        buffer += octets[:step]
        octets = octets[step:]
        while (reply := take_reply(buffer)) is not None:
            heard.append((reply.code, reply.text))
    assert heard == [(code, text.strip()) for code, text in said]
    assert not buffer


@given(st.binary(max_size=60))
def test_any_octets_are_a_reply_or_garbled_or_not_all_there(octets: bytes) -> None:
    buffer = bytearray(octets)
    try:
        reply = take_reply(buffer)
    except Garbled:
        return
    assert (reply is None) == (bytes(buffer) == octets)


@pytest.mark.parametrize("command", Command)
def test_every_4xx_defers_421_included(command: Command) -> None:
    codes = (421, 450, 451, 452, 454)
    assert {verdict(Reply(code), command) for code in codes} == {DEFERRED}


@pytest.mark.parametrize("command", Command)
def test_a_plain_5xx_refuses(command: Command) -> None:
    assert verdict(Reply(550, "5.1.1 unknown"), command) is REFUSED


@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_refused_login_is_not_the_letters_fault(code: int) -> None:
    assert verdict(Reply(code), Command.MAIL) is DEFERRED


def test_550_5_5_0_is_believed_the_third_time() -> None:
    said = Reply(550, "5.5.0 Service unavailable")
    assert [verdict(said, Command.DOT, n) for n in (1, 2, 3)] == [DEFERRED, DEFERRED, REFUSED]


def test_552_at_rcpt_means_too_many_recipients_unless_its_status_says_otherwise() -> None:
    assert verdict(Reply(552, "too many recipients"), Command.RCPT) is DEFERRED
    assert verdict(Reply(552, "5.2.2 mailbox full"), Command.RCPT) is REFUSED
    assert verdict(Reply(552, "too much mail data"), Command.DOT) is REFUSED


@pytest.mark.parametrize("command", [Command.MAIL, Command.RCPT, Command.DOT])
def test_only_2xx_accepts_and_3xx_is_no_answer(command: Command) -> None:
    assert verdict(Reply(250), command) is ACCEPTED
    assert verdict(Reply(354), command) is None


def test_an_acceptance_of_data_before_the_letter_is_no_answer() -> None:
    assert verdict(Reply(250), Command.DATA) is None

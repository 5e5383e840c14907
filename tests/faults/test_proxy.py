"""The proxy itself: it changes nothing unasked, and it would see a secret told in clear."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from store.model.account import Tls
from tests.faults.acts import FAULTS, HELLO_FAULTS
from tests.faults.conftest import Begin
from tests.faults.proxy import HOST
from tests.faults.wire import Piece, read_piece, read_response, read_rest, step_of
from tests.live.agreement import held, shown


def heard(octets: bytes) -> asyncio.StreamReader:
    """A line on which all of that has come, and no more will."""
    reader = asyncio.StreamReader()
    reader.feed_data(octets)
    reader.feed_eof()
    return reader


@pytest.mark.parametrize(
    ("command", "step"),
    [
        (b"a1 AUTHENTICATE PLAIN eA==\r\n", "login"),
        (b"a2 UID FETCH 1:2 (UID BODY.PEEK[])\r\n", "fetch"),
        (b"a2 UID FETCH 1:2 (UID BODY.PEEK[]<0.99>)\r\n", "range"),
        (b"a2 UID FETCH 1:2 (UID RFC822.SIZE BODY.PEEK[]<0.99>)\r\n", "outline"),
        (b"a3 UID FETCH 1:* (UID FLAGS)\r\n", "listing"),
        (b"a4 UID STORE 1 +FLAGS.SILENT (\\Seen)\r\n", "store"),
        (b"a5 UID STORE 1 +FLAGS.SILENT (\\Deleted)\r\n", "mark"),
        (b'a6 APPEND "Sent" {3+}\r\nabc\r\n', "append"),
        (b"DONE\r\n", ""),
    ],
)
def test_a_command_is_known_by_what_it_is_for(command: bytes, step: str) -> None:
    assert step_of(command) == step


async def test_a_command_ends_where_its_last_literal_does() -> None:
    reader = heard(b"a1 APPEND x {3+}\r\na\r\n\r\na2 APPEND x {2}\r\nbc\r\na3 NOOP\r\n")
    assert await read_piece(reader) == Piece(b"a1 APPEND x {3+}\r\na\r\n\r\n", invites=False)
    invited = await read_piece(reader)
    assert invited == Piece(b"a2 APPEND x {2}\r\n", invites=True)
    assert await read_rest(reader, invited) == Piece(b"bc\r\n", invites=False)
    assert await read_piece(reader) == Piece(b"a3 NOOP\r\n", invites=False)
    assert await read_piece(reader) is None


async def test_a_response_ends_where_its_last_literal_does() -> None:
    letter = b"* 1 FETCH (BODY[] {4}\r\n\r\n)\r UID 1)\r\n"
    words = b"* OK pas un litteral {12}\r\n"
    reader = heard(letter + words + b"a1 OK\r\n* 2 EX")
    first = await read_response(reader)
    assert first is not None
    assert (first.octets, first.literal, first.tagged) == (letter, (23, 27), False)
    assert (await read_response(reader)).octets == words  # type: ignore[union-attr]
    assert (await read_response(reader)).tagged  # type: ignore[union-attr]
    assert await read_response(reader) is None, "half a line is no response"


async def test_slow_and_sliced_octets_are_the_servers_octets(begin: Begin) -> None:
    case = await begin()
    for name in ("late", "slow", "sliced"):
        case.proxy.arm("fetch", FAULTS[name])
        assert await case.ends() == ""
    assert held(case.person.db) == shown(case.person.server, case.person.user)


async def test_a_password_told_in_clear_would_be_seen(begin: Begin) -> None:
    case = await begin(tls=Tls.STARTTLS)
    reader, writer = await asyncio.open_connection(HOST, case.proxy.port)
    await reader.readline()
    writer.write(f"a1 LOGIN x {case.person.password}\r\n".encode())
    assert (await reader.readline()).startswith(b"a1 BAD")
    writer.close()
    with pytest.raises(AssertionError):
        case.assert_no_secret_in_clear()


async def test_a_password_told_to_somebody_else_would_be_seen(begin: Begin) -> None:
    case = await begin()
    case.proxy.arm("hello", HELLO_FAULTS["untrusted"])
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(HOST, case.proxy.port, ssl=trusting)
    await reader.readline()
    writer.write(f"a1 LOGIN x {case.person.password}\r\n".encode())
    assert await reader.read() == b"", "heard, and left"
    writer.close()
    with pytest.raises(AssertionError):
        case.assert_no_secret_in_clear()

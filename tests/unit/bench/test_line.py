"""The counting line: turns and octets are facts, the handshake is apart, nothing is changed."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.line import Line, Opening, Rate, Way
from tests.servers.authority import Authority
from tests.servers.process import wait_until

GREETING = b"* OK\r\n"
RECORD = {ssl.TLSVersion.TLSv1_2: 29, ssl.TLSVersion.TLSv1_3: 22}
"""What TLS adds to a record, with AES-GCM."""


@contextmanager
def echo(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that greets, then gives back all that was said at each full stop; its port."""

    def serve() -> None:
        plain, _ = listening.accept()
        with plain, context.wrap_socket(plain, server_side=True) if context else plain as talk:
            talk.sendall(GREETING)
            said = b""
            while more := talk.recv(65536):
                said += more
                if said.endswith(b"."):
                    talk.sendall(said)
                    said = b""

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def call(line: Line) -> socket.socket:
    """A connection by that line, which gives up rather than wait for ever."""
    return socket.create_connection(("127.0.0.1", line.port), timeout=10)


def exactly(talk: socket.socket, octets: int) -> bytes:
    """So many octets of what comes."""
    got = b""
    while len(got) < octets:
        more = talk.recv(octets - len(got))
        assert more, got
        got += more
    return got


@pytest.mark.parametrize("version", RECORD)
def test_what_follows_the_handshake_is_counted_to_the_octet(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    authority = Authority(tmp_path)
    mine = authority.server()
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there.load_cert_chain(mine.cert_file, mine.key_file)
    here = ssl.create_default_context(cafile=str(authority.ca_file))
    here.minimum_version = here.maximum_version = version
    here.set_ciphers("ECDHE+AESGCM")
    with echo(there) as port, Line(port) as line:
        raw = call(line)
        with here.wrap_socket(raw, server_hostname="127.0.0.1") as talk:
            assert exactly(talk, len(GREETING)) == GREETING
            assert (line.count.octets, line.count.turns) == (0, 0)
            opening = line.count.opening_octets
            assert opening > 1000
            for _ in range(2):
                talk.sendall(b"bonjour.")
                assert exactly(talk, 8) == b"bonjour."
            assert line.count.octets == 4 * (8 + RECORD[version])
            assert (line.count.turns, line.count.connections) == (2, 1)
            assert line.count.opening_octets == opening


def test_what_is_said_before_listening_is_one_turn() -> None:
    with echo() as port, Line(port) as line:
        with call(line) as talk:
            exactly(talk, len(GREETING))
            talk.sendall(b"un, ")
            wait_until(lambda: line.count.octets == 4, "the first words have passed")
            talk.sendall(b"deux.")
            exactly(talk, 9)
            talk.sendall(b"trois.")
            exactly(talk, 6)
        line.wait_until_silent()
        assert (line.count.turns, line.count.octets) == (2, 2 * 15)
        assert line.count.opening_octets == len(GREETING)


def test_counting_begins_again_when_asked() -> None:
    with echo() as port, Line(port) as line:
        with call(line) as talk:
            exactly(talk, len(GREETING))
            line.reset()
            talk.sendall(b"un.")
            exactly(talk, 3)
        line.wait_until_silent()
        assert (line.count.turns, line.count.octets, line.count.connections) == (1, 6, 0)


def test_a_slow_line_carries_every_octet_in_order() -> None:
    sent = bytes(range(256)) * 40 + b"."
    with echo() as port, Line(port) as line:
        line.rate = Rate(turn_seconds=0.002, octets_per_second=200_000)
        with call(line) as talk:
            exactly(talk, len(GREETING))
            talk.sendall(sent)
            assert exactly(talk, len(sent)) == sent


def test_all_who_are_connected_share_what_a_line_carries() -> None:
    way, rate = Way(), Rate(octets_per_second=1_000)
    assert [way.carried_at(500, 7.0, rate) for _ in range(3)] == [7.5, 8.0, 8.5]
    assert way.carried_at(500, 20.0, rate) == 20.5
    assert way.carried_at(500, 20.0, Rate()) == 20.0


def test_a_line_to_nobody_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Line(port) as line, call(line) as talk:
        assert talk.recv(1) == b""


@pytest.mark.parametrize("cut", [1, 3, 7, 1000])
def test_an_opening_ends_at_the_same_octet_however_it_is_cut(cut: int) -> None:
    def record(kind: int, octets: int) -> bytes:
        return bytes([kind, 3, 3]) + octets.to_bytes(2) + bytes(octets)

    opening = record(22, 500) + record(20, 1) + record(23, 60)
    said = opening + record(23, 40) + record(23, 7)
    watched, taken = Opening(), 0
    for at in range(0, len(said), cut):
        taken += watched.feed(said[at : at + cut])
    assert watched.over
    assert taken == len(opening)

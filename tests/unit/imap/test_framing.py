"""Octets cut into responses: the same however they came, and never more than is allowed."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Transient
from sync.imap.framing import Framer, Limits
from tests.refusals import refused

SMALL = Limits(line_octets=100, numbers_octets=1000, response_octets=500)
texts = st.binary(max_size=60).map(
    lambda octets: octets.replace(b"\r", b"").replace(b"\n", b"").replace(b"}", b")")
)
responses = st.lists(st.tuples(texts, st.binary(max_size=80), st.sampled_from([b"", b"~"])))


def written(pieces: list[tuple[bytes, bytes, bytes]]) -> bytes:
    """One response, each text followed by a literal."""
    line = b"* 1 "
    for text, literal, binary in pieces:
        line += b"%s %s{%d}\r\n%s" % (text, binary, len(literal), literal)
    return line + b" end\r\n"


def framed(framer: Framer, *chunks: bytes) -> list[list[bytes]]:
    found = []
    for chunk in chunks:
        framer.feed(chunk)
        while (parts := framer.take()) is not None:
            found.append(parts)
    return found


@given(st.lists(responses, max_size=6), st.lists(st.integers(1, 50), min_size=1))
def test_how_octets_are_cut_into_packets_never_shows(
    several: list[list[tuple[bytes, bytes, bytes]]], sizes: list[int]
) -> None:
    octets = b"".join(written(pieces) for pieces in several)
    whole = framed(Framer(Limits()), octets)
    at, n, chunks = 0, 0, []
    while at < len(octets):
        size = sizes[n % len(sizes)]
        chunks.append(octets[at : at + size])
        at, n = at + size, n + 1
    assert framed(Framer(Limits()), *chunks) == whole
    assert len(whole) == len(several)
    for parts, pieces in zip(whole, several, strict=True):
        assert parts[1::2] == [literal for _, literal, _ in pieces]


@given(st.binary(max_size=400), st.integers(1, 7))
def test_garbage_is_framed_or_refused_and_never_loops(octets: bytes, size: int) -> None:
    framer = Framer(SMALL)
    with contextlib.suppress(Transient):
        framed(framer, *(octets[n : n + size] for n in range(0, len(octets), size)))
    assert framer.buffered <= SMALL.response_octets + SMALL.numbers_octets


@pytest.mark.parametrize(
    "line",
    [b"* OK attendez {12}", b"a1 NO non {3}", b"+ parlez {3}", b"* BYE {9}", b"* ok [X] {1}"],
)
def test_words_for_a_person_never_announce_a_literal(line: bytes) -> None:
    assert framed(Framer(Limits()), line + b"\r\n") == [[line]]


def test_a_literal_too_large_is_refused_before_it_comes() -> None:
    with refused(Transient, "imap.protocol"):
        framed(Framer(Limits()), b"* 1 FETCH (BODY[] {99999999999}\r\n")


def test_literals_that_are_too_large_together_are_refused() -> None:
    with refused(Transient, "imap.protocol"):
        framed(Framer(SMALL), b"* 1 FETCH (", *[b"{200}\r\n" + b"x" * 200] * 3)


def test_a_line_without_end_is_refused() -> None:
    framer = Framer(SMALL)
    with refused(Transient, "imap.protocol"):
        framed(framer, *[b"x" * 10] * 11)


def test_a_line_too_long_is_refused_although_it_ends() -> None:
    with refused(Transient, "imap.protocol"):
        framed(Framer(SMALL), b"* OK " + b"x" * 200 + b"\r\n")


def test_a_list_of_uids_may_be_longer_than_a_line() -> None:
    numbers = b"* SEARCH" + b" 1234567890" * 50
    assert framed(Framer(SMALL), numbers[:300], numbers[300:] + b"\r\n") == [[numbers]]
    with refused(Transient, "imap.protocol"):
        framed(Framer(SMALL), b"* SEARCH" + b" 1234567890" * 100)


def test_a_long_line_in_single_octets_takes_no_more_than_its_length() -> None:
    started = time.process_time()
    line = b"* SEARCH" + b" 1" * 100_000
    framed(Framer(Limits()), *(line[n : n + 1] for n in range(len(line))), b"\r\n")
    assert time.process_time() - started < 5

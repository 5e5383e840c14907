"""IMAP's lists, strings and atoms, whatever is written inside the strings."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Transient
from sync.imap.tokens import Token, number, tokens
from tests.refusals import refused

atoms = st.from_regex(rb"[A-Za-z0-9\\$*:,.<>+\[\]-]{1,12}", fullmatch=True).filter(
    lambda atom: atom.upper() != b"NIL" and not re.match(rb"(?i)(BODY|BINARY)", atom)
)
strings = st.binary(max_size=30).filter(lambda octets: not re.search(rb"[\r\n\0]", octets))
leaves = st.one_of(
    atoms.map(lambda octets: ("atom", octets)),
    strings.map(lambda octets: ("string", octets)),
    st.binary(max_size=40).map(lambda octets: ("literal", octets)),
    st.just(("nil", None)),
)
trees = st.lists(st.recursive(leaves, lambda inner: st.lists(inner, max_size=4), max_leaves=20))


def write(tree: object, parts: list[bytes]) -> Token:
    """Write a tree as parts; returns what it must be read as."""
    if isinstance(tree, list):
        parts[-1] += b"("
        read = [write(inner, parts) for inner in tree]
        parts[-1] += b") "
        return read
    kind, octets = tree  # type: ignore[misc]
    if kind == "literal":
        parts += [octets, b" "]
    elif kind == "string":
        parts[-1] += b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'" '
    else:
        parts[-1] += (b"NIL" if octets is None else octets) + b" "
    return octets  # type: ignore[no-any-return]


@given(trees)
def test_what_is_written_is_read(tree: list[object]) -> None:
    parts = [b""]
    wanted = [write(inner, parts) for inner in tree]
    assert tokens(parts) == wanted


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_garbage_is_read_or_refused(parts: list[bytes]) -> None:
    with contextlib.suppress(Transient):
        assert isinstance(tokens(parts), list)


@pytest.mark.parametrize(
    "subject",
    [b"dosage 5 * 3 mg", b"smile :( sad", b"[/nope] [", b'\\"NIL\\" {12}', b"* 3 FETCH ("],
)
def test_a_subject_survives_whatever_it_says(subject: bytes) -> None:
    read = tokens([b'(ENVELOPE ("date" "' + subject + b'" NIL) UID 3)'])
    assert read == [
        [b"ENVELOPE", [b"date", subject.replace(b"\\", b""), None], b"UID", b"3"],
    ]


@pytest.mark.parametrize(
    "section",
    [
        b"BODY[]",
        b"BODY[]<0>",
        b"body[HEADER.FIELDS (MESSAGE-ID REFERENCES)]<0>",
        b'BODY[1.2.HEADER.FIELDS ("MESSAGE-ID" "A ] ( B")]',
        b"BINARY.SIZE[2.1]",
    ],
)
def test_a_section_is_one_name(section: bytes) -> None:
    assert tokens([b"(" + section + b" ", b"octets", b" UID 1)"]) == [
        [section, b"octets", b"UID", b"1"]
    ]


def test_a_section_may_be_cut_by_literals() -> None:
    parts = [b"(BODY[HEADER.FIELDS (", b"Subject", b" ", b"To", b")]<0> ", b"octets", b" UID 1)"]
    assert tokens(parts) == [
        [b"BODY[HEADER.FIELDS (Subject To)]<0>", b"octets", b"UID", b"1"],
    ]


def test_brackets_are_letters_elsewhere() -> None:
    assert tokens([b'(\\HasNoChildren) "/" [Gmail]/Sent']) == [
        [b"\\HasNoChildren"],
        b"/",
        b"[Gmail]/Sent",
    ]


def test_nil_in_quotes_is_a_word() -> None:
    assert tokens([b'NIL "NIL" nil']) == [None, b"NIL", None]


@pytest.mark.parametrize(
    "text", [b"(", b")", b"(()", b'"open', b'"a\\"', b"BODY[1", b"(" * 200 + b")" * 200]
)
def test_what_is_not_whole_is_refused(text: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        tokens([text])


@pytest.mark.parametrize("text", [b"", b"-1", b"1.5", b"9223372036854775808", b"1" * 5000, None])
def test_what_is_no_number_is_refused(text: bytes | None) -> None:
    with refused(Transient, "imap.protocol"):
        number(text)


def test_a_hostile_string_is_read_in_time() -> None:
    started = time.process_time()
    for text in (b'"' + b"\\a" * 30_000, b'" ' * 30_000 + b'"', b"BODY[" * 13_000, b'"' * 60_001):
        with refused(Transient, "imap.protocol"):
            tokens([text])
    assert time.process_time() - started < 5

"""The small languages of IMAP: UID sets, modified UTF-7, quoting, dates, flags and roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Permanent, Transient
from store.model.email import SEEN
from store.model.mailbox import Role
from sync.imap import utf7
from sync.imap.dates import read_date, write_date
from sync.imap.keywords import flags_of, kept, keywords_of
from sync.imap.quoting import Literal, astring
from sync.imap.roles import roles
from sync.imap.tokens import tokens
from sync.imap.uidset import LARGEST_UID, UidSet, in_order
from tests.refusals import refused

uids = st.integers(1, LARGEST_UID)
near = st.integers(1, 60)


@given(st.frozensets(st.one_of(near, uids)))
def test_a_uid_set_holds_what_it_was_made_of(wanted: frozenset[int]) -> None:
    made = UidSet.of(wanted)
    assert list(made) == sorted(wanted)
    assert len(made) == len(wanted)
    assert all(uid in made for uid in wanted)
    assert not any(uid in made for uid in range(61) if uid not in wanted)
    if wanted:
        assert UidSet.parse(bytes(made)) == made


@given(st.frozensets(near, min_size=1), st.integers(1, 20))
def test_the_pieces_of_a_uid_set_make_it_up_again(wanted: frozenset[int], most: int) -> None:
    pieces = list(UidSet.of(wanted).pieces(most))
    assert [uid for piece in pieces for uid in piece] == sorted(wanted)
    assert all(len(bytes(piece)) <= max(most, 5) for piece in pieces)


def test_a_uid_set_is_written_compactly() -> None:
    assert bytes(UidSet.of([7, 3, 1, 2, 2])) == b"1:3,7"


def test_four_thousand_million_uids_weigh_nothing() -> None:
    everything = UidSet.parse(b"4294967295:1")
    assert (len(everything), 12 in everything, 0 in everything) == (LARGEST_UID, True, False)


@pytest.mark.parametrize("text", [b"", b"*", b"1:*", b"0", b"1,,2", b"a", b"1:2:3", b"4294967296"])
def test_what_is_no_uid_set_is_refused(text: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        UidSet.parse(text)


def test_copied_uids_keep_their_order_and_their_number() -> None:
    assert in_order(b"7,1:3,9", most=5) == [7, 1, 2, 3, 9]
    assert in_order(b"3:1", most=3) == [1, 2, 3]
    assert in_order(b"1:6", most=5) is None
    assert in_order(b"1:4294967295", most=500) is None


@given(st.text())
def test_every_name_goes_through_the_wire_and_back(name: str) -> None:
    wire = utf7.encode(name)
    assert utf7.decode(wire) == name
    assert wire.isascii()
    assert not any(octet < 32 or octet == 127 for octet in wire)


@given(st.binary(max_size=40))
def test_any_wire_name_can_be_shown(wire: bytes) -> None:
    assert isinstance(utf7.decode(wire), str)


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Envoyés", b"Envoy&AOk-s"),
        ("Tom & Jerry", b"Tom &- Jerry"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ],
)
def test_names_are_written_as_the_rfc_does(name: str, wire: bytes) -> None:
    assert utf7.encode(name) == wire
    assert utf7.decode(wire) == name


@pytest.mark.parametrize("wire", [b"&", b"a&b", b"&A-", b"&!!-", b"&2D0-", b"&AOk"])
def test_a_name_that_is_no_utf7_is_shown_somehow(wire: bytes) -> None:
    assert utf7.decode(wire)


@given(st.binary(max_size=1100).filter(lambda o: not set(o) & {0, 10, 13}))
def test_what_is_quoted_is_read_back(octets: bytes) -> None:
    said = astring(octets)
    if isinstance(said, Literal):
        assert said.octets == octets
        assert len(octets) > 1000 or not octets.isascii() or min(octets) < 32 or 127 in octets
    else:
        assert tokens([said]) == [octets]


@pytest.mark.parametrize("octets", [b"a\r\nA1 LOGOUT", b"a\nb", b"a\rb", b"a\0b"])
def test_what_would_be_a_second_command_is_refused(octets: bytes) -> None:
    with refused(Permanent, "imap.unsayable"):
        astring(octets)


@given(st.integers(0, 4_000_000_000))
def test_every_moment_is_written_and_read(at: int) -> None:
    assert read_date(write_date(at).strip(b'"')) == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"17-Jul-1996 02:44:25 -0700", 837_596_665),
        (b" 1-feb-2026 00:00:00 +0100", 1_769_900_400),
        (b"31-Dec-2016 23:59:60 +0000", 1_483_228_799),
        (b"01-Jan-1970 00:00:00 +0100", 0),
        (b"31-Feb-2026 00:00:00 +0000", 0),
        (b"01-Jan-2026 00:00:00 +9999", 0),
        (b"hier", 0),
        (b"", 0),
    ],
)
def test_dates_are_read_or_unreadable(text: bytes, at: int) -> None:
    assert read_date(text) == at


def test_flags_become_keywords() -> None:
    flags = [b"\\SEEN", b"\\Recent", b"\\Deleted", b"$Forwarded", b"NonJunk", b"\\Odd", [b"x"]]
    assert keywords_of(flags) == {SEEN, "$forwarded", "nonjunk"}


def test_keywords_become_flags() -> None:
    assert flags_of(frozenset({SEEN, "$junk", "urgent"})) == b"($Junk \\Seen urgent)"


@pytest.mark.parametrize(
    "keyword", ["a b", "a)", "(", "été", "a\r\nB LOGOUT", "", "\\deleted", "*"]
)
def test_a_keyword_that_no_flag_can_say_is_left_out(keyword: str) -> None:
    assert flags_of(frozenset({keyword})) == b"()"


def test_a_mailbox_keeps_what_it_says() -> None:
    wished = frozenset({SEEN, "$flagged", "urgent"})
    assert kept(wished, None) == wished
    assert kept(wished, frozenset({SEEN, "*"})) == {SEEN, "urgent"}
    assert kept(wished, frozenset({SEEN})) == {SEEN}
    assert kept(wished, frozenset()) == frozenset()


def test_the_server_s_word_goes_before_the_name() -> None:
    listed = {"INBOX": [b"\\Trash"], "Envoyés": [], "Sent": [], "Mes envois": [b"\\SENT"]}
    assert roles(listed, "/") == {"INBOX": Role.INBOX, "Mes envois": Role.SENT}


def test_names_are_known_in_french_and_english_and_below_inbox() -> None:
    names = ["inbox", "INBOX.Envoyés", "INBOX.Brouillons", "INBOX.Corbeille", "INBOX.Indésirables"]
    assert list(roles({name: [] for name in names}, ".").values()) == [
        *(Role.INBOX, Role.SENT, Role.DRAFTS, Role.JUNK, Role.TRASH)
    ]


def test_a_role_is_given_once_and_never_below_another_mailbox() -> None:
    listed: dict[str, list[bytes]] = {
        "Archive/Sent": [],
        "Sent Items": [],
        "Sent": [],
        "A": [b"\\Junk"],
        "B": [b"\\Junk"],
    }
    assert roles(listed, "/") == {"A": Role.JUNK, "Sent": Role.SENT}

"""What to do with a maildrop, decided without one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.pop3.plan import (
    DAY_SECONDS,
    WINDOW_LETTERS,
    WINDOW_OCTETS,
    Known,
    Offered,
    plan,
    windows,
)

NOW = 1_700_000_000


def offered(*uidls: str, size: int = 100) -> list[Offered]:
    return [Offered(number=n, uidl=u.encode(), size=size) for n, u in enumerate(uidls, 1)]


def uidls(letters: tuple[Offered, ...]) -> str:
    return "".join(each.uidl.decode() for each in letters)


def test_what_was_never_seen_is_brought_newest_first() -> None:
    steps = plan(offered("a", "b", "c"), [], now=NOW, delete_days=None)
    assert steps.new == (b"a", b"b", b"c")
    assert uidls(steps.bring) == "cba"
    assert (steps.announce, steps.let_go, steps.forget) == ((), (), ())


def test_what_is_held_is_not_brought_again_and_stays_there() -> None:
    known = [Known(uidl=b"a", held_at=1), Known(uidl=b"b")]
    steps = plan(offered("a", "b"), known, now=NOW, delete_days=None)
    assert (steps.new, uidls(steps.bring), steps.let_go) == ((), "b", ())


def test_it_leaves_the_server_when_it_was_held_for_so_long_and_not_before() -> None:
    known = [
        Known(uidl=b"a", held_at=NOW - 30 * DAY_SECONDS),
        Known(uidl=b"b", held_at=NOW - 30 * DAY_SECONDS + 1),
        Known(uidl=b"c"),
    ]
    steps = plan(offered("a", "b", "c", "d"), known, now=NOW, delete_days=30)
    assert uidls(steps.let_go) == "a"
    assert uidls(plan(offered("a", "b"), known, now=NOW, delete_days=0).let_go) == "ab"
    assert not plan(offered("a"), known, now=NOW, delete_days=None).let_go


def test_a_lean_line_lists_first_and_leaves_what_is_long() -> None:
    letters = [*offered("a", "b"), Offered(number=3, uidl=b"c", size=5000)]
    known = [Known(uidl=b"a", announced=True)]
    steps = plan(letters, known, now=NOW, delete_days=None, headers_first=True, most_octets=1000)
    assert (uidls(steps.announce), uidls(steps.bring)) == ("cb", "ba")
    asked = [Known(uidl=b"c", announced=True, wanted=True)]
    steps = plan(letters, asked, now=NOW, delete_days=None, headers_first=True, most_octets=1000)
    assert uidls(steps.bring) == "cba"


def test_what_cannot_be_listed_first_is_brought_however_long() -> None:
    letters = [Offered(number=1, uidl=b"a", size=5000)]
    steps = plan(letters, [], now=NOW, delete_days=None, headers_first=False, most_octets=1000)
    assert uidls(steps.bring) == "a"


def test_what_was_deleted_here_before_it_came_does_not_come_nor_go() -> None:
    known = [Known(uidl=b"a", announced=True, dropped=True)]
    steps = plan(offered("a"), known, now=NOW, delete_days=0)
    assert (steps.bring, steps.let_go) == ((), ())


def test_what_is_gone_from_there_is_forgotten_but_not_for_an_empty_list() -> None:
    known = [Known(uidl=b"a", held_at=1), Known(uidl=b"b", held_at=1)]
    assert plan(offered("b"), known, now=NOW, delete_days=None).forget == (b"a",)
    assert plan([], known, now=NOW, delete_days=None).forget == ()


@given(st.lists(st.integers(0, WINDOW_OCTETS * 2), max_size=200))
def test_a_flight_carries_no_more_than_may_come_twice(sizes: list[int]) -> None:
    letters = [Offered(number=n, uidl=b"%d" % n, size=size) for n, size in enumerate(sizes)]
    flights = list(windows(letters))
    assert [each for flight in flights for each in flight] == letters
    for flight in flights:
        assert 0 < len(flight) <= WINDOW_LETTERS
        assert len(flight) == 1 or sum(each.size for each in flight) <= WINDOW_OCTETS


NAMES = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
KNOWN = st.builds(
    Known,
    uidl=NAMES,
    held_at=st.none() | st.integers(0, NOW),
    announced=st.booleans(),
    wanted=st.booleans(),
    dropped=st.booleans(),
)


@given(
    st.lists(NAMES, unique=True),
    st.lists(KNOWN, unique_by=lambda k: k.uidl),
    st.none() | st.integers(0, 400),
    st.booleans(),
)
def test_nothing_leaves_that_is_not_held_and_nothing_held_comes_twice(
    names: list[bytes], known: list[Known], days: int | None, lean: bool
) -> None:
    letters = [Offered(number=n, uidl=u, size=n * 500) for n, u in enumerate(names, 1)]
    steps = plan(letters, known, now=NOW, delete_days=days, headers_first=lean, most_octets=1000)
    held = {each.uidl for each in known if each.held_at is not None}
    assert {each.uidl for each in steps.let_go} <= held
    assert not {each.uidl for each in steps.bring} & held
    assert len(set(steps.bring)) == len(steps.bring)
    if not lean:
        dropped = {each.uidl for each in known if each.dropped}
        assert {each.uidl for each in steps.bring} == set(names) - held - dropped


def test_a_name_given_to_another_letter_lets_neither_go_unread() -> None:
    known = [Known(uidl=b"a", held_at=1, listed=100), Known(uidl=b"b", held_at=1, listed=100)]
    letters = [*offered("a"), Offered(number=2, uidl=b"b", size=101)]
    steps = plan(letters, known, now=NOW, delete_days=0)
    assert (steps.reused, steps.new, uidls(steps.bring)) == ((b"b",), (b"b",), "b")
    assert uidls(steps.let_go) == "a"


def test_a_size_that_is_not_said_tells_nothing() -> None:
    known = [Known(uidl=b"a", held_at=1, listed=0), Known(uidl=b"b", held_at=1, listed=100)]
    letters = [*offered("a"), Offered(number=2, uidl=b"b", size=0)]
    assert plan(letters, known, now=NOW, delete_days=None).reused == ()

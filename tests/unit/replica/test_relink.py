"""Letters recognised without their octets, and letters that must not be taken for one another."""

from __future__ import annotations

from store.model.ids import PlacementId
from sync.imap.answers import Identity
from sync.replica.relink import Search, Stray
from tests.steps import steps


def stray(n: int, name: str = "", *, size: int = 100, at: int = 7, uid: int | None = None) -> Stray:
    return Stray(placement_id=PlacementId(n), uid=uid, message_id=name, size=size, received_at=at)


def shown(uid: int, name: str = "", *, size: int = 100, at: int = 7) -> Identity:
    return Identity(uid=uid, keywords=frozenset(), received_at=at, size=size, message_id=name)


def linked(strays: list[Stray], *windows: list[Identity]) -> dict[int, int]:
    """Placement id to UID."""
    search = Search(strays)
    found = [pair for window in windows for pair in search.among(window)]
    return {id_: each.uid for id_, each in [*found, *search.in_the_end()]}


def test_the_same_uid_is_the_same_letter_when_it_has_the_same_name() -> None:
    assert linked([stray(1, "a", uid=5, size=90)], [shown(5, "a"), shown(6, "a")]) == {1: 5}
    assert linked([stray(1, "a", uid=5)], [shown(5, "b")]) == {}
    assert linked([stray(1, "a", uid=5)], [shown(5)]) == {}


def test_the_same_uid_without_a_name_is_the_same_letter_by_date_and_size() -> None:
    assert linked([stray(1, uid=5)], [shown(5), shown(6)]) == {1: 5}
    assert linked([stray(1, uid=5)], [shown(5, at=8)]) == {}
    assert linked([stray(1, uid=5)], [shown(5, size=90)]) == {}


def test_name_and_size_are_the_same_letter_whenever_it_came() -> None:
    assert linked([stray(1, "a")], [shown(8, "a", at=9)]) == {1: 8}


def test_of_several_copies_the_one_that_came_at_the_same_time() -> None:
    strays = [stray(1, "a", at=1), stray(2, "a", at=2)]
    assert linked(strays, [shown(8, "a", at=2)], [shown(9, "a", at=1)]) == {2: 8, 1: 9}


def test_more_copies_there_than_here_leave_the_rest_to_be_fetched() -> None:
    assert linked([stray(1, "a")], [shown(8, "a"), shown(9, "a")]) == {1: 8}


def test_a_name_both_sides_have_once_is_enough() -> None:
    assert linked([stray(1, "a", size=90)], [shown(8, "a")]) == {1: 8}


def test_a_name_that_one_side_has_twice_is_not() -> None:
    two = [shown(8, "a", size=80), shown(9, "a", size=70)]
    assert linked([stray(1, "a")], two) == {}
    assert linked([stray(1, "a"), stray(2, "a", size=99)], [shown(8, "a", size=80)]) == {}


def test_uniqueness_is_judged_over_every_window() -> None:
    windows = [shown(8, "a", size=80)], [shown(9, "a", size=70)]
    assert linked([stray(1, "a")], *windows) == {}


def test_without_a_name_date_and_size_must_be_unique() -> None:
    assert linked([stray(1)], [shown(8)]) == {1: 8}
    assert linked([stray(1)], [shown(8), shown(9)]) == {}
    assert linked([stray(1)], [shown(8, at=8)]) == {}


def test_two_names_are_two_letters_whatever_else_is_the_same() -> None:
    assert linked([stray(1, "a")], [shown(8, "b")]) == {}
    assert linked([stray(1, "a")], [shown(8)]) == {}


def test_a_stray_is_found_once_whatever_it_is_found_by() -> None:
    twins = [shown(5, "a"), shown(9, "a")]
    assert linked([stray(1, "a", uid=5), stray(2, "a")], twins) == {1: 5, 2: 9}


def test_twice_the_letters_are_recognised_in_twice_the_steps() -> None:
    def search(many: int) -> None:
        letters = [shown(n, f"{n}", at=n) for n in range(1, many + 1)]
        windows = [letters[at : at + 100] for at in range(0, many, 100)]
        strays = [stray(n, f"{n}", at=n) for n in range(1, many + 1)]
        assert len(linked(strays, *windows)) == many

    assert steps(lambda: search(4000)) < 2.1 * steps(lambda: search(2000))

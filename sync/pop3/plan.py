"""What to do with a POP3 maildrop: letters to know of, to bring, to let go. Pure.

A letter is what UIDL calls it; its number means nothing after this connection. The newest come
first. A letter leaves the server only when the person said after how many days, all of it has been
on the disk here for so long, and never because it was deleted here: another device may want it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

DAY_SECONDS = 86_400
MOST_LETTER = 150 * 1024 * 1024
"""Octets; a longer letter stays where it is."""
WINDOW_LETTERS, WINDOW_OCTETS = 50, 4 * 1024 * 1024
"""Asked for together, and lost together by a cut only as far as they had not come whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A letter as the server lists it."""

    number: int
    uidl: bytes
    size: int
    """Octets; 0 when the server does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known here of a letter of the server."""

    uidl: bytes
    held_at: int | None = None
    """When all of it was on the disk here, Unix seconds."""
    announced: bool = False
    """Its line stands in the list."""
    wanted: bool = False
    """The person asked for all of it."""
    dropped: bool = False
    """It was announced, and the person deleted it before it came."""
    listed: int = 0
    """Octets the server said it had, when it was held; 0 when it did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """In this order."""

    reused: tuple[bytes, ...] = ()
    """UIDLs that name another letter now: what was known of them is of the old one."""
    new: tuple[bytes, ...] = ()
    """UIDLs never seen, oldest first: the order in which they are numbered here."""
    announce: tuple[Offered, ...] = ()
    """Their header first, newest first."""
    bring: tuple[Offered, ...] = ()
    """All of each."""
    let_go: tuple[Offered, ...] = ()
    """Off the server."""
    forget: tuple[bytes, ...] = ()
    """Rows of letters that the server has no more."""


def plan(
    offered: Sequence[Offered],
    known: Iterable[Known],
    *,
    now: int,
    delete_days: int | None,
    headers_first: bool = False,
    most_octets: int | None = None,
) -> Plan:
    """What this connection is for.

    headers_first: the line is lean, and the server gives headers alone.
    most_octets: a longer letter waits, in the list, until it is asked for; None for no limit.
    """
    by_uidl = {each.uidl: each for each in known}
    reused = [o.uidl for o in offered if _is_another(by_uidl.get(o.uidl), o)]
    for uidl in reused:
        del by_uidl[uidl]
    there = {each.uidl for each in offered}
    newest = sorted(offered, key=lambda each: -each.number)
    most = most_octets if headers_first else None  # what is not in the list cannot be asked for
    missing = [o for o in newest if _is_missing(by_uidl.get(o.uidl))]
    first = [o for o in missing if _first(by_uidl.get(o.uidl))]
    asked = [o for o in missing if _is_wanted(by_uidl, o)]
    unasked = [o for o in missing if not _is_wanted(by_uidl, o) and _short(o, most)]
    return Plan(
        reused=tuple(reused),
        new=tuple(o.uidl for o in reversed(newest) if o.uidl not in by_uidl),
        announce=tuple(first) if headers_first else (),
        bring=(*asked, *unasked),
        let_go=tuple(o for o in offered if _may_go(by_uidl.get(o.uidl), now, delete_days)),
        forget=_gone(by_uidl, there, now, delete_days),
    )


def windows(letters: Iterable[Offered]) -> Iterator[Sequence[Offered]]:
    """In the same order, so many at a time as one flight may carry."""
    window: list[Offered] = []
    octets = 0
    for each in letters:
        full = len(window) == WINDOW_LETTERS or octets + each.size > WINDOW_OCTETS
        if window and full:
            yield window
            window, octets = [], 0
        window.append(each)
        octets += each.size
    if window:
        yield window


def _is_another(known: Known | None, offered: Offered) -> bool:
    """A letter of another size is another one: one may be brought twice, none is let go unread."""
    held = known is not None and known.held_at is not None and known.listed > 0
    return held and known is not None and offered.size not in (0, known.listed)


def _is_missing(known: Known | None) -> bool:
    return known is None or (known.held_at is None and not known.dropped)


def _first(known: Known | None) -> bool:
    return known is None or not known.announced


def _is_wanted(by_uidl: Mapping[bytes, Known], letter: Offered) -> bool:
    known = by_uidl.get(letter.uidl)
    return known is not None and known.wanted


def _short(letter: Offered, most_octets: int | None) -> bool:
    return most_octets is None or letter.size <= most_octets


def _may_go(known: Known | None, now: int, delete_days: int | None) -> bool:
    if delete_days is None or known is None or known.held_at is None:
        return False
    return now - known.held_at >= delete_days * DAY_SECONDS


def _gone(
    by_uidl: Mapping[bytes, Known], there: Collection[bytes], now: int, delete_days: int | None
) -> tuple[bytes, ...]:
    """An empty list may be a server that is being repaired: only what we let go is forgotten for
    it. Once a letter is gone its name may be given to another (RFC 1939 section 7), which must not
    be taken for one that is held.
    """
    gone = by_uidl.keys() - there
    if not there:
        gone = {uidl for uidl in gone if _may_go(by_uidl[uidl], now, delete_days)}
    return tuple(sorted(gone))

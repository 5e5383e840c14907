"""How each kind of line is used, in one table. Pure: no clock, socket or database.

    profile      the line it is meant for
    -------      -------------------------------------------------
    fibre        wire, never metered
    adsl         wire, slower upwards
    mobile       3G or 4G: drops, sleeps, often metered
    satellite    64 kbit/s and 600 ms, paid by the megabyte

An account says which (`account.profile`), or `auto`: then `choose` decides from what was measured
(sync/link/estimate.py) and the node keeps the answer in `account.auto_profile`. Whoever wants to
know how to behave asks `profile_of(account)` and reads a field; nobody else compares names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from store.model.account import Account, Profile

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProfile:
    """How to behave on one kind of line. Sizes are octets."""

    window_emails: int
    """Letters asked for by one FETCH, at most: what comes twice when the line is cut."""
    compress: bool
    """COMPRESS=DEFLATE pays its round trip as soon as there is something to fetch or to send."""
    list_first: bool
    """Lists the newest letters before it fetches any, then their text, attachments last."""
    attachment_octets_at_once: int
    """Length of one committed range of a letter, some seconds of line."""
    attachment_octets_unasked: int | None
    """An attachment longer than this waits until the person asks for it; None for no limit."""
    idle: bool
    """Stay connected and be told (IDLE); else leave, and come back after `poll_seconds`."""
    poll_seconds: int
    """Between two looks at every mailbox. IDLE lasts as long: under 5 minutes, for the sake of
    what forgets silent connections on the way."""
    plain_poll_seconds: int
    """The same for a server without CONDSTORE, that says less by itself."""
    connect_seconds: float
    """For connecting and logging in, from name to answer."""
    silence_seconds: float
    """For one more octet to come or go, before the line is given up."""
    command_seconds: float
    """For one ordinary command, however alive the line is."""


LINES: Mapping[Profile, LineProfile] = MappingProxyType(
    {
        Profile.FIBRE: LineProfile(
            window_emails=500,
            compress=False,
            list_first=False,
            attachment_octets_at_once=8 * MIB,
            attachment_octets_unasked=None,
            idle=True,
            poll_seconds=240,
            plain_poll_seconds=60,
            connect_seconds=60,
            silence_seconds=60,
            command_seconds=600,
        ),
        Profile.ADSL: LineProfile(
            window_emails=250,
            compress=True,
            list_first=False,
            attachment_octets_at_once=1 * MIB,
            attachment_octets_unasked=None,
            idle=True,
            poll_seconds=240,
            plain_poll_seconds=60,
            connect_seconds=60,
            silence_seconds=60,
            command_seconds=600,
        ),
        Profile.MOBILE: LineProfile(
            window_emails=25,
            compress=True,
            list_first=True,
            attachment_octets_at_once=256 * KIB,
            attachment_octets_unasked=2 * MIB,
            idle=True,
            poll_seconds=280,
            plain_poll_seconds=280,
            connect_seconds=90,
            silence_seconds=120,
            command_seconds=900,
        ),
        Profile.SATELLITE: LineProfile(
            window_emails=5,
            compress=True,
            list_first=True,
            attachment_octets_at_once=64 * KIB,
            attachment_octets_unasked=128 * KIB,
            idle=False,
            poll_seconds=900,
            plain_poll_seconds=900,
            connect_seconds=120,
            silence_seconds=180,
            command_seconds=1800,
        ),
    }
)
"""From the richest line to the poorest."""


class Measured(NamedTuple):
    """What a line was seen to do; None where nothing was seen."""

    round_trip_milliseconds: int | None = None
    octets_per_second_down: int | None = None
    octets_per_second_up: int | None = None


class Needs(NamedTuple):
    """What a profile is worth choosing for: at least this rate down, at most this round trip."""

    octets_per_second_down: int
    round_trip_milliseconds: int


NEEDS: Mapping[Profile, Needs] = MappingProxyType(
    {
        Profile.FIBRE: Needs(1_000_000, 80),
        Profile.ADSL: Needs(64_000, 250),
        Profile.MOBILE: Needs(12_000, 500),
    }
)
"""What satisfies none of them is a satellite line, or no better than one."""
UNMEASURED = Profile.ADSL
"""Until something is measured; a round trip is, as soon as the first connection is made."""
MARGIN = 1.25
"""To rise, a line must beat what is needed by this factor; to fall, miss it by as much."""


def profile_of(account: Account) -> LineProfile:
    """How to use the line of `account` now."""
    return LINES[line_of(account)]


def line_of(account: Account) -> Profile:
    """The profile in force: the one the person chose, or what `auto` stands for. Never `auto`."""
    return account.auto_profile if account.profile is Profile.AUTO else account.profile


def choose(current: Profile, measured: Measured) -> Profile:
    """The profile for a line that was measured so, being on `current`: `UNMEASURED` at first.

    A line whose measures vary by less than MARGIN squared, about half as much again, never comes
    back to a profile it left (tests/unit/link/test_profile.py). Nothing measured changes nothing;
    a round trip alone can make a line poorer, never richer than `UNMEASURED`.
    """
    if measured.round_trip_milliseconds is None and measured.octets_per_second_down is None:
        return current
    order = list(LINES)
    at = order.index(current)
    for place, (profile, needs) in enumerate(NEEDS.items()):
        margin = MARGIN if place < at else 1 / MARGIN if place == at else 1
        unseen = measured.octets_per_second_down is None and place < at
        if not unseen and _satisfies(measured, needs, margin):
            return profile
    return order[-1]


def _satisfies(measured: Measured, needs: Needs, margin: float) -> bool:
    rate, trip = measured.octets_per_second_down, measured.round_trip_milliseconds
    fast = rate is None or rate >= needs.octets_per_second_down * margin
    return fast and (trip is None or trip <= needs.round_trip_milliseconds / margin)

"""What is known of the line to an account: its steps and their cost, and what may be spent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from store.model.account import Profile


class Step(StrEnum):
    """What the line was used for."""

    CONNECT = "connect"
    """From the name of the server to its greeting, TLS included."""
    LOGIN = "login"
    LIST = "list"
    """LIST, with STATUS of every mailbox."""
    LOOK = "look"
    """One mailbox opened, listed or searched."""
    FETCH = "fetch"
    """One window of letters."""
    PUSH = "push"
    """Keywords, moves, deletions."""
    UPLOAD = "upload"
    """One letter put into a mailbox."""
    IDLE = "idle"
    """Waiting for news."""
    LOGOUT = "logout"
    SUBMIT_CONNECT = "submit_connect"
    """Connecting and logging in, to send."""
    SUBMIT = "submit"
    """One letter sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStep:
    """One step and what it cost. No names and no words: this is shown to whoever mends the line."""

    step: Step
    began_at: int
    """Unix seconds."""
    milliseconds: int
    octets_up: int = 0
    """Under TLS, as octets_down."""
    octets_down: int = 0
    turns: int = 0
    """Times we wrote after having waited for an answer."""
    result: str = ""
    """MailError.code of what ended it; '' when it went well."""


class Octets(NamedTuple):
    """What crossed the line in some time."""

    up: int = 0
    down: int = 0

    @property
    def total(self) -> int:
        """Both ways: what a provider counts."""
        return self.up + self.down


class Limit(StrEnum):
    """What a budget can run into."""

    DAY = "day"
    MONTH = "month"
    HOURS = "hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What keeps letters from being fetched now."""

    reason: Limit
    until_at: int
    """When it ends by itself, Unix seconds."""
    waiting: int = 0
    """Emails that wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What an account may cost. Only the person writes it; None for no limit."""

    octets_per_day: int | None = None
    octets_per_month: int | None = None
    """Both ways, as octets_per_day."""
    money_per_month: int | None = None
    """Millionths of `currency`."""
    price_per_megabyte: int | None = None
    """Millionths of `currency` for 1,000,000 octets; None when nobody said."""
    currency: str = ""
    from_hour: int | None = None
    """Letters are fetched from this hour of the local day, 0 to 23, ..."""
    to_hour: int | None = None
    """... until the beginning of this one; past midnight when it is the smaller. Both or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReport:
    """What a use of the line leaves behind, written in one commit."""

    pass_began_at: int
    """Groups the steps of one pass. Unix seconds."""
    at: int
    """Unix seconds."""
    day: str
    """The local date at that time, YYYY-MM-DD."""
    steps: tuple[LinkStep, ...] = ()
    whole: bool = False
    """The pass has ended: `hold` and `auto_profile` are news too."""
    hold: Hold | None = None
    auto_profile: Profile | None = None
    """What `auto` now stands for; None to leave it."""


class LinkPrice(NamedTuple):
    """What an octet costs on a line, as far as it is known."""

    octets_per_second: int | None = None
    """As lately measured; None before."""
    per_megabyte: int | None = None
    """Millionths of `currency` for 1,000,000 octets; None when nobody said."""
    currency: str = ""


NO_PRICE = LinkPrice()

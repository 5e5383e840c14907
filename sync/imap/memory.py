"""What is remembered of a server from one connection to the next. Pure.

It only ever saves turns: what was offered lets us write a whole flight before the first answer
(sync/imap/login.py). Whether we encrypt, and whom we believe, is never read from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from store.errors import MailError

LOGIN = frozenset({"AUTH=PLAIN", "SASL-IR"})
"""Offered before the login, and not said again after it."""
STEPWISE = "X-PLI-STEPWISE-UNTIL="
"""Stands among the capabilities; the number after it is a day."""
BEFORE_GREETING = "X-PLI-BEFORE-GREETING"
"""Stands among the capabilities too, as the next two."""
ONCE = "X-PLI-STEPWISE-ONCE"
DOUBTED = "X-PLI-DOUBTED"
STEPWISE_DAYS = 7
DAY_SECONDS = 86_400
NONSENSE = "imap.protocol"
"""Not the line's doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """As `account.capabilities` keeps it, its words separated by spaces."""

    offered: frozenset[str] = frozenset()
    """Upper case; what the server offers once we are logged in, and of `LOGIN` what it offered."""
    stepwise_until: int = 0
    """Until that day each question waits for the answer before it. Days since 1970, UTC."""
    before_greeting: bool = False
    """It said nothing in its greeting that a flight would have to wait for."""
    once: bool = False
    """The next login goes step by step, whatever follows."""
    doubted: bool = False
    """A connection ended in the middle of a flight, and no flight was taken since."""

    @staticmethod
    def read(words: str) -> Memory:
        """What `str` wrote, or whatever else it says: words nobody knows help nobody."""
        offered, until = set(words.split()), 0
        for word in [word for word in offered if word.startswith(STEPWISE)]:
            offered.discard(word)
            day = word.removeprefix(STEPWISE)
            until = int(day) if day.isdecimal() and len(day) < 9 else 0
        return Memory(
            offered=frozenset(offered - {BEFORE_GREETING, ONCE, DOUBTED}),
            stepwise_until=until,
            before_greeting=BEFORE_GREETING in offered,
            once=ONCE in offered,
            doubted=DOUBTED in offered,
        )

    def __str__(self) -> str:
        words = set(self.offered)
        if self.stepwise_until:
            words.add(f"{STEPWISE}{self.stepwise_until}")
        flags = {BEFORE_GREETING: self.before_greeting, ONCE: self.once, DOUBTED: self.doubted}
        words |= {word for word, holds in flags.items() if holds}
        return " ".join(sorted(words))

    @property
    def is_empty(self) -> bool:
        """Nobody has ever been there."""
        return not (self.offered or self.stepwise_until or self.once)

    def takes_a_flight(self, now: int) -> bool:
        """Whether the server is known to take the login and more in one go."""
        over = now // DAY_SECONDS >= self.stepwise_until
        return self.offered >= LOGIN and over and not self.once

    def stepwise(self, now: int) -> Memory:
        """The same of a server that did not take a flight well."""
        until = now // DAY_SECONDS + STEPWISE_DAYS
        return replace(self, stepwise_until=until, once=False, doubted=False)

    def after_a_flight(self, error: MailError, now: int) -> Memory:
        """The same of a server to which a flight ended so."""
        return self.stepwise(now) if error.code == NONSENSE else self.cut(now)

    def cut(self, now: int) -> Memory:
        """The same of a server whose connection ended in a flight, or never answered it.

        The line may have dropped just then, or the server may hate flights. The next login tells
        nothing of that: the flight after it does.
        """
        return self.stepwise(now) if self.doubted else replace(self, once=True, doubted=True)

    def logged_in(self, *, flew: bool) -> Memory:
        """The same once a login was taken."""
        return replace(self, once=False, doubted=self.doubted and not flew)

    def at(self, now: int) -> Memory:
        """The same without what is over."""
        over = now // DAY_SECONDS >= self.stepwise_until
        return replace(self, stepwise_until=0) if over else self

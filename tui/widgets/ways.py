"""Under the recipients: by which way the letter reaches each of them, before it leaves.

Looked for away from the keyboard, each time an address is whole; a person goes on typing meanwhile.
What is refused comes first, with its reason and what would work.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from store import route_words
from store.compose import parse_addresses
from store.db.accounts import account, accounts
from store.db.directory.shelf import Shelf
from store.db.routing import routes
from store.db.smime_keys import keys
from store.db.whitelist import trust_space
from store.errors import NeedsUser, Permanent, Usage
from store.host.i18n import sentence
from store.model.account import Signs
from store.model.draft import Draft, HealthWish
from store.model.email import EmailAddress
from store.model.ids import AccountId
from store.model.route import Envelope, Route, TrustSpace, Way
from store.routing.content import content_of, patients_mailbox, recipients_of
from store.routing.domains import domain_of
from tui.plain import NOTHING, Plain, plain_words, said
from tui.still_there import is_there
from tui.when import long_date
from tui.widgets.words import Words

if TYPE_CHECKING:
    from tui.app import PliApp

MOST_LINES = 3
"""Of recipients reached alike that have a line of their own; the others are counted."""
PART = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^",;<>])+')
SIGNS = {Way.REFUSED: "×", Way.NON_MEDICAL: "!", Way.EXERCISE: "!"}


@dataclass(frozen=True, slots=True)
class Found:
    """What the store knows of a letter's ways."""

    routes: tuple[Route, ...] = ()
    space: TrustSpace = field(default_factory=TrustSpace)
    names: tuple[tuple[AccountId, str], ...] = ()
    """Of the accounts."""
    sealable: int = 0
    """How many of them it could be sealed for, while nobody asked for that."""
    has_key: bool = False
    always_signs: bool = False

    @property
    def refused(self) -> tuple[Route, ...]:
        """Those whom no way leads to."""
        return tuple(one for one in self.routes if one.way is Way.REFUSED)


def ways_of(shelf: Shelf, account_id: AccountId, written: Draft, now: int) -> Found:
    """The way to each recipient, and whether there is a key to sign and seal with."""
    db, people = shelf.db, [*recipients_of(written), *filter(None, [patients_mailbox(written)])]
    content = content_of(written)
    sealed = (
        () if content.seal else routes(db, account_id, people, replace(content, seal=True), now=now)
    )
    return Found(
        routes=routes(db, account_id, people, content, now=now, listings=shelf.listings),
        sealable=sum(one.envelope is Envelope.SEALED for one in sealed),
        space=trust_space(db),
        names=tuple((each.id, each.name) for each in accounts(db)),
        has_key=any(each.not_after_at >= now for each in keys(db, account_id)),
        always_signs=account(db, account_id).sign is Signs.ALWAYS,
    )


def check_leaves(found: Found, written: Draft) -> None:
    """Whether it can leave as far as the store knows; the node decides again when it freezes it.

    Raises:
        Permanent: the reason of the first recipient that no way leads to.
        NeedsUser: `sending.no_signing_key`, `sending.no_own_key`.
    """
    for one in found.refused:
        raise Permanent(one.reason, domain=domain_of(one.email), resembles=one.resembles)
    if code := lacking_key(found, written):
        raise NeedsUser(code)


def lacking_key(found: Found, written: Draft) -> str:
    """The code of what it lacks to be signed, or sealed; '' when it lacks nothing."""
    if found.has_key or not found.routes:
        return ""
    if written.sign or found.always_signs:
        return "sending.no_signing_key"
    sealed = any(one.envelope is Envelope.SEALED for one in found.routes)
    return "sending.no_own_key" if sealed else ""


def whole_addresses(text: str) -> tuple[EmailAddress, ...]:
    """The addresses in a field that are whole already; what is half typed is left out."""
    found: list[EmailAddress] = []
    for part in PART.findall(text):
        try:
            found += parse_addresses(part)
        except Usage:
            continue
    return tuple(found)


def with_address(text: str, email: str, other: str) -> str:
    """A field where one address stands in the place of another."""
    there = rf"(?<![\w.@+-]){re.escape(email)}(?![\w@+-]|\.\w)"
    return re.sub(there, lambda _: other, text, flags=re.IGNORECASE)


class Ways(Words):
    """How the letter leaves, and the way to each of its recipients."""

    def __init__(self, pli: PliApp, first: Draft) -> None:
        super().__init__(id="ways")
        self.pli = pli
        self.how = first
        """What the person chose, as `change` does."""
        self.found = Found()
        self._asked: tuple[AccountId, Draft] | None = None

    def on_mount(self) -> None:
        """At first, how it leaves."""
        self._show()

    def change(self, **chosen: bool | int | str | HealthWish | None) -> None:
        """Choose otherwise: `seal`, `sign`, `receipt`, `answer_by`, `tell`, `non_medical`,
        `health`."""
        self.how = replace(self.how, **chosen)  # type: ignore[arg-type]
        self._show()

    def applied_to(self, written: Draft) -> Draft:
        """`written` as it is to leave."""
        how = self.how
        return replace(
            written,
            seal=how.seal,
            sign=how.sign,
            receipt=how.receipt,
            answer_by=how.answer_by,
            tell=how.tell,
            non_medical=how.non_medical,
            health=how.health,
        )

    def look(self, account_id: AccountId, written: Draft, *, again: bool = False) -> None:
        """Find the ways anew, unless nothing that decides them has changed."""
        # Of the text, only whether it repeats a letter received decides anything.
        repeats = content_of(replace(written, attachments=())).documents
        bare = replace(self.applied_to(written), subject="", body=">" if repeats else "")
        bare = replace(bare, receipt=False, answer_by=0, tell="")
        if again or (account_id, bare) != self._asked:
            self._asked = account_id, bare
            work: Callable[[], Awaitable[None]] = partial(self._look, account_id, bare)
            self.pli.chore(work, group="ways", exclusive=True)

    async def _look(self, account_id: AccountId, written: Draft) -> None:
        found = await self.pli.desk.directory(ways_of, account_id, written, self.pli.now())
        if is_there(self) and self._asked == (account_id, written):
            self.found = found
            self._show()

    async def now(self, account_id: AccountId, written: Draft) -> Found:
        """The ways of the letter as it is about to leave."""
        at = self.pli.now()
        self.found = await self.pli.desk.directory(ways_of, account_id, written, at)
        self._show()
        return self.found

    def _show(self) -> None:
        ways = _lines(self.found, self.how.non_medical)
        # Where somebody is refused, that comes first.
        ways = ways + self._lacking() if self.found.refused else self._lacking() + ways
        lines = [self._how(), *ways]
        self.say(Plain("\n".join(lines)))

    def _how(self) -> Plain:
        always = self.found.always_signs
        signs = "always" if always else "yes" if self.how.sign else "no"
        seals = "sealed" if self.how.was_sealed else "yes" if self.how.seal else "no"
        signed, sealed = sentence(f"tui.ways.{signs}"), sentence(f"tui.ways.{seals}")
        could, of = self.found.sealable, len(self.found.routes)
        if seals == "no" and could and self.found.has_key:
            key = "tui.ways.could_all" if could == of else "tui.ways.could_some"
            sealed = sentence(key, n=could, of=of)
        asks = sentence(f"tui.ways.{'yes' if self.how.receipt else 'no'}")
        words = said("tui.ways.how", signed=signed, sealed=sealed, receipt=asks)
        if not self.how.answer_by:
            return words
        at, tell = long_date(self.how.answer_by), self.how.tell
        if tell:
            return said("tui.ways.answer_by_or_tell", how=words, at=at, tell=tell)
        return said("tui.ways.answer_by", how=words, at=at)

    def _lacking(self) -> list[Plain]:
        code = lacking_key(self.found, self.how)
        return [Plain(f"× {said(code)}")] if code else []


def _lines(found: Found, non_medical: str) -> list[Plain]:
    """Of those that are refused, how many and why the first is; then those who get it in clear,
    then the others: what matters most is what is left when there is no room."""
    refused = found.refused
    reached = [one for one in found.routes if one.way is not Way.REFUSED]
    lines = [said("tui.ways.refused", n=len(refused))] if len(refused) > 1 else []
    lines += [_line(one, found, non_medical) for one in refused[:1]]
    for exposed, more in ((True, "tui.ways.more_exposed"), (False, "tui.ways.more")):
        alike = [one for one in reached if (one.way in SIGNS) is exposed]
        # Nobody is counted alone: a line more takes no more room.
        most = len(alike) if len(alike) == MOST_LINES + 1 else MOST_LINES
        lines += [_line(one, found, non_medical) for one in alike[:most]]
        lines += [said(more, n=len(alike) - most)] if len(alike) > most else []
    return lines


def _line(one: Route, found: Found, non_medical: str) -> Plain:
    words: Sequence[str] = [
        route_words.line(one, found.space, non_medical=non_medical),
        *(route_words.remark(code, one, account=_name(one, found)) for code in one.remarks),
    ]
    offer = [sentence("tui.ways.replace")] if one.offers else []
    return plain_words(f"{SIGNS.get(one.way, '✓')} {' '.join([*words, *offer])}")


def _name(one: Route, found: Found) -> str:
    return dict(found.names).get(one.account_id, str(NOTHING))

"""Sentences for a route: what is said before a letter leaves, by the screen and the commands."""

from __future__ import annotations

from collections.abc import Iterable

from store.host.clock import local
from store.model.route import Route, TrustSpace, Way
from store.model.submission import EmailSubmission, Recipient, SubmissionState
from store.plain import NOTHING, Plain, said
from store.routing.domains import domain_of


def line(route: Route, space: TrustSpace, *, non_medical: str = "") -> Plain:
    """One line for one recipient: by which way, or why not."""
    if route.way is Way.REFUSED:
        return said("route.line_refused", email=route.email, reason=refusal(route))
    way = said(
        f"route.way.{route.way.value}",
        domain=domain_of(route.email),
        date=list_date(space),
        reason=non_medical,
    )
    return said("route.line", email=route.email, way=way)


def refusal(route: Route) -> Plain:
    """Why it may not leave, and what would work."""
    why = said(route.reason, domain=domain_of(route.email), resembles=route.resembles)
    if not route.offers:
        return why
    return Plain(f"{why} {said('route.offers', offers=', '.join(route.offers))}")


def remark(code: str, route: Route, *, account: str) -> Plain:
    """What a person should know all the same."""
    return said(code, domain=domain_of(route.email), resembles=route.resembles, account=account)


def way_of(recipient: Recipient) -> Plain:
    """By which way it leaves for somebody, in a word or two; nothing when it is not known."""
    return said(f"route.short.{recipient.way.value}") if recipient.way else NOTHING


def together(one: EmailSubmission, among: Iterable[EmailSubmission]) -> list[EmailSubmission]:
    """The messages that one letter became, in the order they were made; the one alone for itself.

    Each account's own Message-ID names the letter, so it is shared by its messages only.
    """
    if not one.letter:
        return [one]
    return sorted((each for each in among if each.letter == one.letter), key=lambda each: each.id)


def place_in_letter(one: EmailSubmission, among: Iterable[EmailSubmission]) -> Plain:
    """Which message of a letter it is: ` 1/2`; nothing for one alone."""
    messages = [each.id for each in together(one, among)]
    return Plain(f" {messages.index(one.id) + 1}/{len(messages)}" if len(messages) > 1 else "")


def withdrawn(one: EmailSubmission, among: Iterable[EmailSubmission]) -> Plain:
    """What is said once it is: never that a whole letter is when only a part of it was, nor that
    one is that may have left."""
    others = [each for each in together(one, among) if each.id != one.id]
    left = [str(each.id) for each in others if each.state is not SubmissionState.CANCELED]
    if left:
        return said("outbox.canceled_one", ids=", ".join(left))
    return said("outbox.held_left_one" if one.copied_at else "outbox.canceled_now")


def list_date(space: TrustSpace) -> str:
    """The day of the white list; '…' before the first."""
    at = space.published_at or space.imported_at
    return "…" if at is None else local(at).strftime("%d/%m/%Y")

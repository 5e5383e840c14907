"""Sentences for a route: what is said before a letter leaves, by the screen and the commands."""

from __future__ import annotations

from store.host.clock import local
from store.model.route import Route, TrustSpace, Way
from store.plain import Plain, said
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


def list_date(space: TrustSpace) -> str:
    """The day of the white list; '…' before the first."""
    at = space.published_at or space.imported_at
    return "…" if at is None else local(at).strftime("%d/%m/%Y")

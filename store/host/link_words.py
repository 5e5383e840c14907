"""The line in words: sizes, money, and what a budget keeps. One wording for screen and commands."""

from __future__ import annotations

from store.host import clock
from store.host.i18n import sentence
from store.model.link import Hold, Limit, LinkPrice

KILO, MEGA, GIGA = 1_000, 1_000_000, 1_000_000_000
"""Thousands, as those who bill them count."""
MILLION = 1_000_000


def octets_words(octets: int) -> str:
    """'812 o', '48,2 ko', '1,2 Mo', '3,4 Go'."""
    for unit, key in ((GIGA, "link.size.giga"), (MEGA, "link.size.mega"), (KILO, "link.size.kilo")):
        if octets >= unit:
            return sentence(key, n=decimal_words(octets / unit, 1))
    return sentence("link.size.octets", n=octets)


def decimal_words(number: float, places: int) -> str:
    """'1,2' or '1.2'."""
    return f"{number:.{places}f}".replace(".", sentence("link.decimal"))


def money_words(millionths: int, currency: str) -> str:
    """'1,25 €'."""
    return f"{decimal_words(millionths / MILLION, 2)} {currency}".rstrip()


def seconds_words(seconds: int) -> str:
    """'40 s', '12 min', '3 h'."""
    for unit, key in ((3_600, "link.hours"), (60, "link.minutes")):
        if seconds >= 2 * unit:
            return sentence(key, n=round(seconds / unit))
    return sentence("link.seconds", n=max(1, seconds))


def cost_words(octets: int, price: LinkPrice) -> str:
    """'78,2 ko, 40 s, 0,02 €': what is known of it."""
    known = [octets_words(octets)]
    if price.octets_per_second is not None:
        known.append(seconds_words(octets // price.octets_per_second))
    if price.per_megabyte is not None:
        known.append(money_words(-(-octets * price.per_megabyte // MEGA), price.currency))
    return ", ".join(known)


def hold_words(hold: Hold) -> str:
    """What keeps letters from coming, until when, and how many."""
    until = clock.local(hold.until_at)
    if hold.reason is Limit.MONTH:
        at = f"{until:%d/%m}"
    else:
        at = sentence("link.midnight") if until.hour == 0 else f"{until:%H:%M}"
    return sentence(f"link.hold.{hold.reason.value}", at=at, n=hold.waiting)

"""How long something has waited, as a person says it: "765 h" says less than "4 weeks"."""

from __future__ import annotations

from store.host.i18n import sentence

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7 * 86_400


def age_words(seconds: int) -> str:
    """'depuis 3 h', 'depuis 5 jours', 'depuis 4 semaines'; never more than has passed."""
    seconds = max(0, seconds)  # a clock was set back
    if seconds < HOUR:
        return sentence("age.minutes", n=seconds // MINUTE)
    if seconds < 2 * DAY:
        return sentence("age.hours", n=seconds // HOUR)
    if seconds < 2 * WEEK:
        return sentence("age.days", n=seconds // DAY)
    return sentence("age.weeks", n=seconds // WEEK)

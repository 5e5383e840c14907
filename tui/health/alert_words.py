"""What must be seen, in words: for the line above the letters, the list of it, `pli --flat`."""

from __future__ import annotations

from store.health_words import day_words, patient_words
from store.host.i18n import sentence
from store.model.health import Alert, Value
from tui.health.rows import SIGNS, flag_words, range_words
from tui.plain import Plain, fit_words, plain_words
from tui.widgets.line_list import BOLD, PLAIN, Piece


def how_many(grave: int, others: int) -> Plain:
    """'! 2 résultats à voir maintenant, 3 hors normes'."""
    told = []
    if grave:
        told.append(sentence("alert.grave_one" if grave == 1 else "alert.grave_many", n=grave))
    if others and grave:
        told.append(sentence("alert.beside", n=others))
    elif others:
        told.append(sentence("alert.others_one" if others == 1 else "alert.others_many", n=others))
    return plain_words(", ".join(told))


def value_words(value: Value, *, spoken: bool = False) -> str:
    """'Potassium 6.9 mmol/L ▲▲ (3.5 - 5.1)'; words in place of signs where it is spoken."""
    judged = flag_words(value.abnormality) if spoken else SIGNS.get(value.abnormality, "")
    told = " ".join(filter(None, (value.label, value.value, value.unit, judged)))
    limits = range_words(value.low, value.high)
    return f"{told} ({limits})" if limits else told


def gravest(alert: Alert) -> Value | None:
    """The value it is about: what must be seen now first."""
    found = [each for each in alert.results if each.abnormality.is_alert]
    return next(iter([*found, *alert.results]), None)


def alert_words(alert: Alert, *, spoken: bool = False) -> Plain:
    """'DURAND Martin 12/03/1960 M : Potassium 6.9 mmol/L ▲▲ (3.5 - 5.1)'."""
    who = patient_words(alert.patient) if alert.patient else sentence("health.nobody_short")
    one = gravest(alert)
    what = (
        value_words(one, spoken=spoken)
        if one
        else alert.document.title or sentence("document.untitled")
    )
    if alert.document.superseded_how is not None:
        what = sentence("health.marked_superseded", title=what)
    return plain_words(sentence("health.fact", label=who, words=what))


def alert_pieces(alert: Alert, width: int) -> list[Piece]:
    """'! ' before what is to be seen now; '△' before the others; its day."""
    sign = (
        "×"
        if alert.document.superseded_how is not None
        else "!"
        if alert.document.worst.is_alert
        else "△"
    )
    day = f"{day_words(alert.document.day)} "
    words = fit_words(Plain(f"{sign} {plain_words(day)}{alert_words(alert)}"), width)
    return [(words, BOLD if alert.document.worst.is_alert else PLAIN)]

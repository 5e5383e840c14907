"""When a document was made, and the day it tells of; its letter's where it does not say. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime

from store.model.document import HealthDocument

WHOLE_DAY = len("2026-11-24")


def made_at(document: HealthDocument, sent_at: int) -> int:
    """Unix seconds. Of one that says only the day, the letter's time where it left on that day."""
    said = document.created_at
    if said is None:
        return sent_at
    if said.at is not None:
        return said.at
    day = _whole(said.day)
    if day is None or _day(sent_at) == said.day:
        return sent_at
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def day_of(document: HealthDocument, sent_at: int) -> str:
    """'2026-11-24': when what it tells of was done, else when it was made, else of the letter."""
    for said in (document.service_at, document.created_at):
        if said is not None and _whole(said.day) is not None:
            return said.day
    return _day(sent_at)


def _day(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""  # a Date header may say anything


def _whole(day: str) -> date | None:
    if len(day) != WHOLE_DAY:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None

"""What the guard must know of a letter being written: never a word of it. Pure."""

from __future__ import annotations

from store.model.draft import Draft
from store.model.route import Content


def content_of(written: Draft) -> Content:
    """What it says of its way, and whether it carries what concerns somebody."""
    quotes = any(line.startswith(">") for line in written.body.splitlines())
    return Content(
        seal=written.seal,
        was_sealed=written.was_sealed,
        documents=bool(written.attachments) or quotes,
        patient=written.patient,
        non_medical=written.non_medical,
    )


def recipients_of(written: Draft) -> tuple[str, ...]:
    """Whom it is for: the envelope's addr-specs."""
    return tuple(each.email for each in (*written.to, *written.cc, *written.bcc))


def hidden_in(written: Draft) -> tuple[str, ...]:
    """Those whom the others must not learn of; an address that stands in the open is not hidden."""
    seen = {each.email.casefold() for each in (*written.to, *written.cc)}
    return tuple(each.email for each in written.bcc if each.email.casefold() not in seen)

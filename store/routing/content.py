"""What the guard must know of a letter being written: never a word of it. Pure."""

from __future__ import annotations

from store.model.draft import Draft
from store.model.route import Content
from store.routing.domains import PATIENTS


def content_of(written: Draft) -> Content:
    """What it says of its way, and whether it carries what concerns somebody."""
    quotes = any(line.startswith(">") for line in written.body.splitlines())
    about = written.health
    return Content(
        seal=written.seal,
        was_sealed=written.was_sealed,
        documents=bool(written.attachments) or quotes or about is not None,
        patient=about.qualified_ins if about else written.patient,
        non_medical=written.non_medical,
    )


def recipients_of(written: Draft) -> tuple[str, ...]:
    """Whom it is for: the envelope's addr-specs."""
    return tuple(each.email for each in (*written.to, *written.cc, *written.bcc))


def patients_mailbox(written: Draft) -> str:
    """Where the patient's own letter goes; '' when they are to have none, or cannot."""
    about = written.health
    if about is None or not (about.to_patient and about.qualified_ins):
        return ""
    return f"{about.qualified_ins}@{PATIENTS}"


def hidden_in(written: Draft) -> tuple[str, ...]:
    """Those whom the others must not learn of; an address that stands in the open is not hidden."""
    seen = {each.email.casefold() for each in (*written.to, *written.cc)}
    return tuple(each.email for each in written.bcc if each.email.casefold() not in seen)

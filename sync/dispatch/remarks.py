"""What a person should know of a document that leaves all the same. Pure."""

from __future__ import annotations

from store.db.health_wishes import Said
from sync.dispatch.facts import Built


def remarks_of(built: Built) -> tuple[Said, ...]:
    """Codes, and what their sentences are filled with; store/dispatch_words.py says them."""
    found: list[Said] = [(code, ()) for code in built.remarks]
    if built.not_coded is not None:
        found.append(("dispatch.not_coded", (("why", built.not_coded.value),)))
    if built.pdf is not None and built.pdf.findings:
        names = ", ".join(each.value for each in built.pdf.findings)
        found.append(("dispatch.pdf_not_a1", (("found", names),)))
    return tuple(found)

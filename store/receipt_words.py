"""Whether somebody is told that their letter was read: the question, in words."""

from __future__ import annotations

from store.db.asked import ReceiptAsked
from store.plain import Plain, said


def question_words(asked: ReceiptAsked) -> Plain:
    """Who asks, of which letter, and where the receipt would go: perhaps elsewhere."""
    if asked.filing == "":
        code = "receipt.question.filed"
    else:
        code = "receipt.question" if asked.filing is None else "receipt.question.not_filed"
    return said(code, sender=asked.sender, subject=asked.subject, to=asked.asks_to)

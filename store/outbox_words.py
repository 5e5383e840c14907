"""What became of a letter after it left, in sentences: for the screen and the command line alike.

Who says it is always said with it: a server, the reader's software, the reader. Nobody can forge
what the screen says, only be quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from store.db.answers import AnswerWanted, answer_wanted
from store.db.evidence import own_copy_seen
from store.db.open import Connection
from store.db.reports import reports_of
from store.host.i18n import sentence
from store.model.account import SentBy
from store.model.ids import SubmissionId
from store.model.receipt import Fate, Report
from store.model.submission import (
    EmailSubmission,
    Recipient,
    RecipientState,
    SentCopy,
    SubmissionState,
)
from store.plain import Plain, plain_words, said

When = Callable[[int], str]
"""A time as whoever shows it writes it."""
UNANNOUNCED = (SubmissionState.QUEUED, SubmissionState.DEFERRED)


@dataclass(frozen=True, slots=True)
class After:
    """What is known of one letter beside its row."""

    reports: tuple[Report, ...] = ()
    wanted: AnswerWanted | None = None
    copy_seen: bool = False
    """Whether a copy lies in one of our own mailboxes."""


def after(db: Connection, submission_id: SubmissionId) -> After:
    """Read it."""
    return After(
        tuple(reports_of(db, submission_id)),
        answer_wanted(db, submission_id),
        own_copy_seen(db, submission_id),
    )


def retried(row: EmailSubmission, when: When, *, now: int) -> Plain:
    """When a letter leaves that a person has said to leave again."""
    if row.send_at > now:
        return said("outbox.retried_later", at=when(row.send_at))
    return said("outbox.retried")


def of_fate(row: EmailSubmission) -> Plain | None:
    """What an accepted letter has become, in a few words; None while nothing more is known."""
    if row.state is not SubmissionState.ACCEPTED:
        return None
    if row.troubled == 1:
        return said("outbox.troubled_one")
    if row.troubled:
        return said("outbox.troubled_several", n=row.troubled)
    fates = {r.fate for r in row.recipients}
    (fate,) = fates if len(fates) == 1 else (Fate.NONE,)
    return said(f"fate.{fate.value}") if fate else None


def of_recipient(recipient: Recipient, when: When, *, awaited: bool = False) -> Plain:
    """Where one recipient stands; `awaited` when the answer to the letter's dot is on its way."""
    doubtful = recipient.state is RecipientState.UNCERTAIN
    words = sentence(f"recipient.{'awaited' if awaited and doubtful else recipient.state.value}")
    if recipient.is_given_up:
        words = sentence("recipient.given_up")
    if recipient.fate:
        words = sentence(f"fate.{recipient.fate.value}")
        if recipient.fate_at is not None:
            words = f"{words} {when(recipient.fate_at)}"
    return plain_words(words)


def notes(row: EmailSubmission, known: After, when: When, *, now: int) -> Iterator[Plain]:
    """All that is worth saying of a letter beside where it stands."""
    if row.state in UNANNOUNCED and row.send_at > now:
        seconds = row.send_at - now
        soon = seconds <= 600
        yield (
            said("outbox.leaves_in", n=seconds)
            if soon
            else said("outbox.leaves_at", at=when(row.send_at))
        )
        if row.moved_seconds:
            yield said("outbox.clock_leapt", at=when(row.send_at - row.moved_seconds))
    if row.is_asked:
        yield (
            said("outbox.copied.seen")
            if known.copy_seen
            else said(
                "outbox.copied.not_seen" if row.looks else "outbox.copied.looking", n=row.looks
            )
        )
    elif row.shown_state is SubmissionState.UNCERTAIN:
        if row.next_look_at > now:
            yield said("outbox.next_look", n=row.looks, at=when(row.next_look_at))
        else:
            yield said("outbox.looking", n=row.looks)
        if row.source == "drop" and row.repeats == 0 and row.proof_asked:
            yield said("outbox.may_repeat")
    if row.repeats:
        yield said("outbox.repeated")
    if row.settled_by:
        yield said(f"outbox.settled_by.{row.settled_by}")
    awaited = row.sent_copy is SentCopy.TODO and row.sent_by is not SentBy.APPEND
    if awaited and row.state is SubmissionState.ACCEPTED:
        yield said(f"outbox.copy_awaited.{row.sent_by.value}")
    if known.wanted is not None:
        yield _answer(known.wanted, when)


def _answer(wanted: AnswerWanted, when: When) -> Plain:
    if wanted.is_answered:
        return said("outbox.answered")
    if wanted.told_at is None:
        return said("outbox.answer_by", at=when(wanted.until_at))
    if wanted.tell:
        return said("outbox.unanswered_told", at=when(wanted.until_at), tell=wanted.tell)
    return said("outbox.unanswered_since", at=when(wanted.until_at))


def of_report(report: Report, when: When) -> Plain:
    """Who said what, when, and whether it is believed."""
    words = sentence(
        f"report.{report.kind.value}",
        what=sentence(f"report.said.{report.outcome.value}"),
        by=report.said_by,
        at=when(report.at),
    )
    why = " ".join(filter(None, (report.error or report.status, report.explanation)))
    words += f" ({why})" if why else ""
    if not report.is_believed:
        words = sentence("report.not_believed", words=words)
    return plain_words(words)

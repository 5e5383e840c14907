"""What stands in the outbox, and all that is said of one of them: no screen, sentences only."""

from __future__ import annotations

from dataclasses import dataclass

from store import outbox_words, reasons
from store.db.draft_copies import Kept, where_kept
from store.db.drafts import draft, drafts, drafts_waiting
from store.db.open import Connection
from store.db.submissions import outbox
from store.model.account import Account
from store.model.draft import Draft
from store.model.ids import DraftId
from store.model.submission import EmailSubmission, Recipient, RecipientState, SubmissionState
from store.outbox_words import After
from store.route_words import way_of
from tui.plain import Plain, plain_words, said
from tui.when import lately, long_date

AGAIN = (SubmissionState.UNCERTAIN, SubmissionState.REFUSED, SubmissionState.DEFERRED)
"""What may leave once more if a person says so."""
NOTHING_MORE = After()


@dataclass(frozen=True, slots=True)
class Written:
    """A draft: unfinished, or told to leave and not frozen yet."""

    id: DraftId
    draft: Draft
    kept: Kept
    send_at: int | None
    error: str


Entry = Written | EmailSubmission


def entries(db: Connection) -> list[Entry]:
    """Drafts first, then submissions, the newest first."""
    waiting = {draft_id: (at, error) for draft_id, at, error in drafts_waiting(db)}
    written: list[Entry] = [
        Written(
            draft_id,
            draft(db, draft_id)[1],
            where_kept(db, draft_id),
            *waiting.get(draft_id, (None, "")),
        )
        for draft_id in [*waiting, *drafts(db)]
    ]
    return [*written, *outbox(db)]


def idle_keys(entry: Entry | None, known: After, *, now: int) -> frozenset[str]:
    """The keys, by the names of their actions, that do nothing to this letter."""
    if entry is None:
        return frozenset({"cancel", "retry", "send_now"})
    if isinstance(entry, Written):
        stands = entry.send_at is None or entry.error
        return frozenset({"retry", "send_now"} if stands else {"retry"})
    waits = entry.state is SubmissionState.QUEUED and entry.send_at > now
    again = entry.shown_state in AGAIN or entry.returns
    useless = {
        "cancel": not _can_be_let_go(entry, known),
        "retry": not again,
        "send_now": not waits,
    }
    return frozenset(name for name, idle in useless.items() if idle)


def _can_be_let_go(entry: EmailSubmission, known: After) -> bool:
    """Whether it may still be withdrawn, or a person may say to have seen what went wrong."""
    match entry.state:
        case SubmissionState.DEFERRED:
            return True
        case SubmissionState.QUEUED:
            return all(r.state is not RecipientState.ACCEPTED for r in entry.recipients)
        case SubmissionState.ACCEPTED:
            return bool(entry.troubled or entry.left_out or known.wanted)
        case _:
            return entry.state is SubmissionState.REFUSED or entry.is_asked


def about(
    entry: Entry, sender: Account | None = None, known: After = NOTHING_MORE, *, now: int = 0
) -> Plain:
    """Everything known of one letter, in sentences; `sender` is the account it leaves by."""
    if isinstance(entry, Written):
        if entry.error:
            return reasons.of_draft(entry.error)
        if entry.send_at is None:
            return said(f"tui.outbox.draft.{entry.kept.value}")
        return said("tui.outbox.writing.explained", at=lately(entry.send_at, now))
    lines = [reasons.of_state_explained(entry)]
    if entry.last_error and entry.state is not SubmissionState.ACCEPTED:
        lines.append(reasons.of_submission(entry.last_error, sender))
    if entry.state is SubmissionState.DEFERRED:
        lines.append(said("tui.outbox.next_try", at=lately(entry.next_attempt_at, now)))
    lines += outbox_words.notes(entry, known, long_date, now=now)
    for recipient in entry.recipients:
        lines += [
            _about_recipient(recipient, entry.answer_awaited),
            *_reports(known, recipient.email),
        ]
    lines += _reports(known, "")
    if entry.letter:
        lines.append(said("outbox.one_of_several"))
    return Plain("\n".join(line for line in lines if line))


def _about_recipient(recipient: Recipient, awaited: bool) -> Plain:
    state = outbox_words.of_recipient(recipient, long_date, awaited=awaited)
    words = f"  {said('tui.said_of', who=recipient.email, words=state)}"
    words += f", {way_of(recipient)}" if recipient.way else ""
    if recipient.reply:
        words += f" ({recipient.code or ''} {recipient.reply})"
    return plain_words(words)


def _reports(known: After, email: str) -> list[Plain]:
    words = (outbox_words.of_report(r, long_date) for r in known.reports if r.email == email)
    return [plain_words(f"    {each}") for each in words]

"""The outbox's decisions: who is next, when, and what an attempt leaves behind. Pure.

SMTP cannot deliver exactly once: between the final dot and its answer a letter belongs to both
sides (RFC 1047). So the outbox promises something else, and keeps it:

* no letter is lost: its octets are on disk before anything is said, and stay there;
* no letter is repeated in silence while it may have arrived: before the final dot leaves, the
  row says *uncertain*, on disk; evidence or a person takes it out of there, or, for a document
  of the drop folder, half an hour of looking in vain; then the row says that it left twice;
* a repeat sends the same octets under the same Message-ID, to the recipients that remain only.

Everything follows from one fact of the protocol: a server that has not seen the final dot (or
BDAT LAST) must throw the letter away. A cut before it is "not accepted", a cut after it is a
doubt. `docs/outbox.md` draws `TRANSITIONS`; a test redraws it and fails when the two differ.

A submission's state is a sum of its recipients: one in doubt makes it uncertain; else one still
to be tried makes it deferred; else one accepted makes it accepted; else it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from store.errors import MailError
from store.model.submission import NO_ANSWER, Recipient, RecipientState, SubmissionState
from sync.submit.reply import Command, Reply, Verdict, goes_on, verdict

S, R = SubmissionState, RecipientState
CUT, STALLED, GARBLED = "submission.cut", "submission.stalled", "submission.garbled"
INTERRUPTED = "submission.interrupted"
STUMBLED, MOST_STUMBLES = "submission.stumbled", 3
DAMAGED = "submission.damaged"


class Event(StrEnum):
    """What happens to a submission."""

    BEGIN = "begin"
    """An attempt starts; nothing is said yet."""
    DOT = "dot"
    """The final dot is about to leave."""
    ACCEPT = "accept"
    """Nobody remains to be tried and somebody has it: a 250, or evidence later."""
    DEFER = "defer"
    """Somebody remains to be tried: 4xx, a cut before the dot, a partial acceptance."""
    REFUSE = "refuse"
    """Nobody remains to be tried and nobody has it."""
    DIE = "die"
    """The node starts and finds it so, it died during an attempt; or it was told to stop in one."""
    CANCEL = "cancel"
    """The person withdraws it, or lets go of a refused one; only while nobody has it. In doubt,
    only what waited in a copy: somebody who knows that it left says so."""
    GIVE_UP = "give up"
    """The person no longer wants it for whoever remains; others have it."""
    RETRY = "retry"
    """The person says: again, the same octets."""
    COPY = "copy"
    """The store proves to be a copy of one that may have sent it (store/db/copied.py)."""
    REPEAT = "repeat"
    """The same of a document of the drop folder that was long looked for (sync/submit/hunt.py)."""


TRANSITIONS: Mapping[SubmissionState, Mapping[Event, SubmissionState]] = {
    S.QUEUED: {Event.BEGIN: S.SENDING, Event.CANCEL: S.CANCELED, Event.COPY: S.UNCERTAIN},
    S.SENDING: {
        Event.DOT: S.UNCERTAIN,
        Event.ACCEPT: S.ACCEPTED,
        Event.DEFER: S.DEFERRED,
        Event.REFUSE: S.REFUSED,
        Event.DIE: S.QUEUED,
        Event.COPY: S.UNCERTAIN,
    },
    S.UNCERTAIN: {
        Event.ACCEPT: S.ACCEPTED,
        Event.DEFER: S.DEFERRED,
        Event.REFUSE: S.REFUSED,
        Event.DIE: S.UNCERTAIN,
        Event.RETRY: S.QUEUED,
        Event.REPEAT: S.QUEUED,
        Event.COPY: S.UNCERTAIN,
        Event.CANCEL: S.CANCELED,
    },
    S.DEFERRED: {
        Event.BEGIN: S.SENDING,
        Event.CANCEL: S.CANCELED,
        Event.GIVE_UP: S.ACCEPTED,
        Event.RETRY: S.QUEUED,
        Event.COPY: S.UNCERTAIN,
    },
    S.REFUSED: {Event.RETRY: S.QUEUED, Event.CANCEL: S.CANCELED},
    S.ACCEPTED: {},
    S.CANCELED: {Event.RETRY: S.QUEUED},
}


def follow(state: SubmissionState, event: Event) -> SubmissionState:
    """Where `event` leads from `state`.

    Raises:
        MailError: `submission.impossible`, our own bug: that cannot happen there.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise MailError("submission.impossible", state=state, event=event) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission:
    """What both sides said in one mail transaction; None where nothing was heard."""

    mail: Reply | None = None
    recipients: Mapping[str, Reply] = field(default_factory=dict)
    """Address as asked -> the reply to its RCPT."""
    copied: bool | None = None
    """Whether our own mailbox was taken as one more recipient; None where that was not asked."""
    reports: bool = False
    """True when the server was asked to report what becomes of it, and knows how (RFC 3461)."""
    data: Reply | None = None
    """To DATA, or to a BDAT that is not the last."""
    chunk: bool = False
    """True when `data` answers BDAT."""
    dotted: bool = False
    """True once the final dot may have left."""
    final: Reply | None = None
    """To the final dot or BDAT LAST."""
    broken: str = ""
    """Code of why the conversation ended early; '' when it was whole."""

    def accepted_at_rcpt(self) -> tuple[str, ...]:
        """The recipients the final dot would be for."""
        return tuple(
            email
            for email, reply in self.recipients.items()
            if verdict(reply, Command.RCPT) is Verdict.ACCEPTED
        )

    def ready_for_dot(self) -> bool:
        """True when the whole letter is over there and only the dot is missing."""
        return (
            not self.broken
            and self.mail is not None
            and verdict(self.mail, Command.MAIL) is Verdict.ACCEPTED
            and self.data is not None
            and goes_on(self.data, chunk=self.chunk)
            and bool(self.accepted_at_rcpt())
        )

    def whole(self) -> bool:
        """True when the server took the letter: nothing of the transaction is left over there."""
        return self.final is not None and self.final.code // 100 == 2

    def may_go_on(self) -> bool:
        """True when RSET can clear what is left over there: no cut, no 421, no letter half said."""
        replies = (self.mail, *self.recipients.values(), self.data, self.final)
        closing = any(reply is not None and reply.code == 421 for reply in replies)
        waiting_for_the_letter = self.data is not None and self.data.code == 354 and not self.final
        return not (self.broken or closing or waiting_for_the_letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an attempt leaves behind."""

    event: Event | None
    """None when the submission stays where it is: uncertain."""
    recipients: tuple[Recipient, ...]
    """All of them, as they are now."""
    code: str
    """'' when nobody remains and somebody has it."""
    reply: str = ""
    """The server's words that decided."""
    proof_asked: bool = False
    """True when a server that took it shows so."""
    copied: bool | None = None
    """See `Transmission`."""


def judge(said: Transmission, recipients: Iterable[Recipient], *, attempt: int, at: int) -> Outcome:
    """What a transaction leaves behind, recipient by recipient.

    Args:
        recipients: the submission's, as they stood when the attempt began.
        attempt: how many times the letter has been tried, this one included.
        at: when it ended, Unix seconds UTC.
    """
    after = tuple(_settled(r, said, attempt, at) for r in recipients)
    event = event_of(after)
    reply = "" if event is None else _words_against(after) or str(said.final or "")
    return Outcome(
        event=event,
        recipients=after,
        code=NO_ANSWER if event is None else _code(event, said),
        reply=reply,
        proof_asked=bool(said.copied or said.reports),
        copied=said.copied,
    )


def hopeless(recipients: Iterable[Recipient], code: str) -> Outcome:
    """We will not even try: everybody who remains is refused, by us."""
    after = tuple(replace(r, state=R.REFUSED) if remains(r) else r for r in recipients)
    return Outcome(event=event_of(after), recipients=after, code=code)


def stumbled(recipients: Iterable[Recipient], times: int) -> Outcome:
    """Our own bug ended the attempt before the dot: it may be this letter, or the moment. A letter
    over which we stumble each time is for a person."""
    if times >= MOST_STUMBLES:
        return hopeless(recipients, STUMBLED)
    return Outcome(event=Event.DEFER, recipients=tuple(recipients), code=STUMBLED)


def remains(recipient: Recipient) -> bool:
    """True for a recipient that a further attempt is for."""
    return recipient.state in (R.TODO, R.DEFERRED)


def event_of(recipients: Iterable[Recipient]) -> Event | None:
    """The sum of the recipients; None when somebody is in doubt."""
    states = {r.state for r in recipients}
    if R.UNCERTAIN in states:
        return None
    if states & {R.TODO, R.DEFERRED}:
        return Event.DEFER
    return Event.ACCEPT if R.ACCEPTED in states else Event.REFUSE


def _settled(recipient: Recipient, said: Transmission, attempt: int, at: int) -> Recipient:
    if not remains(recipient):
        return recipient
    deciding = _deciding(recipient, said, attempt)
    if deciding is None:
        in_doubt = said.dotted and recipient.email in said.accepted_at_rcpt()
        return replace(recipient, state=R.UNCERTAIN, at=at) if in_doubt else recipient
    reply, state = deciding
    return replace(recipient, state=R(state.value), code=reply.code, reply=reply.text, at=at)


def _deciding(
    recipient: Recipient, said: Transmission, attempt: int
) -> tuple[Reply, Verdict] | None:
    """The reply that decides for one recipient; None when none does."""
    path = [
        (Command.MAIL, said.mail),
        (Command.RCPT, said.recipients.get(recipient.email)),
        (Command.DATA, _stopped_at_data(said)),
    ]
    for command, reply in path:
        if reply is None:
            continue
        found = verdict(reply, command, attempt)
        # A chunk that goes on, like an accepted MAIL or RCPT, decides nothing yet.
        if found in (Verdict.DEFERRED, Verdict.REFUSED):
            return reply, found
    if said.final is None or recipient.email not in said.accepted_at_rcpt():
        return None
    found = verdict(said.final, Command.DOT, attempt)
    return None if found is None else (said.final, found)


def _stopped_at_data(said: Transmission) -> Reply | None:
    if said.data is None or goes_on(said.data, chunk=said.chunk):
        return None
    return said.data


def _words_against(recipients: tuple[Recipient, ...]) -> str:
    """What was said to the first recipient that was not accepted; '' when nothing was."""
    for r in recipients:
        if r.state in (R.REFUSED, R.DEFERRED) and r.code is not None:
            return f"{r.code} {r.reply}".rstrip()
    return ""


def _code(event: Event, said: Transmission) -> str:
    if event is Event.ACCEPT:
        return ""
    if event is Event.REFUSE:
        return "submission.refused"
    return said.broken or "submission.deferred"


def found_at_start(phase: str) -> SubmissionState:
    """What a submission whose attempt never ended is, the next time the node starts.

    Args:
        phase: how far the attempt went: 'envelope' before the dot, 'dot' from just before it.
    """
    return follow(S.UNCERTAIN if phase == "dot" else S.SENDING, Event.DIE)

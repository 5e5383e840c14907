"""What a letter that came in says of ours, and what it asks of us. Pure.

A report proves that whoever wrote it knew the name of our letter, and no more: the name is random,
so they received it, or carried it. Hence three rules. What they are *not* about is kept and shown,
and changes nothing: what a reader's software says is believed from that reader's domain. A
report can only add; none takes an acceptance back, and none makes a letter leave again. A letter
we do not know is nobody's business.

A report of a mail server comes from an address that proves nothing. Its alarm is believed, because
that is worth looking at; its good news where it knows the ENVID, a random name that the servers on
the way are told and that stands in no letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.model.email import DerivedEmail
from store.model.receipt import Outcome, Receipt, ReceiptKind, Report
from store.model.submission import EmailSubmission
from sync.documents.receipts import read_receipts
from sync.mime.addresses import read_addresses
from sync.mime.header import end_of_header

MOST_REFERENCES = 5
"""A letter that answers ours names it among the last ones it is an answer to."""
MOST_WORDS = 500
GOOD_NEWS = (Outcome.DELIVERED, Outcome.RELAYED)
FIELD = re.compile(
    rb"^(auto-submitted|list-id|list-unsubscribe|precedence|return-path|original-recipient"
    rb"|disposition-notification-to|x-auto-?reply|x-autorespond):[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)",
    re.MULTILINE | re.IGNORECASE,
)
SENT_IN_BULK = (b"bulk", b"list", b"junk", b"auto_reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A letter that asks to be told when it was read."""

    asks_to: str
    return_path: str
    """'' when the letter does not show it."""
    original_recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one letter says."""

    receipts: tuple[Receipt, ...] = ()
    answers: tuple[str, ...] = ()
    """Message-IDs of what a person answers with it, the nearest first."""
    asked: Asked | None = None


NOTHING = Heard()


def hear(octets: bytes, found: DerivedEmail, *, is_whole: bool) -> Heard:
    """What a letter says of ours. Of one that is not whole only its header is heard.

    Args:
        octets: the letter, or its beginning with the whole header.
        found: what was derived from it.
    """
    receipts = read_receipts(octets) if is_whole else ()
    end, _ = end_of_header(octets, 0, len(octets))
    fields = _fields(octets[:end])
    by_machine = fields.get(b"auto-submitted", b"no").strip().lower() != b"no"
    if receipts or by_machine:
        return Heard(receipts=receipts) if receipts else NOTHING
    named = [] if _is_away(fields) else [found.in_reply_to, *reversed(found.references)]
    answers = tuple(dict.fromkeys(name for name in named if name))[:MOST_REFERENCES]
    return Heard(answers=answers, asked=_asked(fields)) if answers or fields else NOTHING


def _fields(header: bytes) -> dict[bytes, bytes]:
    """The first of each field that matters here, by lower-case name."""
    fields: dict[bytes, bytes] = {}
    for name, value in FIELD.findall(header.replace(b"\r\n", b"\n")):
        fields.setdefault(name.lower(), value)
    return fields


def _is_away(fields: dict[bytes, bytes]) -> bool:
    """Older programs that say somebody is away know no Auto-Submitted (RFC 3834)."""
    return (
        fields.get(b"return-path", b"").strip() == b"<>"
        or fields.get(b"precedence", b"").strip().lower() in SENT_IN_BULK
        or not fields.keys().isdisjoint((b"x-autoreply", b"x-auto-reply", b"x-autorespond"))
    )


def _asked(fields: dict[bytes, bytes]) -> Asked | None:
    """A wish for a receipt that may be answered: one address, and no letter to many."""
    people = read_addresses(fields.get(b"disposition-notification-to", b""))
    in_bulk = fields.get(b"precedence", b"").strip().lower() in SENT_IN_BULK
    if len(people) != 1 or in_bulk or b"list-id" in fields or b"list-unsubscribe" in fields:
        return None
    original = fields.get(b"original-recipient", b"").decode("ascii", "replace")
    return Asked(
        asks_to=_writable(people[0].email),
        return_path=_bare(fields.get(b"return-path", b"")),
        original_recipient=_bare(original.rpartition(";")[2].encode()),
    )


def _bare(value: bytes) -> str:
    people = read_addresses(value.strip())
    return _writable(people[0].email) if people else ""


def names_in(heard: Heard) -> tuple[frozenset[str], frozenset[str]]:
    """The Message-IDs and the ENVIDs under which our letter may be known."""
    ids = {_writable(each.message_id) for each in heard.receipts} | {*map(_writable, heard.answers)}
    envids = {_writable(receipt.envelope_id) for receipt in heard.receipts}
    return frozenset(ids - {""}), frozenset(envids - {""})


def reports_on(letter: EmailSubmission, heard: Heard, *, said_by: str) -> list[Report]:
    """What is said of one letter of ours, each statement for one recipient."""
    found = [
        _report(letter, receipt, said_by)
        for receipt in heard.receipts
        if letter.envid == receipt.envelope_id or letter.message_id == receipt.message_id
    ]
    if letter.message_id in heard.answers:
        found += _answer(letter, said_by)
    return found


def _report(letter: EmailSubmission, receipt: Receipt, said_by: str) -> Report:
    email = _about(letter, receipt, said_by)
    # A refusal to file is their software's word; what only says "not delivered" is a server's.
    by_server = _is_of_a_server(letter, receipt) or (
        receipt.kind is ReceiptKind.LETTER
        and receipt.is_automatic
        and receipt.outcome is Outcome.FAILED
    )
    return Report(
        email=email,
        kind=receipt.kind,
        outcome=receipt.outcome,
        is_believed=by_server or _same_house(said_by, email),
        is_automatic=receipt.is_automatic,
        status=receipt.status,
        error=receipt.error,
        explanation=_writable(receipt.explanation[:MOST_WORDS]),
        said_by=_writable(said_by),
    )


def _is_of_a_server(letter: EmailSubmission, receipt: Receipt) -> bool:
    """Its good news counts under the ENVID alone, which servers know and no letter shows: one that
    reports a success was asked to, and so knows it (RFC 3461 §6.3)."""
    good = receipt.outcome in GOOD_NEWS
    return receipt.kind is ReceiptKind.DSN and (not good or receipt.envelope_id == letter.envid)


def _writable(words: str) -> str:
    """Words that the store can hold, whatever they were decoded from."""
    return words.encode("utf-8", "replace").decode()


def _answer(letter: EmailSubmission, said_by: str) -> list[Report]:
    """An answer counts when it comes from a recipient; others may have been shown the letter."""
    return [
        Report(
            email=r.email,
            kind=ReceiptKind.ANSWER,
            outcome=Outcome.ANSWERED,
            is_believed=True,
            said_by=said_by,
        )
        for r in letter.recipients
        if _same(r.email, said_by)
    ]


def _about(letter: EmailSubmission, receipt: Receipt, said_by: str) -> str:
    """The recipient a receipt is about, as the outbox calls them; '' when that is not sure."""
    for name in (receipt.recipient, receipt.final_recipient, said_by):
        for r in letter.recipients:
            if _same(r.email, name):
                return r.email
    # Forwarded, or not said: with one recipient there is no other it could be about.
    return letter.recipients[0].email if len(letter.recipients) == 1 else ""


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _same_house(one: str, other: str) -> bool:
    """The same domain: software that files letters writes from its own mailbox there."""
    domains = [each.rpartition("@")[2].casefold() for each in (one, other)]
    return bool(domains[0]) and domains[0] == domains[1]


def is_routine(report: Report) -> bool:
    """A server says that all is well, of somebody we know: nobody has to read it."""
    good = report.outcome in GOOD_NEWS and report.is_believed
    return report.kind is ReceiptKind.DSN and good and bool(report.email)

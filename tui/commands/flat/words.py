"""What the flat mode says: a letter, a mailbox, a message of the outbox, each as one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from store import reasons
from store.db.emails import EmailRow
from store.db.labels import labels_of
from store.host.i18n import sentence
from store.model.email import ANSWERED, FLAGGED, SEEN, Part
from store.model.health import Health
from store.model.link import LinkPrice
from store.model.mailbox import Mailbox
from store.model.submission import EmailSubmission
from store.questions import places_words
from store.work_words import part_words as state_words
from tui.letter_words import sender_words, spoken_subject
from tui.plain import Plain, plain_words, said
from tui.when import long_date
from tui.widgets.email_line import claim_words, label_words
from tui.widgets.mailbox_list import Named, mailbox_words
from tui.widgets.part_list import part_words

NO_NAMES: Mapping[str, str] = MappingProxyType({})
MARKS = {FLAGGED: "flat.mark.flagged", ANSWERED: "flat.mark.answered"}


def numbered(lines: list[Plain], first: int = 1) -> Plain:
    """'1. …', a line each."""
    return Plain("\n".join(f"{n}. {line}" for n, line in enumerate(lines, first)))


def of_mailbox(mailbox: Mailbox, account: str) -> Plain:
    """'Réception, 12 lettres, non lues : 3'."""
    name = plain_words(mailbox_words(mailbox).strip())
    words = said("flat.mailbox", name=name, total=mailbox.total, unread=mailbox.unread)
    return plain_words(f"{account}, {words}") if account else words


def of_view(named: Named) -> Plain:
    """'vue Non lues, lettres : 3': a list that is no mailbox."""
    name = named.words.removeprefix("# ").removeprefix("/ ")
    shelf = named.shelf
    words = said(
        "flat.label" if shelf.label else "flat.search" if shelf.query else "flat.view", name=name
    )
    return said("flat.view_of", name=words, n=named.number) if named.number else words


def of_row(
    row: EmailRow, now: int, names: Mapping[str, str] = NO_NAMES, *, written_here: bool = False
) -> Plain:
    """'non lue, de Labo du Port, 25 oct 2026, 08:31 : Résultats, documents : 1'."""
    keywords = row.keywords.split()
    said_first = [] if SEEN in keywords or written_here else [sentence("flat.mark.unread")]
    said_first += [sentence(words) for keyword, words in MARKS.items() if keyword in keywords]
    said_first += [sentence(words) for words in (_health_mark(row),) if words]
    said_first += filter(None, [claim_words(keywords)])
    if row.places:
        said_first.append(said("place.several", places=places_words(row.places)))
    if written_here:
        who = sentence("flat.to_whom", who=row.recipient)
    else:
        who = sentence("flat.from_whom", who=sender_words(row.sender_name or row.sender_email))
    at = long_date(min(row.received_at, now + 86_400))
    subject = spoken_subject(row.subject)
    words = ", ".join([*said_first, who, at])
    words = sentence("flat.line", about=words, subject=subject)
    for keyword in labels_of(row.keywords):
        words += f", {said('flat.label', name=label_words(keyword, names))}"
    if row.attachments:
        words += sentence("flat.documents", n=row.attachments)
    return plain_words(words)


def _health_mark(row: EmailRow) -> str:
    """What the list of the screen has a sign for; '' for nothing."""
    if row.health & Health.ALERT:
        return "flat.mark.alert"
    return "flat.mark.abnormal" if row.health & Health.ABNORMAL else ""


def of_submission(submission: EmailSubmission) -> Plain:
    """'remise, à dr.b@x.example, 25 oct 2026, 08:31 : Avis'."""
    people = ", ".join(each.email for each in submission.recipients)
    subject = spoken_subject(submission.subject)
    about = f"{reasons.of_state(submission)}, {sentence('flat.to_whom', who=people)}"
    about += f", {long_date(submission.created_at)}"
    return plain_words(sentence("flat.line", about=about, subject=subject))


def of_part(part: Part, price: LinkPrice) -> Plain:
    """A document: its name, and while it is not here, how far it is or what it costs."""
    state = state_words(part, price)
    return Plain(f"{part_words(part)}, {plain_words(state)}") if state else part_words(part)

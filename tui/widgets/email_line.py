"""One letter on one line: signs, date, who, labels, subject; as wide whatever they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from store.db.claims import claimants
from store.db.emails import EmailRow
from store.db.labels import labels_of
from store.model.email import ANSWERED, FLAGGED, FORWARDED, SEEN
from store.model.health import Health
from store.questions import places_words
from tui.letter_words import sender_words, subject_words
from tui.plain import NOTHING, Plain, cells, fit, plain_words, said
from tui.when import DATE_CELLS, short_date
from tui.widgets.line_list import BOLD, PLAIN, Piece

SIGNS = 4
WIDE, NARROW = 90, 48
SENDER_CELLS, SENDER_CELLS_WIDE, SENDER_CELLS_NARROW = 18, 26, 10
MOST_LABELS, LABEL_CELLS = 3, 12
"""More would leave no room for what the letter is about."""
THUNDERBIRD = {
    "$label1": "tui.label.important",
    "$label2": "tui.label.work",
    "$label3": "tui.label.personal",
    "$label4": "tui.label.to_do",
    "$label5": "tui.label.later",
}
"""Keywords that other clients show by these names."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a line depends on beside its letter."""

    now: int
    written_here: bool = False
    """The letters are the person's own: whom they are to tells them apart."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Keyword -> the name it was given."""


def email_line(row: EmailRow, width: int, look: Look, *, selected: bool) -> list[Piece]:
    """The line of a letter, `width` cells wide."""
    keywords = row.keywords.split()
    who = sender_words(row.sender_name or row.sender_email)
    if look.written_here and row.recipient:
        who = said("tui.mail.recipient", name=plain_words(row.recipient))
    if row.depth:
        who = Plain(f"└ {who}")
    sender_cells = SENDER_CELLS_WIDE if width >= WIDE else SENDER_CELLS
    sender_cells = SENDER_CELLS_NARROW if width < NARROW else sender_cells
    back = row.received_at != row.came_at
    words = signs(keywords, document_sign(row), back=back, selected=selected)
    words += f"{short_date(row.came_at, look.now):>{DATE_CELLS}}  {fit(who, sender_cells)}  "
    subject = f"{labelled(row.keywords, look.labels)}{subject_words(row.subject)}"
    if claimants(keywords):
        subject = f"[{claim_words(keywords)}] {subject}"
    if row.places:
        subject = f"{said('place.several', places=places_words(row.places))} {subject}"
    if row.folded:
        subject = f"[{row.folded + 1}] {subject}"
    left = width - SIGNS - DATE_CELLS - 2 - sender_cells - 2
    style = PLAIN if SEEN in keywords else BOLD
    return [(Plain(words + fit(Plain(subject), max(0, left))), style)]


def signs(
    keywords: Iterable[str], document: str, *, back: bool = False, selected: bool = False
) -> str:
    """SIGNS cells: new, answered or back again; flagged; what is attached; chosen."""
    state = "●"
    if SEEN in keywords:
        state = "↩" if ANSWERED in keywords else "→" if FORWARDED in keywords else " "
        state = "◷" if back and state == " " else state
    flag = "*" if FLAGGED in keywords else " "
    return f"{state}{flag}{document}{'✓' if selected else ' '}"


def document_sign(row: EmailRow) -> str:
    """One cell: values to be seen now, values out of range, a document, none."""
    if row.health & Health.ALERT:
        return "!"
    return "△" if row.health & Health.ABNORMAL else "+" if row.attachments else " "


def claim_words(keywords: Iterable[str]) -> Plain:
    """'Dr Alice Martin répond': whoever claims a letter of a shared mailbox; '' for nobody."""
    people = claimants(keywords)
    if not people:
        return NOTHING
    return said("claim.one" if len(people) == 1 else "claim.many", who=", ".join(people))


def labelled(packed: str, names: Mapping[str, str]) -> Plain:
    """The labels of a letter, each in brackets; '' when it has none."""
    words = [label_words(keyword, names) for keyword in labels_of(packed)[:MOST_LABELS]]
    short = [name if cells(name) <= LABEL_CELLS else fit(name, LABEL_CELLS) for name in words]
    return Plain("".join(f"[{name}] " for name in short))


def label_words(keyword: str, names: Mapping[str, str]) -> Plain:
    """What a label is called: its name here, else the usual one, else itself."""
    if keyword in names:
        return plain_words(names[keyword])
    return said(THUNDERBIRD[keyword]) if keyword in THUNDERBIRD else plain_words(keyword)

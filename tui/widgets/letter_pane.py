"""The reading pane: who wrote, what comes with it, then what the letter says.

The head and the attachments are drawn by us and stand outside the letter's text. An address is
shown before the name its sender chose for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from store.host.i18n import sentence
from store.model.email import Email, EmailAddress, Part
from store.model.submission import EmailSubmission, Recipient, RecipientState
from store.outbox_words import of_recipient
from tui.actions import ON_LETTERS
from tui.health.letter_line import letter_line
from tui.health.reading import NO_HEALTH, LetterHealth
from tui.letter_words import date_words, sender_words
from tui.links import with_hosts
from tui.plain import NOTHING, Plain, plain_block, plain_words, said
from tui.quotes import folded, has_long_quotes
from tui.when import long_date, size
from tui.widgets.letter_text import LetterText
from tui.widgets.part_list import PartList
from tui.widgets.words import Words
from tui.wrap import MOST_CHARACTERS

MOST_PEOPLE = 8
HEADER_CUT = "mime.header_cut"


class LetterPane(Vertical):
    """One letter."""

    DEFAULT_CSS = """
    LetterPane { height: 1fr; }
    LetterPane #head { height: auto; max-height: 9; padding: 0 1; border-bottom: solid $primary; }
    LetterPane #health { height: auto; max-height: 3; display: none; padding: 0 1; }
    LetterPane #claim { height: auto; display: none; padding: 0 1; text-style: bold; }
    LetterPane #returns { height: auto; max-height: 4; display: none; padding: 0 1; }
    LetterPane #body { padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.email: Email | None = None
        self.whole = False
        """Whether what is quoted is shown too."""

    def compose(self) -> ComposeResult:
        """Head, attachments, text."""
        yield Words(said("tui.letter.none"), id="head")
        yield Words(id="claim")
        yield Words(id="returns")
        yield Words(id="health")
        yield PartList(id="parts")
        yield LetterText(id="body")

    @property
    def body(self) -> LetterText:
        """The letter's text."""
        return self.query_one("#body", LetterText)

    @property
    def parts(self) -> PartList:
        """The attachments."""
        return self.query_one("#parts", PartList)

    def show(self, email: Email) -> None:
        """Show a letter from its beginning."""
        self.email, self.whole = email, False
        self.query_one("#head", Words).say(head(email))
        self.parts.show(documents_of(email), email.price)
        self.body.show(self._text(email))

    def show_returns(self, sent: EmailSubmission | None) -> None:
        """Say what came back to a letter of ours, for each recipient; nothing of any other."""
        lines = [] if sent is None else return_lines(sent.recipients)
        line = self.query_one("#returns", Words)
        line.styles.display = "block" if lines else "none"
        line.say(Plain("\n".join(lines)))

    def show_health(self, health: LetterHealth) -> None:
        """Say which health documents it holds; nothing at all when it holds none."""
        key = next(action.shown for action in ON_LETTERS if action.name == "health_document")
        line, words = self.query_one("#health", Words), letter_line(health, key)
        line.styles.display = "block" if words else "none"
        line.say(words)

    def show_claim(self, words: Plain) -> None:
        """Say who answers it; nothing at all when nobody does."""
        line = self.query_one("#claim", Words)
        line.styles.display = "block" if words else "none"
        line.say(words)

    def update_with(self, email: Email) -> None:
        """More of the letter shown is here: what is being read stays where it is."""
        before, self.email = self.email, email
        if before is None or before == email:
            return
        self.query_one("#head", Words).say(head(email))
        if before.parts != email.parts:
            self.parts.show(documents_of(email), email.price)
        if text_of(before) != text_of(email):
            self.body.show(self._text(email))

    def _text(self, email: Email) -> Plain:
        text = text_of(email)
        return text if self.whole else folded(text, email.subject)

    def turn_quotes(self) -> bool:
        """Show what is quoted, or fold it again; False when there is nothing to fold."""
        if self.email is None or not has_long_quotes(text_of(self.email), self.email.subject):
            return False
        self.whole = not self.whole
        self.body.show(self._text(self.email))
        return True

    def unfold(self) -> None:
        """Show all of it, for something is looked for in it."""
        if not self.whole:
            self.turn_quotes()

    def clear(self) -> None:
        """Show no letter."""
        self.email = None
        self.query_one("#head", Words).say(said("tui.letter.none"))
        self.show_returns(None)
        self.show_health(NO_HEALTH)
        self.show_claim(NOTHING)
        self.parts.show([])
        self.body.show(NOTHING)


def return_lines(people: Sequence[Recipient]) -> list[Plain]:
    """What came back for each of a letter's recipients; of many, how many more there are."""
    lines = [_return(each) for each in people[:MOST_PEOPLE]]
    if (more := len(people) - MOST_PEOPLE) > 0:
        lines.append(said("tui.letter.more_returns", n=more))
    return lines


def _return(recipient: Recipient) -> Plain:
    what = of_recipient(recipient, long_date)
    if recipient.state is RecipientState.ACCEPTED and not recipient.fate:
        what = (
            said("tui.letter.nothing_since")
            if recipient.at is None
            else said("tui.letter.no_return", at=long_date(recipient.at))
        )
    return said("tui.letter.return", who=plain_words(recipient.email), what=what)


def documents_of(email: Email) -> list[Part]:
    """What comes with it."""
    return [part for part in email.parts if not part.is_body]


def text_of(email: Email) -> Plain:
    """What it says; that it says nothing is only told once all of it is here."""
    if email.body.strip():
        words = with_hosts(plain_block(email.body[:MOST_CHARACTERS]))
        is_cut = len(email.body) > MOST_CHARACTERS
        return Plain(f"{words}\n\n{said('tui.text.cut')}") if is_cut else words
    return said("tui.letter.empty") if email.is_whole else NOTHING


def head(email: Email) -> Plain:
    """Who, to whom, when, about what, and what we noticed."""
    notes = [said(code) for code in email.warnings]
    if not email.is_whole:
        notes.append(said("tui.letter.not_whole", held=size(email.held), size=size(email.size)))
    if email.body_from_html:
        notes.append(said("tui.letter.from_html"))
    lines = [lines_of(email)]
    if email.bcc:
        # Here and not in `lines_of`, which a forwarded letter quotes.
        lines.append(Plain(f"{said('tui.letter.bcc')} {people(email.bcc)}"))
    return Plain("\n".join([*lines, *(f"! {note}" for note in notes)]))


def lines_of(email: Email) -> Plain:
    """Who, to whom, when, about what: one line each."""
    cut = HEADER_CUT in email.warnings
    sender = people([email.sender]) if email.sender.email else sender_words(email.sender.name)
    lines = [("tui.letter.from", sender), ("tui.letter.to", people(email.to, cut=cut))]
    if email.cc:
        lines.append(("tui.letter.cc", people(email.cc, cut=cut)))
    if email.reply_to and [a.email for a in email.reply_to] != [email.sender.email]:
        lines.append(("tui.letter.reply_to", people(email.reply_to)))
    lines.append(("tui.letter.date", date_words(email)))
    subject = plain_words(email.subject) or said("tui.letter.no_subject")
    lines.append(("tui.letter.subject", subject))
    width = max(len(sentence(key)) for key, _ in lines)
    return Plain("\n".join(f"{sentence(key):<{width}} {value}" for key, value in lines))


def people(addresses: Iterable[EmailAddress], *, cut: bool = False) -> Plain:
    """Addresses, each before the name its owner, or anybody, chose for it.

    cut: there may be more of them than were read.
    """
    everyone = list(addresses)
    words = [
        f"{plain_words(a.email)} ({plain_words(a.name)})" if a.name else plain_words(a.email)
        for a in everyone[:MOST_PEOPLE]
    ]
    if len(everyone) > MOST_PEOPLE:
        more = "tui.letter.and_at_least" if cut else "tui.letter.and_others"
        words.append(said(more, n=len(everyone) - MOST_PEOPLE))
    return Plain(", ".join(words) or said("tui.letter.nobody"))
